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

/// An operator who imports a maildir, makes backups and collects by the command line, again and
/// again, until the server is gone. However often an import was cut short, each message is there
/// once, and after one that ended well all are. Used by one thread at a time.
final class OperatorLoad {
  private static final int MESSAGES = 300;
  private static final Pattern NUMBER = Pattern.compile("X-Number: (\\d+)");

  private final String user;
  private final Path data;
  private final Path maildir;
  private final Path backup;
  private boolean whole;

  /// Keeps a maildir and a backup in `folder`.
  OperatorLoad(String user, Path data, Path folder) {
    this.user = user + "@example.org";
    this.data = data;
    this.maildir = folder.resolve("maildir");
    this.backup = folder.resolve("backup");
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
      while (importOnce() && backupOnce() && command("space", "collect")) {}
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean importOnce() throws IOException {
    boolean ended = command("import", "maildir", maildir.toString(), "--user", user);
    whole |= ended;
    return ended;
  }

  private boolean backupOnce() throws IOException {
    return command("backup", "create", backup.toString());
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
    List<String> complaints = new ArrayList<>();
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
    return complaints;
  }

  private boolean command(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(ServerProcess.program());
    command.addAll(List.of(arguments));
    command.addAll(List.of("--data", data.toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process.onExit().join().exitValue() == 0;
  }
}
