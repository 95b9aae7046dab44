package org.posthorn.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.posthorn.app.cli.InProcess;

/// An operator who imports a maildir, makes backups, collects, exports and rebuilds the index by
/// the command line, again and again, until the server is gone. However often an import was cut
/// short, each message is there once, and after one that ended well all are, in an export too. Used
/// by one thread at a time.
final class OperatorLoad {
  private static final int MESSAGES = 300;
  private static final Pattern NUMBER = Pattern.compile("X-Number: (\\d+)");

  private final String user;
  private final Path data;
  private final boolean indexed;
  private final Path maildir;
  private final Path backup;
  private final Path export;
  private final List<String> exported = new ArrayList<>();
  private boolean whole;
  private int collections;

  /// Keeps a maildir, an export and a backup in `folder`.
  OperatorLoad(String user, Path data, Path folder, boolean indexed) {
    this.indexed = indexed;
    this.user = user + "@example.org";
    this.data = data;
    this.maildir = folder.resolve("maildir");
    this.backup = folder.resolve("backup");
    this.export = folder.resolve("export");
  }

  void prepare() throws IOException {
    for (String name : List.of("cur", "new", "tmp")) {
      Files.createDirectories(maildir.resolve(name));
    }
    for (int i = 1; i <= MESSAGES; i++) {
      Files.writeString(
          maildir.resolve("cur").resolve("1795766400.M%dP1.host:2,S".formatted(i)),
          ImapLoad.message(i * 1_000L));
    }
  }

  void workUntilTheEnd() {
    try {
      while (importOnce() && collectOnce() && backupOnce() && exportOnce() && rebuildOnce()) {}
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean importOnce() {
    boolean ended = command("import", "maildir", maildir.toString(), "--user", user);
    whole |= ended;
    return ended;
  }

  private boolean collectOnce() {
    boolean ended = command("space", "collect");
    collections += ended ? 1 : 0;
    return ended;
  }

  private boolean backupOnce() {
    return command("backup", "create", backup.toString());
  }

  private boolean exportOnce() throws IOException {
    boolean ended = command("export", "maildir", user, export.toString());
    if (ended && whole) {
      try (Stream<Path> files = Files.list(export.resolve("cur"))) {
        long count = files.count();
        if (count != MESSAGES) {
          exported.add("%d of %d were exported".formatted(count, MESSAGES));
        }
      }
    }
    return ended;
  }

  /// Where mail is encrypted there is no index.
  private boolean rebuildOnce() {
    boolean ended = command("index", "rebuild");
    return ended || !indexed;
  }

  /// How often a collection went to its end.
  int collectionCount() {
    return collections;
  }

  /// What is other than it was told.
  List<String> judge(WireClient imap) throws IOException {
    Map<Long, Integer> times = new TreeMap<>();
    for (String line : imap.imap("UID FETCH 1:* BODY.PEEK[HEADER.FIELDS (X-Number)]")) {
      Matcher number = NUMBER.matcher(line);
      if (number.find()) {
        times.merge(Long.valueOf(number.group(1)), 1, Integer::sum);
      }
    }
    List<String> complaints = new ArrayList<>(exported);
    times.forEach((number, count) -> {
      if (count > 1) {
        complaints.add("%d was imported %d times".formatted(number, count));
      }
    });
    if (whole && times.size() != MESSAGES) {
      complaints.add("%d of %d were imported".formatted(times.size(), MESSAGES));
    }
    return complaints;
  }

  /// Once more, undisturbed; and what was saved can be proven.
  List<String> finish() throws IOException {
    List<String> complaints = new ArrayList<>();
    if (!importOnce()) {
      complaints.add("the last import failed");
    }
    if (!backupOnce()) {
      complaints.add("the last backup failed");
    }
    if (!command("backup", "verify", backup.toString())) {
      complaints.add("the backup is not whole");
    }
    if (!exportOnce()) {
      complaints.add("the last export failed");
    }
    if (!collectOnce()) {
      complaints.add("the last collection failed");
    }
    return complaints;
  }

  private boolean command(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data", data.toString()));
    return InProcess.run(all.toArray(String[]::new)).isDone();
  }
}
