package org.posthorn.app.transfer.mbox;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.posthorn.app.transfer.file.ExportedMailbox;
import org.posthorn.app.transfer.file.SourceFiles;
import org.posthorn.app.transfer.file.Subscriptions;
import org.posthorn.app.transfer.frame.SourceKeys;
import org.posthorn.app.transfer.intake.MailSource;
import org.posthorn.app.transfer.intake.NotTaken;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;
import org.posthorn.app.transfer.intake.SourceFolder;
import org.posthorn.app.transfer.intake.SourceMessage;
import org.posthorn.storage.account.SourceKey;

/// An mbox, or a tree of them: plain folders (mutt, Dovecot), Thunderbird's (`Work.sbd` has what is
/// below `Work`), Apple Mail's (`Work.mbox/mbox`).
public final class MboxSource implements MailSource {
  /// A smaller message is read once and kept until it is sent.
  private static final int SMALL_BYTES = 256 << 10;

  private static final int DEPTH_MAX = 30;
  private static final byte[] FROM = "From ".getBytes(StandardCharsets.US_ASCII);
  private static final List<String> INBOX_NAMES = List.of("inbox", "mbox", "mail");

  private final Path root;
  private final SourceFiles files;
  private final MboxVariant variant;
  private final Oddities oddities;
  private final Map<String, ExportedMailbox> exported;
  private final Subscriptions subscriptions;

  private final boolean oneIsInbox;

  /// `oneIsInbox`: where `root` is one file, it is the INBOX, whatever it is called.
  public MboxSource(Path root, MboxVariant variant, boolean oneIsInbox, Oddities oddities)
      throws IOException {
    this.root = root;
    this.files = new SourceFiles(root);
    this.oneIsInbox = oneIsInbox;
    this.variant = variant;
    this.oddities = oddities;
    this.exported = ExportedMailbox.beside(root, files, oddities);
    this.subscriptions =
        exported.isEmpty()
            ? Subscriptions.of(root, files, oddities)
            : new Subscriptions(Optional.of(subscribed(exported)));
  }

  private static List<String> subscribed(Map<String, ExportedMailbox> exported) {
    return exported.values().stream()
        .filter(ExportedMailbox::subscribed)
        .map(ExportedMailbox::name)
        .toList();
  }

  @Override
  public String format() {
    return "mbox";
  }

  @Override
  public List<String> subscriptions() {
    return subscriptions.names();
  }

  @Override
  public List<SourceFolder> folders() throws IOException {
    if (!Files.isDirectory(root)) {
      if (!Files.isRegularFile(root)) {
        throw new IOException(root + " is neither a file nor a directory");
      }
      if (size(root) > 0 && !isMbox(root)) {
        throw new IOException(root + " is no mbox: its first line does not begin with \"From \"");
      }
      String name = bare(root.getFileName().toString());
      boolean inbox = oneIsInbox || INBOX_NAMES.contains(name.toLowerCase(Locale.ROOT));
      return List.of(
          new SourceFolder(inbox ? List.of() : List.of(name), "", true, root, 0, size(root)));
    }
    var folders = new ArrayList<SourceFolder>();
    walk(List.of(), root, folders, 0);
    if (folders.isEmpty()) {
      throw new IOException("There is no mbox in " + root);
    }
    folders.sort(
        Comparator.comparing((SourceFolder folder) -> !folder.name().equalsIgnoreCase("INBOX"))
            .thenComparing(SourceFolder::name));
    return folders;
  }

  private void walk(List<String> path, Path directory, List<SourceFolder> folders, int depth)
      throws IOException {
    if (depth > DEPTH_MAX) {
      oddities.add(Oddity.NO_MAIL, directory.toString());
      return;
    }
    var entries = new ArrayList<Path>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(entries::add);
    } catch (IOException _) {
      oddities.add(Oddity.UNREADABLE, directory.toString());
      return;
    }
    entries.sort(Comparator.naturalOrder());
    for (Path entry : entries) {
      String name = entry.getFileName().toString();
      if (name.startsWith(".") || name.endsWith(".msf") || name.equals(ExportedMailbox.FILE)) {
        continue;
      }
      if (files.leadsOut(entry, oddities)) {
        continue;
      }
      if (!Files.isDirectory(entry)) {
        file(path, directory, entry, folders);
      } else if (!Files.isSymbolicLink(entry)) {
        walk(with(path, bare(name)), entry, folders, depth + 1);
      } else {
        // What it leads to is found where it is; by links it could be found without end.
        oddities.add(Oddity.NO_MAIL, root.relativize(entry).toString());
      }
    }
  }

  private void file(List<String> path, Path directory, Path file, List<SourceFolder> folders) {
    String name = file.getFileName().toString();
    try {
      boolean ofApple = name.equals("mbox") && directory.toString().endsWith(".mbox");
      if (ofApple || size(file) == 0 || isMbox(file)) {
        add(ofApple ? path : with(path, bare(name)), file, folders);
      } else {
        oddities.add(Oddity.NO_MAIL, root.relativize(file).toString());
      }
    } catch (IOException e) {
      oddities.add(NotTaken.why(e), file.toString());
    }
  }

  private long size(Path file) throws IOException {
    return files.attributes(file).size();
  }

  private void add(List<String> path, Path file, List<SourceFolder> folders) throws IOException {
    var plain = new SourceFolder(path, "", true, file, 0, size(file));
    ExportedMailbox known = exported.get(plain.name());
    folders.add(
        new SourceFolder(
            path,
            known == null ? "" : known.use(),
            subscriptions.has(plain.name()),
            file,
            0,
            plain.bytes()));
  }

  private static List<String> with(List<String> path, String name) {
    var levels = new ArrayList<>(path);
    levels.add(name);
    return levels;
  }

  private static String bare(String name) {
    for (String ending : List.of(".sbd", ".mbox", ".mbx")) {
      if (name.length() > ending.length() && name.toLowerCase(Locale.ROOT).endsWith(ending)) {
        return name.substring(0, name.length() - ending.length());
      }
    }
    return name;
  }

  private boolean isMbox(Path file) throws IOException {
    try (InputStream in = files.read(file)) {
      byte[] first = in.readNBytes(FROM.length + 2);
      int at = 0;
      while (at < 2 && at < first.length && (first[at] == '\n' || first[at] == '\r')) {
        at++;
      }
      return first.length >= at + FROM.length
          && Arrays.equals(first, at, at + FROM.length, FROM, 0, FROM.length);
    }
  }

  @Override
  public void read(SourceFolder folder, long source, Sink sink) throws IOException {
    var repeats = new Repeats();
    String name = root.equals(folder.place()) ? "" : root.relativize(folder.place()) + " ";
    FileChannel opened;
    long modified;
    try {
      modified = files.attributes(folder.place()).lastModifiedTime().toMillis();
      opened = files.open(folder.place());
    } catch (IOException e) {
      oddities.add(NotTaken.why(e), folder.place().toString());
      return;
    }
    try (FileChannel file = opened) {
      var scanner = new MboxScanner(file);
      var region = scanner.next();
      while (region.isPresent()) {
        message(file, region.get(), folder.place(), modified, name, source, repeats, sink);
        region = scanner.next();
      }
    }
  }

  private void message(
      FileChannel file,
      MboxScanner.Region region,
      Path path,
      long modified,
      String name,
      long source,
      Repeats repeats,
      Sink sink)
      throws IOException {
    String label = name + "at byte " + region.start();
    var message = new MboxMessage(file, region, variant);
    if (message.internalData()) {
      return;
    }
    if (message.deleted()) {
      oddities.add(Oddity.DELETED_BEFORE, label);
      return;
    }
    if (!message.hasHeader()) {
      oddities.add(Oddity.NO_HEADER, label);
    }
    if (message.millis().isEmpty()) {
      oddities.add(Oddity.NO_DATE, label);
    }
    if (message.refusesKeywords()) {
      oddities.add(Oddity.KEYWORD_REFUSED, label);
    }
    Runnable nulFound = () -> oddities.add(Oddity.NUL, label);
    long sizeBytes = region.end() - region.start();
    MessageDigest digest = SourceKeys.sha256();
    SourceMessage.Opener opener;
    if (sizeBytes <= SMALL_BYTES) {
      byte[] bytes = message.open(file, nulFound).readAllBytes();
      digest.update(bytes);
      opener = () -> new ByteArrayInputStream(bytes);
    } else {
      update(digest, message.open(file, nulFound));
      opener = () -> reopened(path, message);
    }
    byte[] sha256 = digest.digest();
    SourceKey key = SourceKeys.ofBytes(source, sha256, repeats.next(sha256));
    long millis = message.millis().isPresent() ? message.millis().getAsLong() : modified;
    sink.message(new SourceMessage(label, key, message.flags(), millis, sizeBytes, opener));
  }

  private InputStream reopened(Path path, MboxMessage message) throws NotTaken {
    FileChannel again;
    try {
      again = files.open(path);
    } catch (IOException e) {
      throw new NotTaken(NotTaken.why(e));
    }
    return new FilterInputStream(message.open(again, () -> {})) {
      @Override
      public void close() throws IOException {
        again.close();
      }
    };
  }

  private static void update(MessageDigest digest, InputStream bytes) throws IOException {
    var buffer = new byte[16 << 10];
    for (int count = bytes.read(buffer); count >= 0; count = bytes.read(buffer)) {
      digest.update(buffer, 0, count);
    }
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
