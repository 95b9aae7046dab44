package org.posthorn.app;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What one mailbox must hold after the answers that a client got: flags by UID. The change that
/// was under way when the server went may have happened or not, so its message is not looked at
/// until the next answer.
final class FlagModel {
  private static final int MESSAGES = 40;
  private static final List<String> FLAGS = List.of("\\Seen", "\\Flagged", "$one", "$two");
  private static final Pattern FETCHED = Pattern.compile("UID (\\d+) FLAGS \\(([^)]*)\\)");
  private static final Pattern FETCHED_OTHERWISE =
      Pattern.compile("FLAGS \\(([^)]*)\\).* UID (\\d+)");
  private static final Pattern APPENDED = Pattern.compile("APPENDUID \\d+ (\\d+)");

  private final Map<Long, Set<String>> expected = new TreeMap<>();
  private long unsure;
  private boolean unsureOfNew;
  private int answered;

  /// Appends, flags and expunges until the server is gone.
  void changeUntilTheEnd(ServerProcess server, long seed) {
    var random = new Random(seed);
    try (WireClient imap = server.imap("flags")) {
      while (true) {
        if (expected.size() < MESSAGES) {
          append(imap);
        } else if (random.nextInt(10) == 0) {
          expunge(imap, any(random));
        } else {
          flag(imap, any(random), random);
        }
        answered++;
      }
    } catch (IOException _) {
      // It was killed.
    }
  }

  private void append(WireClient imap) throws IOException {
    unsureOfNew = true;
    imap.send("a APPEND INBOX {14+}\r\nSubject: x\r\n\r\n");
    String line = imap.line();
    while (!line.startsWith("a ")) {
      line = imap.line();
    }
    Matcher uid = APPENDED.matcher(line);
    if (!uid.find()) {
      throw new IllegalStateException("Not appended: " + line);
    }
    expected.put(Long.valueOf(uid.group(1)), new TreeSet<>());
    unsureOfNew = false;
  }

  private void flag(WireClient imap, long uid, Random random) throws IOException {
    String flag = FLAGS.get(random.nextInt(FLAGS.size()));
    boolean add = random.nextBoolean();
    unsure = uid;
    imap.imap("UID STORE %d %sFLAGS.SILENT (%s)".formatted(uid, add ? "+" : "-", flag));
    if (add) {
      flagsOf(uid).add(flag);
    } else {
      flagsOf(uid).remove(flag);
    }
    unsure = 0;
  }

  private void expunge(WireClient imap, long uid) throws IOException {
    unsure = uid;
    imap.imap("UID STORE %d +FLAGS.SILENT (\\Deleted)".formatted(uid));
    imap.imap("UID EXPUNGE " + uid);
    expected.remove(uid);
    unsure = 0;
  }

  private Set<String> flagsOf(long uid) {
    return expected.computeIfAbsent(uid, _ -> new TreeSet<>());
  }

  private long any(Random random) {
    return new ArrayList<>(expected.keySet()).get(random.nextInt(expected.size()));
  }

  /// What is other than the answers said. From then on, what is there counts.
  List<String> differences(ServerProcess server) throws IOException {
    Map<Long, Set<String>> there = read(server);
    List<String> differences = new ArrayList<>();
    Set<Long> uids = new TreeSet<>(expected.keySet());
    uids.addAll(there.keySet());
    long newest = expected.keySet().stream().mapToLong(Long::longValue).max().orElse(0);
    for (long uid : uids) {
      boolean mayBeNew = unsureOfNew && uid > newest;
      if (uid != unsure && !mayBeNew && !Objects.equals(expected.get(uid), there.get(uid))) {
        differences.add(
            "UID %d: answered %s, there %s".formatted(uid, expected.get(uid), there.get(uid)));
      }
    }
    expected.clear();
    expected.putAll(there);
    unsure = 0;
    unsureOfNew = false;
    return differences;
  }

  private static Map<Long, Set<String>> read(ServerProcess server) throws IOException {
    Map<Long, Set<String>> there = new TreeMap<>();
    try (WireClient imap = server.imap("flags")) {
      for (String line : imap.imap("UID FETCH 1:* (UID FLAGS)")) {
        Matcher fetched = FETCHED.matcher(line);
        Matcher otherwise = FETCHED_OTHERWISE.matcher(line);
        if (fetched.find()) {
          there.put(Long.valueOf(fetched.group(1)), flags(fetched.group(2)));
        } else if (otherwise.find()) {
          there.put(Long.valueOf(otherwise.group(2)), flags(otherwise.group(1)));
        }
      }
    }
    return there;
  }

  private static Set<String> flags(String text) {
    return Arrays.stream(text.split(" ", -1))
        .filter(flag -> !flag.isEmpty() && !flag.equals("\\Recent"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  int answeredCount() {
    return answered;
  }
}
