package org.posthorn.app;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which messages a server took over, and which have arrived. Each has a number, so that one that
/// comes twice is seen.
final class SentMail {
  private static final Pattern NUMBER = Pattern.compile("X-Number: (\\d+)");
  private static final Pattern UID = Pattern.compile("UID (\\d+)");

  private final AtomicLong next = new AtomicLong();
  private final Set<Long> accepted = ConcurrentHashMap.newKeySet();
  private final Map<Long, Integer> arrived = new HashMap<>();
  private final Map<String, Long> seenUid = new HashMap<>();

  /// Sends to one user, message after message, until the server is gone.
  void sendUntilTheEnd(ServerProcess server, String user) {
    try (WireClient smtp = server.connect("mx")) {
      smtp.reply();
      smtp.smtp("EHLO mx.example.net");
      while (true) {
        long number = next.incrementAndGet();
        String message =
            "X-Number: %d\r\nSubject: number %d\r\n\r\n%s\r\n"
                .formatted(number, number, "x".repeat((int) (number % 900)));
        if (smtp.deliver("a@example.net", user + "@example.org", message).startsWith("250")) {
          accepted.add(number);
        }
      }
    } catch (IOException _) {
      // It was killed: the message that was under way may have arrived or not.
    }
  }

  /// Looks at what has come into an inbox since the last time.
  void collect(ServerProcess server, String user) throws IOException {
    try (WireClient imap = server.imap(user)) {
      long after = seenUid.getOrDefault(user, 0L);
      List<String> lines =
          imap.imap("UID FETCH %d:* BODY.PEEK[HEADER.FIELDS (X-Number)]".formatted(after + 1));
      Set<Long> uids = new HashSet<>();
      for (int i = 0; i + 1 < lines.size(); i++) {
        Matcher uid = UID.matcher(lines.get(i));
        Matcher number = NUMBER.matcher(lines.get(i + 1));
        if (uid.find() && number.find() && Long.parseLong(uid.group(1)) > after) {
          uids.add(Long.valueOf(uid.group(1)));
          arrived.merge(Long.valueOf(number.group(1)), 1, Integer::sum);
        }
      }
      uids.stream().max(Long::compare).ifPresent(last -> seenUid.put(user, last));
    }
  }

  Set<Long> lost() {
    Set<Long> lost = new TreeSet<>(accepted);
    lost.removeAll(arrived.keySet());
    return lost;
  }

  Set<Long> doubled() {
    Set<Long> doubled = new TreeSet<>();
    arrived.forEach((number, times) -> {
      if (times > 1) {
        doubled.add(number);
      }
    });
    return doubled;
  }

  int acceptedCount() {
    return accepted.size();
  }
}
