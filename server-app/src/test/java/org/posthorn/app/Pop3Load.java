package org.posthorn.app;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Fetches mail by POP3 and deletes some of it, session after session. What a QUIT that was
/// answered has deleted is gone; of one that was not, all or nothing; and the rest stays. Used by
/// one thread at a time.
final class Pop3Load {
  private static final int READ_AT_ONCE = 8;

  private final String user;
  private final SentMail mail;
  private final Set<String> there = new TreeSet<>();
  private final Set<String> deleted = new TreeSet<>();
  private Set<String> unsure = Set.of();
  private int quits;

  Pop3Load(String user, SentMail mail) {
    this.user = user;
    this.mail = mail;
  }

  void fetchUntilTheEnd(ServerProcess server) {
    try {
      while (true) {
        session(server);
      }
    } catch (IOException _) {
      // It was killed.
    }
  }

  private void session(ServerProcess server) throws IOException {
    try (WireClient pop3 = open(server)) {
      Set<String> going = new TreeSet<>();
      for (var message : list(pop3).entrySet()) {
        there.add(message.getValue());
        if (going.size() < READ_AT_ONCE) {
          read(pop3, message.getKey(), message.getValue());
          if (message.getKey() % 3 != 0) {
            expectOk(pop3.smtp("DELE " + message.getKey()));
            going.add(message.getValue());
          }
        }
      }
      unsure = going;
      expectOk(pop3.smtp("QUIT"));
      deleted.addAll(going);
      there.removeAll(going);
      unsure = Set.of();
      quits++;
    }
  }

  /// What is other than the answers said. From then on, what is there counts.
  List<String> judge(ServerProcess server) throws IOException {
    Set<String> now = new TreeSet<>();
    try (WireClient pop3 = open(server)) {
      for (var message : list(pop3).entrySet()) {
        now.add(message.getValue());
        read(pop3, message.getKey(), message.getValue());
      }
      expectOk(pop3.smtp("RSET"));
    }
    List<String> complaints = judge(now);
    there.clear();
    there.addAll(now);
    unsure = Set.of();
    return complaints;
  }

  List<String> judge(Set<String> now) {
    List<String> complaints = new ArrayList<>();
    now.stream()
        .filter(deleted::contains)
        .forEach(name -> complaints.add(name + " was deleted and is there"));
    there.stream()
        .filter(name -> !now.contains(name) && !unsure.contains(name))
        .forEach(name -> complaints.add(name + " was not deleted and is gone"));
    long left = unsure.stream().filter(now::contains).count();
    if (left != 0 && left != unsure.size()) {
      complaints.add("Of %s only %d are left".formatted(unsure, left));
    }
    unsure.stream().filter(name -> !now.contains(name)).forEach(deleted::add);
    return complaints;
  }

  int quitCount() {
    return quits;
  }

  private WireClient open(ServerProcess server) throws IOException {
    WireClient pop3 = server.connect("pop3");
    expectOk(pop3.line());
    expectOk(pop3.smtp("USER " + user + "@example.org"));
    expectOk(pop3.smtp("PASS secret"));
    return pop3;
  }

  /// Unique names by number.
  private static Map<Integer, String> list(WireClient pop3) throws IOException {
    Map<Integer, String> names = new TreeMap<>();
    expectOk(pop3.smtp("UIDL"));
    for (String line = pop3.line(); !line.equals("."); line = pop3.line()) {
      String[] words = line.split(" ", -1);
      names.put(Integer.valueOf(words[0]), words[1]);
    }
    return names;
  }

  private void read(WireClient pop3, int number, String name) throws IOException {
    expectOk(pop3.smtp("TOP " + number + " 0"));
    for (String line = pop3.line(); !line.equals("."); line = pop3.line()) {
      if (line.startsWith("X-Number")) {
        mail.arrived(user, name, line);
      }
    }
  }

  private static void expectOk(String answer) throws IOException {
    if (!answer.startsWith("+OK")) {
      throw new IOException(answer);
    }
  }
}
