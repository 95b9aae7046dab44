package org.posthorn.app.transfer.mbox;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.transfer.file.DiskNames;
import org.posthorn.app.transfer.file.ExportTarget;
import org.posthorn.app.transfer.file.ExportedMailbox;
import org.posthorn.app.transfer.file.OwnDirectory;
import org.posthorn.app.transfer.file.PlainLines;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.frame.FrameReader;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;

/// A tree of mboxes, one for each mailbox: `Work` beside `Work.sbd`, which has what is below it, as
/// Thunderbird does it. Flags are in the fields that Dovecot and mutt read.
public final class MboxTarget implements ExportTarget {
  private static final String PART = ".posthorn-part";
  private static final byte[] NEWLINE = {'\n'};

  private final Path root;
  private final Oddities oddities;
  private final Map<Integer, Path> files = new HashMap<>();
  private @Nullable Writing writing;

  /// The mailbox that is being written.
  private record Writing(int number, Path file, Path part, FileChannel channel, OutputStream out) {}

  public MboxTarget(Path root, Oddities oddities) {
    this.root = root;
    this.oddities = oddities;
  }

  @Override
  public void begin(List<Frame.Folder> all, List<String> subscriptions) throws IOException {
    OwnDirectory.claim(root);
    OwnDirectory.describe(root, all);
    Set<String> taken = new HashSet<>();
    for (Frame.Folder folder : all) {
      Path directory = root;
      String[] levels = folder.name().split("/", -1);
      boolean same = Stream.of(levels).allMatch(level -> DiskNames.level(level).equals(level));
      for (int i = 0; i + 1 < levels.length; i++) {
        directory = directory.resolve(safe(levels[i]) + ".sbd");
      }
      Path file = directory.resolve(safe(levels[levels.length - 1]));
      Path free = file;
      for (int i = 2; !taken.add(free.toString().toLowerCase(Locale.ROOT)); i++) {
        free = file.resolveSibling(file.getFileName() + " (" + i + ")");
      }
      if (!same || !free.equals(file)) {
        oddities.add(Oddity.NAME_CHANGED, folder.name() + " → " + root.relativize(free));
      }
      files.put(folder.number(), free);
      OwnDirectory.make(directory);
      if (!Files.exists(free)) {
        Files.createFile(free);
      }
    }
  }

  private static String safe(String level) {
    String cut = DiskNames.level(level);
    String name = cut.startsWith(".") ? "_" + cut.substring(1) : cut;
    String lower = name.toLowerCase(Locale.ROOT);
    boolean clash =
        lower.endsWith(".sbd")
            || lower.endsWith(".msf")
            || lower.endsWith(".mbox")
            || lower.endsWith(".mbx")
            || lower.equals(ExportedMailbox.FILE);
    return clash ? name + "_" : name;
  }

  @Override
  public void message(Frame.Folder folder, Frame.Message message, InputStream bytes)
      throws IOException {
    Writing now = writing(folder.number());
    now.out().flush();
    long start = now.channel().position();
    try {
      write(message, bytes, now.out());
    } catch (FrameReader.Abandoned e) {
      now.out().flush();
      now.channel().truncate(start);
      throw e;
    }
  }

  private Writing writing(int number) throws IOException {
    Writing now = writing;
    if (now != null && now.number() == number) {
      return now;
    }
    end();
    Path file = files.get(number);
    if (file == null) {
      throw new IOException("The server sent a message of a mailbox that it did not name");
    }
    Path part = file.resolveSibling(file.getFileName() + PART);
    FileChannel channel =
        FileChannel.open(
            part,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    var begun =
        new Writing(
            number,
            file,
            part,
            channel,
            new BufferedOutputStream(Channels.newOutputStream(channel), 64 << 10));
    writing = begun;
    return begun;
  }

  private static void write(Frame.Message message, InputStream bytes, OutputStream out)
      throws IOException {
    var plain = new PushbackInputStream(new PlainLines(bytes), 1);
    out.write(text(FromLine.format("MAILER-DAEMON", message.internalMillis()) + "\n"));
    int first = plain.read();
    if (first >= 0) {
      plain.unread(first);
    }
    // Behind a field of ours such a line would go on with it.
    if (first != ' ' && first != '\t') {
      out.write(text(status(message.flags())));
    }
    new Quoting(out).write(plain);
    out.write(NEWLINE);
  }

  /// The fields that say the flags: `Status` and `X-Status` by letters, `X-Keywords` by names.
  private static String status(List<String> flags) {
    var status = new StringBuilder();
    var more = new StringBuilder();
    var keywords = new StringBuilder();
    for (String flag : flags) {
      switch (flag.toLowerCase(Locale.ROOT)) {
        case "\\seen" -> status.append('R');
        case "\\answered" -> more.append('A');
        case "\\flagged" -> more.append('F');
        case "\\draft" -> more.append('T');
        case "\\deleted" -> more.append('D');
        default -> keywords.append(' ').append(flag);
      }
    }
    return "Status: "
        + status.append("O\n")
        + (more.isEmpty() ? "" : "X-Status: " + more + "\n")
        + (keywords.isEmpty() ? "" : "X-Keywords:" + keywords + "\n");
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// Puts a `>` before lines of the body that begin with `From `, with any number of `>` before it.
  private static final class Quoting {
    private static final byte[] FROM = {'F', 'r', 'o', 'm', ' '};

    private final OutputStream out;
    private boolean inHeader = true;
    private boolean lineEmpty = true;
    private boolean matching = true;
    private int matched;
    private long quotes;

    Quoting(OutputStream out) {
      this.out = out;
    }

    /// What is written ends with a line end.
    void write(InputStream in) throws IOException {
      var buffer = new byte[16 << 10];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        for (int i = 0; i < count; i++) {
          take(buffer[i]);
        }
      }
      boolean open = !lineEmpty;
      release();
      if (open) {
        out.write('\n');
      }
    }

    private void take(byte b) throws IOException {
      if (matching && !inHeader) {
        if (b == '>' && matched == 0) {
          quotes++;
          lineEmpty = false;
          return;
        }
        if (b == FROM[matched]) {
          matched++;
          lineEmpty = false;
          if (matched == FROM.length) {
            out.write('>');
            release();
          }
          return;
        }
        release();
      }
      out.write(b);
      if (b == '\n') {
        inHeader &= !lineEmpty;
        matching = true;
      }
      lineEmpty = b == '\n';
    }

    private void release() throws IOException {
      for (; quotes > 0; quotes--) {
        out.write('>');
      }
      out.write(FROM, 0, matched);
      matched = 0;
      matching = false;
    }
  }

  private void end() throws IOException {
    Writing done = writing;
    if (done != null) {
      done.out().close();
      Files.move(done.part(), done.file(), StandardCopyOption.REPLACE_EXISTING);
      writing = null;
    }
  }

  @Override
  public void finish() throws IOException {
    end();
  }

  @Override
  public void close() throws IOException {
    Writing unfinished = writing;
    if (unfinished != null) {
      try {
        unfinished.out().close();
      } finally {
        Files.deleteIfExists(unfinished.part());
      }
    }
  }
}
