package org.posthorn.app;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which messages a server took over for whom, and which have arrived. Each has a number, so that
/// one that comes twice is seen. Safe for use by many threads.
final class SentMail {
  private static final Pattern NUMBER = Pattern.compile("X-Number: (\\d+)");
  private static final Pattern UID = Pattern.compile("UID (\\d+)");

  private final AtomicLong next = new AtomicLong();
  private final Set<Sent> accepted = ConcurrentHashMap.newKeySet();
  private final Map<Sent, Set<String>> arrived = new ConcurrentHashMap<>();
  private final Map<String, Long> seenUid = new HashMap<>();
  private final List<String> refused = new ArrayList<>();

  /// A message for one user.
  record Sent(long number, String user) implements Comparable<Sent> {
    @Override
    public int compareTo(Sent other) {
      int byNumber = Long.compare(number, other.number);
      return byNumber != 0 ? byNumber : user.compareTo(other.user);
    }
  }

  /// Sends to these users, message after message, until the server is gone. By LMTP each recipient
  /// has an answer of its own, by SMTP there is one for all.
  void sendUntilTheEnd(ServerProcess server, boolean lmtp, List<String> users) {
    try (WireClient smtp = server.connect(lmtp ? "lmtp" : "mx")) {
      smtp.reply();
      smtp.smtp((lmtp ? "LHLO" : "EHLO") + " mx.example.net");
      while (true) {
        long number = next.incrementAndGet();
        if (envelope(smtp, users)) {
          String answer = smtp.smtp(message(number) + ".");
          for (int i = 0; i < users.size(); i++) {
            if (i > 0 && lmtp) {
              answer = smtp.reply();
            }
            answered(answer, new Sent(number, users.get(i)));
          }
        }
      }
    } catch (IOException _) {
      // It was killed: the message that was under way may have arrived or not.
    }
  }

  private boolean envelope(WireClient smtp, List<String> users) throws IOException {
    List<String> commands = new ArrayList<>(List.of("MAIL FROM:<a@example.net>"));
    users.forEach(user -> commands.add("RCPT TO:<" + user + "@example.org>"));
    commands.add("DATA");
    for (String command : commands) {
      String answer = smtp.smtp(command);
      if (!answer.startsWith("2") && !answer.startsWith("3")) {
        refuse(command + ": " + answer);
        return false;
      }
    }
    return true;
  }

  /// The answer for one recipient.
  void answered(String answer, Sent sent) {
    if (answer.startsWith("250")) {
      accepted.add(sent);
    } else {
      refuse(sent + ": " + answer);
    }
  }

  private synchronized void refuse(String what) {
    refused.add(what);
  }

  private static String message(long number) {
    return "X-Number: %d\r\nSubject: number %d\r\n\r\n%s\r\n"
        .formatted(number, number, "x".repeat((int) (number % 900)));
  }

  /// Looks at what has come into an inbox since the last time.
  void collect(ServerProcess server, String user) throws IOException {
    try (WireClient imap = server.imap(user)) {
      long after = seenUid.getOrDefault(user, 0L);
      List<String> lines =
          imap.imap("UID FETCH %d:* BODY.PEEK[HEADER.FIELDS (X-Number)]".formatted(after + 1));
      long last = after;
      for (int i = 0; i + 1 < lines.size(); i++) {
        Matcher uid = UID.matcher(lines.get(i));
        if (uid.find() && Long.parseLong(uid.group(1)) > after) {
          arrived(user, uid.group(1), lines.get(i + 1));
          last = Math.max(last, Long.parseLong(uid.group(1)));
        }
      }
      seenUid.put(user, last);
    }
  }

  /// A message of a user has come, under a name that no other has.
  void arrived(String user, String name, String header) {
    Matcher number = NUMBER.matcher(header);
    if (number.find()) {
      arrived
          .computeIfAbsent(
              new Sent(Long.parseLong(number.group(1)), user), _ -> ConcurrentHashMap.newKeySet())
          .add(name);
    }
  }

  Set<Sent> lost() {
    Set<Sent> lost = new TreeSet<>(accepted);
    lost.removeAll(arrived.keySet());
    return lost;
  }

  Set<Sent> doubled() {
    Set<Sent> doubled = new TreeSet<>();
    arrived.forEach((sent, names) -> {
      if (names.size() > 1) {
        doubled.add(sent);
      }
    });
    return doubled;
  }

  /// Nothing that is sent here may be refused.
  synchronized List<String> refused() {
    return List.copyOf(refused);
  }

  int acceptedCount() {
    return accepted.size();
  }
}
