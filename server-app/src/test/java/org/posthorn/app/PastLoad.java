package org.posthorn.app;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.posthorn.app.AccountThere.MailboxThere;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.admin.AdminFailure;
import tools.jackson.databind.JsonNode;

/// The only client of an account, who changes it, looks how it is, and has old states and expunged
/// messages back, while its history is trimmed. After a crash the account is as it was before what
/// was under way, or as after it; and what is brought back is what was seen then. Used by one
/// thread at a time.
final class PastLoad {
  private static final String RESCUED = "Rescued";
  private static final int STATES_MAX = 12;
  private static final int MESSAGES_MAX = 40;
  private static final int MAILBOXES_MAX = 12;
  private static final Pattern NUMBER = Pattern.compile("number (\\d+)");
  private static final List<String> FLAGS = List.of("\\Seen", "\\Flagged", "$one");

  private final String user;
  private final AdminClient admin;
  private final TreeMap<Long, Shape> seen = new TreeMap<>();
  private final List<String> complaints = new ArrayList<>();
  private Shape now = new Shape(Map.of());
  private Optional<Expected> pending = Optional.empty();
  private boolean adrift = true;
  private long messages;
  private int mailboxes;
  private int returns;

  /// Mailboxes by name, and in each its messages by number and flags, sorted.
  record Shape(Map<String, List<String>> mailboxes) {
    static Shape of(AccountThere there) {
      Map<String, List<String>> shape = new TreeMap<>();
      there.mailboxes().forEach((name, mailbox) -> shape.put(name, lines(mailbox)));
      return new Shape(shape);
    }

    private static List<String> lines(MailboxThere mailbox) {
      return mailbox.messages().values().stream()
          .map(message -> message.number() + " " + message.flags())
          .sorted()
          .toList();
    }

    /// Where one message more is rescued, with the flags that it had when it went. One that is
    /// there already stays as it is.
    Shape withRescued(long number) {
      Map<String, List<String>> more = new TreeMap<>(mailboxes);
      List<String> there = new ArrayList<>(more.getOrDefault(RESCUED, List.of()));
      if (there.stream().noneMatch(line -> line.startsWith(number + " "))) {
        there.add(number + " ?");
      }
      more.put(RESCUED, there);
      return new Shape(more);
    }

    boolean fits(Shape other) {
      return withoutRescuedFlags().equals(other.withoutRescuedFlags());
    }

    private Map<String, List<String>> withoutRescuedFlags() {
      Map<String, List<String>> all = new TreeMap<>(mailboxes);
      all.computeIfPresent(
          RESCUED,
          (_, lines) -> lines.stream().map(line -> line.split(" ", 2)[0]).sorted().toList());
      return all;
    }
  }

  /// What the account becomes by what is under way; empty: nobody says.
  private record Expected(String what, Optional<Shape> after) {}

  PastLoad(String user, AdminClient admin) {
    this.user = user;
    this.admin = admin;
  }

  /// How often something was brought back.
  int returnCount() {
    return returns;
  }

  void workUntilTheEnd(ServerProcess server, long seed) {
    var random = new Random(seed);
    try (WireClient imap = server.imap(user)) {
      while (complaints.isEmpty()) {
        for (int i = 0; i < 3; i++) {
          change(imap, random);
        }
        look(imap);
        haveBack(imap, random);
      }
    } catch (IOException | AdminFailure _) {
      // It was killed.
    }
  }

  private void change(WireClient imap, Random random) throws IOException {
    List<String> names = List.copyOf(now.mailboxes().keySet());
    String mailbox = names.isEmpty() ? "INBOX" : any(names, random);
    adrift = true;
    int dice = random.nextInt(100);
    if (dice < 50 && count() < MESSAGES_MAX) {
      append(imap, mailbox, random);
    } else if (dice < 60 && names.size() < MAILBOXES_MAX) {
      imap.tryImap("CREATE past" + mailboxes++);
    } else if (dice < 65 && mailbox.startsWith("past")) {
      imap.tryImap("DELETE \"" + mailbox + "\"");
    } else if (imap.tryImap("SELECT \"" + mailbox + "\"").getLast().contains(" OK")) {
      if (dice < 80) {
        imap.tryImap("UID STORE 1:* +FLAGS (%s)".formatted(any(FLAGS, random)));
      } else if (dice < 90) {
        imap.tryImap("UID MOVE * \"%s\"".formatted(names.isEmpty() ? "INBOX" : any(names, random)));
      } else {
        imap.tryImap("UID STORE * +FLAGS.SILENT (\\Deleted)");
        imap.tryImap("EXPUNGE");
      }
    }
  }

  private void append(WireClient imap, String mailbox, Random random) throws IOException {
    String message = ImapLoad.message(++messages * 1_000L);
    imap.send(
        "a APPEND \"%s\" (%s) {%d+}\r\n%s"
            .formatted(mailbox, any(FLAGS, random), message.length(), message));
    String line = imap.line();
    while (!line.startsWith("a ")) {
      line = imap.line();
    }
  }

  private int count() {
    return now.mailboxes().values().stream().mapToInt(List::size).sum();
  }

  /// What is there now, and which version that is.
  private void look(WireClient imap) throws IOException {
    now = Shape.of(AccountThere.read(imap, complaints));
    adrift = false;
    pending = Optional.empty();
    seen.put(version(), now);
    while (seen.size() > STATES_MAX) {
      var _ = seen.pollFirstEntry();
    }
  }

  private long version() throws IOException {
    return history().getFirst().path("version").asLong();
  }

  private long exactSince() throws IOException {
    return history().getLast().path("exactSince").asLong();
  }

  private List<JsonNode> history() throws IOException {
    return lines(AdminClient.path("users", login(), "history") + "?limit=1");
  }

  private List<JsonNode> lines(String path) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    admin.lines("GET", path, new byte[0], lines::add);
    if (lines.isEmpty() || !lines.getLast().has("done")) {
      throw new IOException("The answer is not whole");
    }
    return lines;
  }

  private void haveBack(WireClient imap, Random random) throws IOException {
    imap.tryImap("UNSELECT");
    if (random.nextInt(3) == 0) {
      undelete(imap, random);
    } else {
      restore(imap, any(List.copyOf(seen.keySet()), random));
    }
  }

  private void restore(WireClient imap, long version) throws IOException {
    Shape then = Objects.requireNonNull(seen.get(version));
    Map<String, Object> wish = new HashMap<>();
    wish.put("to", Long.toString(version));
    wish.put("exact", true);
    if (done("restore", wish, then)) {
      expect(imap, "restored to version " + version, then);
    } else if (exactSince() <= version) {
      complaints.add("Version %d is refused, but is in the history".formatted(version));
    }
  }

  private void undelete(WireClient imap, Random random) throws IOException {
    List<JsonNode> gone = lines(AdminClient.path("users", login(), "expunged"));
    if (gone.size() < 2) {
      return;
    }
    JsonNode one = gone.get(random.nextInt(gone.size() - 1));
    Matcher number = NUMBER.matcher(one.path("subject").asString());
    if (number.find()) {
      Shape then = now.withRescued(Long.parseLong(number.group(1)));
      Map<String, Object> wish = new HashMap<>();
      wish.put("messages", List.of(one.path("message").asString()));
      wish.put("into", RESCUED);
      if (done("undelete", wish, then)) {
        expect(imap, "undeleted " + one, then);
      }
    }
  }

  /// False when it is refused: what is needed for it may be trimmed.
  private boolean done(String what, Map<String, Object> wish, Shape then) {
    pending = Optional.of(new Expected(what + " " + wish, Optional.of(then)));
    try {
      var _ = admin.post(AdminClient.path("users", login(), what), wish);
      returns++;
      return true;
    } catch (AdminFailure refused) {
      if (refused.kind() != AdminFailure.Kind.NOT_POSSIBLE) {
        throw refused;
      }
      pending = Optional.empty();
      return false;
    }
  }

  private void expect(WireClient imap, String what, Shape should) throws IOException {
    now = should;
    pending = Optional.empty();
    now = Shape.of(AccountThere.read(imap, complaints));
    if (!should.fits(now)) {
      complaints.add("%s: should be %s, is %s".formatted(what, should, now));
    }
    seen.put(version(), now);
  }

  /// What is other than it was told. From then on, what is there counts.
  List<String> judge(WireClient imap) throws IOException {
    Shape is = Shape.of(AccountThere.read(imap, complaints));
    if (!adrift) {
      boolean before = now.fits(is);
      boolean after = pending.flatMap(Expected::after).map(shape -> shape.fits(is)).orElse(false);
      if (!before && !after) {
        complaints.add("%s: was %s, is %s".formatted(pending, now, is));
      }
    }
    look(imap);
    List<String> found = List.copyOf(complaints);
    complaints.clear();
    return found;
  }

  private String login() {
    return user + "@example.org";
  }

  private static <T> T any(List<T> of, Random random) {
    return of.get(random.nextInt(of.size()));
  }
}
