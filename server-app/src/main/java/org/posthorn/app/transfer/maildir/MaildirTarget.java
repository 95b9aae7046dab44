package org.posthorn.app.transfer.maildir;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.posthorn.app.transfer.file.DiskNames;
import org.posthorn.app.transfer.file.ExportTarget;
import org.posthorn.app.transfer.file.OwnDirectory;
import org.posthorn.app.transfer.file.PlainLines;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;

/// A Maildir++ as Dovecot and Courier read it. It can be written again and again: messages that are
/// there are left, only their flags follow.
public final class MaildirTarget implements ExportTarget {
  private static final int KEYWORDS_MAX = 26;

  private final Path root;
  private final Oddities oddities;
  private final Map<Integer, Folder> folders = new HashMap<>();

  /// One Maildir: the letters of its keywords, and what was there before, by UID.
  private record Folder(Path place, Map<String, Character> letters, Map<String, String> before) {}

  public MaildirTarget(Path root, Oddities oddities) {
    this.root = root;
    this.oddities = oddities;
  }

  @Override
  public void begin(List<Frame.Folder> all, List<String> subscriptions) throws IOException {
    OwnDirectory.claim(root);
    OwnDirectory.describe(root, all);
    var subscribed = new ArrayList<String>();
    for (Frame.Folder folder : all) {
      boolean inbox = folder.name().equals("INBOX");
      String name = DiskNames.maildir(folder.name());
      Path place = inbox ? root : root.resolve("." + name);
      if (!String.join("/", DiskNames.maildirLevels(name)).equals(folder.name())) {
        oddities.add(Oddity.NAME_CHANGED, folder.name() + " → ." + name);
      }
      for (String part : List.of("cur", "new", "tmp")) {
        OwnDirectory.make(place.resolve(part));
      }
      if (!inbox && !Files.exists(place.resolve("maildirfolder"))) {
        Files.createFile(place.resolve("maildirfolder"));
      }
      if (folder.subscribed()) {
        subscribed.add(name);
      }
      folders.put(folder.number(), new Folder(place, keywords(place), new HashMap<>()));
    }
    subscriptions.forEach(name -> subscribed.add(DiskNames.maildir(name)));
    Files.write(root.resolve("subscriptions"), subscribed);
  }

  @Override
  public void message(Frame.Folder frame, Frame.Message message, InputStream bytes)
      throws IOException {
    Folder folder = folders.get(frame.number());
    if (folder == null) {
      throw new IOException("The server sent a message of a mailbox that it did not name");
    }
    if (folder.before().isEmpty()) {
      lookAround(folder);
    }
    String unique =
        "%d.V%dU%d.posthorn"
            .formatted(
                Math.floorDiv(message.internalMillis(), 1_000),
                message.key().source(),
                message.key().low());
    Path file = folder.place().resolve("cur").resolve(unique + ":2," + letters(folder, message));
    String before = folder.before().get(unique);
    if (before == null) {
      write(folder.place().resolve("tmp").resolve(unique), file, message, bytes);
    } else {
      bytes.transferTo(OutputStream.nullOutputStream());
      Path there = folder.place().resolve("cur").resolve(before);
      if (!there.equals(file)) {
        Files.move(there, file);
      }
    }
  }

  private static void write(Path draft, Path file, Frame.Message message, InputStream bytes)
      throws IOException {
    try {
      Files.deleteIfExists(draft);
      Files.copy(new PlainLines(bytes), draft);
    } catch (IOException e) {
      Files.deleteIfExists(draft);
      throw e;
    }
    Files.setLastModifiedTime(draft, FileTime.fromMillis(message.internalMillis()));
    Files.move(draft, file);
  }

  /// What an export before this one wrote.
  private static void lookAround(Folder folder) throws IOException {
    folder.before().put("", "");
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(folder.place().resolve("cur"), "*.posthorn:2,*")) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        folder.before().put(name.substring(0, name.lastIndexOf(':')), name);
      }
    }
  }

  /// In the order that Maildir wants: capitals first, then the letters of keywords.
  private String letters(Folder folder, Frame.Message message) throws IOException {
    var letters = new ArrayList<Character>();
    for (String flag : message.flags()) {
      switch (flag.toLowerCase(Locale.ROOT)) {
        case "\\seen" -> letters.add('S');
        case "\\answered" -> letters.add('R');
        case "\\flagged" -> letters.add('F');
        case "\\deleted" -> letters.add('T');
        case "\\draft" -> letters.add('D');
        case "$forwarded" -> letters.add('P');
        default -> keyword(folder, flag, message, letters);
      }
    }
    letters.sort(null);
    var text = new StringBuilder();
    letters.forEach(text::append);
    return text.toString();
  }

  private void keyword(
      Folder folder, String keyword, Frame.Message message, List<Character> letters)
      throws IOException {
    Character known = folder.letters().get(keyword);
    if (known == null && folder.letters().size() == KEYWORDS_MAX) {
      oddities.add(Oddity.KEYWORD_REFUSED, keyword + " of " + message.label());
      return;
    }
    if (known == null) {
      known = (char) ('a' + folder.letters().size());
      folder.letters().put(keyword, known);
      var lines = new ArrayList<String>();
      folder.letters().forEach((name, letter) -> lines.add((letter - 'a') + " " + name));
      Files.write(folder.place().resolve("dovecot-keywords"), lines);
    }
    letters.add(known);
  }

  private static Map<String, Character> keywords(Path place) throws IOException {
    var letters = new LinkedHashMap<String, Character>();
    Path file = place.resolve("dovecot-keywords");
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        int space = line.indexOf(' ');
        if (space > 0) {
          letters.put(line.substring(space + 1), (char) ('a' + letters.size()));
        }
      }
    }
    return letters;
  }

  @Override
  public void finish() {
    // Each message was whole when it got its name.
  }

  @Override
  public void close() {
    // Nothing is open between messages.
  }
}
