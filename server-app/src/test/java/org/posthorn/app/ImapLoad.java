package org.posthorn.app;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.posthorn.app.AccountFacts.Place;

/// A mail program that appends, flags, copies, moves, expunges, and makes, renames and deletes
/// mailboxes, at random, until the server is gone; some of it in the INBOX that it shares with
/// others.
final class ImapLoad {
  private static final int FEW = 25;
  private static final int MANY = 60;
  private static final int MAILBOXES = 3;
  private static final int BODY_BYTES_MAX = 3_000;
  private static final List<String> FLAGS = List.of("\\Seen", "\\Flagged", "$one", "$two");
  private static final Pattern APPENDED = Pattern.compile("APPENDUID (\\d+) (\\d+)");
  private static final Pattern COPIED = Pattern.compile("COPYUID (\\d+) (\\S+) ([^\\]\\s]+)");

  private final String user;
  private final String name;
  private final int client;
  private final AccountFacts facts;
  private final ClientModel model;
  private long messages;
  private int mailboxes;
  private long inbox;

  /// One of several of the same user; its number is below 1,000.
  ImapLoad(String user, int client, AccountFacts facts) {
    this.user = user;
    this.client = client;
    this.name = "c" + client + "-";
    this.facts = facts;
    this.model = new ClientModel(name, facts, number -> message(number).length());
  }

  ClientModel model() {
    return model;
  }

  /// The message of a number, the same each time.
  static String message(long number) {
    return "X-Number: %d\r\nSubject: number %d\r\n\r\n%s\r\n"
        .formatted(number, number, "x".repeat((int) (number / 1_000 * 7 % BODY_BYTES_MAX)));
  }

  void workUntilTheEnd(ServerProcess server, long seed) {
    var random = new Random(seed);
    try (WireClient imap = server.imap(user)) {
      imap.imap("ENABLE CONDSTORE");
      inbox = validity(imap, "INBOX");
      while (true) {
        inSomeMailbox(imap, random);
      }
    } catch (IOException _) {
      // It was killed: what was under way may have happened or not.
    }
  }

  private void inSomeMailbox(WireClient imap, Random random) throws IOException {
    if (model.state().mailboxes().size() < MAILBOXES) {
      create(imap);
    }
    String mailbox = any(List.copyOf(model.state().mailboxes().keySet()), random);
    boolean shared = random.nextInt(3) == 0;
    long here = shared ? inbox : Objects.requireNonNull(model.state().mailboxes().get(mailbox));
    imap.imap("SELECT \"" + (shared ? "INBOX" : mailbox) + "\"");
    for (int i = 0; i < 6; i++) {
      work(imap, random, here);
    }
    if (!shared && random.nextInt(8) == 0) {
      imap.imap("UNSELECT");
      renameOrDelete(imap, random, mailbox);
    }
  }

  private void work(WireClient imap, Random random, long here) throws IOException {
    int all = model.state().messages().size();
    Set<Long> some = some(here, random);
    int dice = all > MANY ? 90 + random.nextInt(10) : random.nextInt(100);
    if (all < FEW || some.isEmpty()) {
      append(imap, random);
    } else if (dice < 45) {
      store(imap, here, some, FLAGS.get(random.nextInt(FLAGS.size())), random.nextBoolean());
    } else if (dice < 60) {
      copyOrMove(imap, new Deed.Copy(here, some, somewhere(random)));
    } else if (dice < 80) {
      copyOrMove(imap, new Deed.Move(here, some, somewhere(random)));
    } else {
      store(imap, here, some, "\\Deleted", true);
      model.ask(new Deed.Expunge(here, some));
      finish(imap, "UID EXPUNGE " + set(some), Deed.Told.NOTHING);
    }
  }

  private void append(WireClient imap, Random random) throws IOException {
    long to = somewhere(random);
    long number = ++messages * 1_000 + client;
    Set<String> flags = random.nextBoolean() ? Set.of() : Set.of(any(FLAGS, random));
    String message = message(number);
    model.ask(new Deed.Append(to, number, flags));
    imap.send(
        "a APPEND \"%s\" (%s) {%d+}\r\n%s"
            .formatted(nameOf(to), String.join(" ", flags), message.length(), message));
    String line = imap.line();
    while (!line.startsWith("a ")) {
      line = imap.line();
    }
    Matcher uid = APPENDED.matcher(line);
    if (uid.find()) {
      expect(to, Long.parseLong(uid.group(1)), line);
      model.done(new Deed.Told(to, Map.of(0L, Long.valueOf(uid.group(2))), Map.of()));
    } else {
      refused("APPEND", line);
    }
  }

  /// Also reads whether what it is told of its own flags is what it asked for.
  private void store(WireClient imap, long here, Set<Long> uids, String flag, boolean add)
      throws IOException {
    model.ask(new Deed.Store(here, uids, flag, add));
    String command = "UID STORE %s %sFLAGS (%s)".formatted(set(uids), add ? "+" : "-", flag);
    List<String> lines = imap.tryImap(command);
    Map<Long, Long> modSeqs = new HashMap<>();
    Map<Long, Set<String>> flags = new HashMap<>();
    for (String line : lines) {
      if (line.contains(" FETCH (") && uids.contains(AccountThere.uid(line))) {
        modSeqs.put(AccountThere.uid(line), AccountThere.modSeq(line));
        flags.put(AccountThere.uid(line), AccountThere.flags(line));
      }
    }
    if (!lines.getLast().contains(" OK")) {
      refused(command, lines.getLast());
      return;
    }
    model.done(new Deed.Told(here, Map.of(), modSeqs));
    for (long uid : uids) {
      Set<String> should =
          Objects.requireNonNull(model.state().messages().get(new Place(here, uid))).flags();
      if (!should.equals(flags.get(uid))) {
        facts.complain("%s: told %s, should be %s".formatted(command, lines, should));
      }
    }
  }

  private void copyOrMove(WireClient imap, Deed deed) throws IOException {
    String command =
        switch (deed) {
          case Deed.Copy(_, var uids, long to) ->
              "UID COPY %s \"%s\"".formatted(set(uids), nameOf(to));
          case Deed.Move(_, var uids, long to) ->
              "UID MOVE %s \"%s\"".formatted(set(uids), nameOf(to));
          default -> throw new IllegalArgumentException(deed.toString());
        };
    model.ask(deed);
    List<String> lines = imap.tryImap(command);
    for (String line : lines) {
      Matcher copied = COPIED.matcher(line);
      if (copied.find()) {
        List<Long> from = AccountThere.uids(copied.group(2));
        List<Long> to = AccountThere.uids(copied.group(3));
        Map<Long, Long> uids = new HashMap<>();
        for (int i = 0; i < from.size(); i++) {
          uids.put(from.get(i), to.get(i));
        }
        model.done(new Deed.Told(Long.parseLong(copied.group(1)), uids, Map.of()));
        return;
      }
    }
    refused(command, lines.getLast());
  }

  private void create(WireClient imap) throws IOException {
    String mailbox = name + mailboxes++;
    model.ask(new Deed.Create(mailbox));
    finish(imap, "CREATE " + mailbox, Deed.Told.NOTHING);
    model.learn(mailbox, validity(imap, mailbox));
  }

  private void renameOrDelete(WireClient imap, Random random, String mailbox) throws IOException {
    if (random.nextInt(4) == 0) {
      model.ask(new Deed.Delete(mailbox));
      finish(imap, "DELETE " + mailbox, Deed.Told.NOTHING);
    } else {
      String other = name + mailboxes++;
      model.ask(new Deed.Rename(mailbox, other));
      finish(imap, "RENAME " + mailbox + " " + other, Deed.Told.NOTHING);
    }
  }

  private void finish(WireClient imap, String command, Deed.Told told) throws IOException {
    String last = imap.tryImap(command).getLast();
    if (last.contains(" OK")) {
      model.done(told);
    } else {
      refused(command, last);
    }
  }

  /// Nothing that this client asks may be refused.
  private void refused(String command, String answer) {
    model.refused();
    facts.complain(command + ": " + answer);
  }

  private void expect(long to, long uidValidity, String line) {
    if (to != uidValidity) {
      facts.complain("Not into mailbox %d: %s".formatted(to, line));
    }
  }

  private static long validity(WireClient imap, String mailbox) throws IOException {
    return AccountThere.number(AccountThere.status(imap, mailbox, "UIDVALIDITY"), "UIDVALIDITY");
  }

  private Set<Long> some(long mailbox, Random random) {
    List<Long> here = new ArrayList<>();
    model
        .state()
        .messages()
        .keySet()
        .forEach(place -> {
          if (place.mailbox() == mailbox) {
            here.add(place.uid());
          }
        });
    Set<Long> some = new TreeSet<>();
    for (int i = 0; i < 1 + random.nextInt(5) && !here.isEmpty(); i++) {
      some.add(any(here, random));
    }
    return some;
  }

  private long somewhere(Random random) {
    List<Long> places = new ArrayList<>(model.state().mailboxes().values());
    places.add(inbox);
    return any(places, random);
  }

  private String nameOf(long mailbox) {
    return model.state().mailboxes().entrySet().stream()
        .filter(entry -> entry.getValue() == mailbox)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse("INBOX");
  }

  private static String set(Set<Long> uids) {
    return uids.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  private static <T> T any(List<T> of, Random random) {
    return of.get(random.nextInt(of.size()));
  }
}
