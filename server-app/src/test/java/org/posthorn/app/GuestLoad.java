package org.posthorn.app;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.posthorn.app.AccountThere.MessageThere;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.admin.AdminFailure;

/// An operator who adds a user, lets mail come in, and removes the user, again and again by the
/// same login. A user who was added is there with all mail; one who was removed is not; and who is
/// added anew finds nothing of the one before. Used by one thread at a time.
final class GuestLoad {
  private static final String LOGIN = "guest@example.org";
  private static final int MESSAGES = 4;

  private final AdminClient admin;
  private final TreeSet<Long> mail = new TreeSet<>();
  private State state = State.GONE;
  private long numbers;
  private int removals;

  /// What the last answer said, and what was asked since.
  private enum State {
    GONE,
    COMING,
    HERE,
    GOING
  }

  GuestLoad(AdminClient admin) {
    this.admin = admin;
  }

  int removalCount() {
    return removals;
  }

  void workUntilTheEnd(ServerProcess server) {
    try {
      while (true) {
        if (state == State.GONE) {
          come();
        }
        fill(server);
        go();
      }
    } catch (IOException | AdminFailure _) {
      // It was killed.
    }
  }

  private void come() {
    state = State.COMING;
    mail.clear();
    numbers++;
    var _ = admin.post("/users", Map.of("login", LOGIN, "password", "secret"));
    state = State.HERE;
  }

  private void fill(ServerProcess server) throws IOException {
    try (WireClient imap = server.imap("guest")) {
      for (int i = 0; i < MESSAGES; i++) {
        long number = ++numbers * 1_000;
        String message = ImapLoad.message(number);
        imap.send("a APPEND INBOX {%d+}\r\n%s".formatted(message.length(), message));
        String line = imap.line();
        while (!line.startsWith("a ")) {
          line = imap.line();
        }
        if (line.startsWith("a OK")) {
          mail.add(number);
        }
      }
    }
  }

  private void go() {
    state = State.GOING;
    var _ = admin.delete(AdminClient.path("users", LOGIN));
    state = State.GONE;
    removals++;
  }

  /// What is other than it was told. From then on, what is there counts.
  List<String> judge(ServerProcess server) throws IOException {
    List<String> complaints = new ArrayList<>();
    boolean here = isHere();
    if (here == (state == State.GONE) && !(state == State.COMING || state == State.GOING)) {
      complaints.add("The guest is %s, and is there: %s".formatted(state, here));
    }
    if (here) {
      judgeMail(server, complaints);
    }
    state = here ? State.HERE : State.GONE;
    return complaints;
  }

  private void judgeMail(ServerProcess server, List<String> complaints) throws IOException {
    TreeSet<Long> is = new TreeSet<>();
    try (WireClient imap = server.imap("guest")) {
      AccountThere.read(imap, complaints)
          .mailboxes()
          .values()
          .forEach(mailbox ->
              mailbox.messages().values().stream().map(MessageThere::number).forEach(is::add));
    }
    boolean older = is.stream().anyMatch(number -> !mail.contains(number) && number <= last());
    if (!is.containsAll(mail) || older || is.size() > mail.size() + 1) {
      complaints.add("The guest has %s and should have %s".formatted(is, mail));
    }
    mail.clear();
    mail.addAll(is);
  }

  /// One message above this number may be there, although nobody said so.
  private long last() {
    return mail.isEmpty() ? (numbers - 1) * 1_000 : mail.last();
  }

  private boolean isHere() {
    try {
      return !admin.get(AdminClient.path("users", LOGIN)).isEmpty();
    } catch (AdminFailure refused) {
      if (refused.kind() == AdminFailure.Kind.NOT_POSSIBLE) {
        return false;
      }
      throw refused;
    }
  }
}
