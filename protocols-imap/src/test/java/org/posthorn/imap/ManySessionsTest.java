package org.posthorn.imap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.posthorn.net.Listener;
import org.posthorn.net.ListenerConfig;
import org.posthorn.storage.account.Change;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.MailboxView;

/// Several clients change one mailbox at random, all at once. Whatever they are told must fit
/// together at every moment, and whenever all rest each one's copy is what is in the store.
class ManySessionsTest {
  private static final Replica.Mode[] CLIENTS = Replica.Mode.values();

  /// Few commands between two comparisons: what is told later would hide what was not told before.
  private static final int COMMANDS = 6;

  /// More of them with `-Dposthorn.rounds=1000`.
  private static final int ROUNDS = Integer.getInteger("posthorn.rounds", 25);

  /// More of them with `-Dposthorn.seeds=100`, others with `-Dposthorn.seed=500`.
  private static final int SEEDS = Integer.getInteger("posthorn.seeds", 4);

  private static final long FIRST_SEED = Long.getLong("posthorn.seed", 1);

  private static final List<String> SOME_FLAGS =
      List.of("\\Seen", "\\Flagged", "\\Answered", "\\Draft", "Work", "$Label");

  private static LongStream seeds() {
    return LongStream.range(FIRST_SEED, FIRST_SEED + SEEDS);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void eachClientsCopyIsWhatIsInTheStore(long seed) throws Exception {
    try (var house = new ImapHouse();
        var listener = Listener.open(ListenerConfig.defaults(), house);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 12; i++) {
        house.letter("first " + i);
      }
      List<Replica> clients = new ArrayList<>();
      List<Random> randoms = new ArrayList<>();
      try {
        for (int i = 0; i < CLIENTS.length; i++) {
          clients.add(enter(listener.port(), CLIENTS[i], (seed + i) % 2 == 0));
          randoms.add(new Random(seed * 100 + i));
        }
        for (int round = 0; round < ROUNDS; round++) {
          List<Future<?>> running = new ArrayList<>();
          for (int i = 0; i < CLIENTS.length; i++) {
            Replica client = clients.get(i);
            Random random = randoms.get(i);
            running.add(threads.submit(() -> act(client, random)));
          }
          for (Future<?> one : running) {
            await(one, seed);
          }
          for (Replica client : clients) {
            compare(client, house, seed);
          }
        }
        checkConditionals(clients, house, seed);
      } finally {
        for (Replica client : clients) {
          client.close();
        }
      }
    }
  }

  private static Replica enter(int port, Replica.Mode mode, boolean compressed) throws IOException {
    var client = new Replica(port, mode);
    client.command("LOGIN ann secret");
    if (compressed) {
      client.compress();
    }
    switch (mode) {
      case PLAIN -> {}
      case CONDSTORE -> client.command("ENABLE CONDSTORE");
      case QRESYNC -> client.command("ENABLE QRESYNC");
      case IMAP4REV2 -> client.command("ENABLE IMAP4rev2");
      case UTF8_ACCEPT -> client.command("ENABLE UTF8=ACCEPT");
      case UIDONLY -> client.command("ENABLE UIDONLY");
      case UIDONLY_QRESYNC -> client.command("ENABLE UIDONLY QRESYNC");
      case NOTIFY ->
          client.command(
              "NOTIFY SET (SELECTED (MessageNew (UID FLAGS) MessageExpunge FlagChange))");
    }
    client.command("SELECT INBOX");
    client.command(mode.tellsModSeq() ? "UID FETCH 1:* (FLAGS MODSEQ)" : "UID FETCH 1:* (FLAGS)");
    return client;
  }

  private static void await(Future<?> one, long seed) throws InterruptedException {
    try {
      one.get();
    } catch (ExecutionException e) {
      throw new AssertionError("Seed " + seed, e.getCause());
    }
  }

  private static Void act(Replica client, Random random) throws IOException {
    for (int i = 0; i < COMMANDS; i++) {
      step(client, random);
      client.checkOrder();
    }
    return null;
  }

  private static void step(Replica client, Random random) throws IOException {
    if (client.mode() == Replica.Mode.NOTIFY || client.mode().isUidOnly()) {
      stepByUid(client, random);
      return;
    }
    int count = client.messages().size();
    int from = count == 0 ? 0 : 1 + random.nextInt(count);
    int to = count == 0 ? 0 : Math.min(count, from + random.nextInt(3));
    String set = from + ":" + to;
    switch (random.nextInt(count == 0 ? 4 : 20)) {
      case 0 -> client.command("APPEND INBOX (\\Seen) {12+}\r\nSubject: x\r\n");
      case 1, 2 -> client.command("NOOP");
      case 3 -> client.idle(3);
      case 4, 5 -> learn(client, from);
      case 6 -> client.command("UID FETCH 1:* (UID)");
      case 7 -> client.command("SEARCH UNSEEN");
      case 8 -> client.command("UID SEARCH RETURN (COUNT) ALL");
      case 9 -> {
        client.command("STORE " + from + " +FLAGS (\\Deleted)");
        client.command("EXPUNGE");
      }
      case 10 -> client.command("COPY " + from + " INBOX");
      case 11 -> client.command("MOVE " + from + " INBOX");
      case 12, 13 -> {
        Replica.Known message = client.messages().get(from - 1);
        boolean known = message.uid > 0 && message.modSeq > 0 && message.flags.isPresent();
        if (client.mode().tellsModSeq() && known) {
          client.storeConditionally(message);
        } else {
          client.command("STORE " + set + " " + mode(random) + " (" + flag(random) + ")");
        }
      }
      default -> silentStore(client, random, from, to);
    }
  }

  /// Numbers may change at any time, so messages are named by what does not.
  private static void stepByUid(Replica client, Random random) throws IOException {
    List<Replica.Known> known =
        client.messages().stream().filter(message -> message.uid > 0).toList();
    if (known.isEmpty()) {
      client.command("NOOP");
      return;
    }
    Replica.Known message = known.get(random.nextInt(known.size()));
    long uid = message.uid;
    switch (random.nextInt(client.mode().isUidOnly() ? 16 : 10)) {
      case 0 -> client.command("APPEND INBOX (\\Seen) {12+}\r\nSubject: x\r\n");
      case 1 -> client.idle(3);
      case 2 -> client.command("UID COPY " + uid + " INBOX");
      case 3 -> client.command("UID MOVE " + uid + " INBOX");
      case 4 -> {
        client.command("UID STORE " + uid + " +FLAGS (\\Deleted)");
        client.command("UID EXPUNGE " + uid);
      }
      case 5 -> client.command("UID SEARCH UNSEEN");
      case 6 -> client.command("NOOP");
      case 10, 11, 12 -> {
        String mode = mode(random);
        String flag = flag(random);
        client.command("UID STORE " + uid + " " + mode + ".SILENT (" + flag + ")");
        client.applied(message, mode, Set.of(flag));
      }
      case 13, 14 -> {
        if (client.mode().tellsModSeq() && message.modSeq > 0 && message.flags.isPresent()) {
          client.storeConditionally(message);
        } else if (message.flags.isEmpty()) {
          client.command(
              "UID FETCH " + uid + " (FLAGS" + (client.mode().tellsModSeq() ? " MODSEQ)" : ")"));
        }
      }
      case 15 -> client.command("UID FETCH 1:* (UID)");
      default ->
          client.command("UID STORE " + uid + " " + mode(random) + " (" + flag(random) + ")");
    }
  }

  /// Every conditional STORE went through if nobody had touched the message, and only then.
  private static void checkConditionals(List<Replica> clients, ImapHouse house, long seed) {
    Map<Long, TreeMap<Long, Change.Flagged>> touched = new TreeMap<>();
    long inbox = house.account().find(MailboxName.INBOX).orElseThrow().id().value();
    for (Change change : house.account().history(0, Integer.MAX_VALUE / 2)) {
      for (Change.Event event : change.events()) {
        if (event instanceof Change.Flagged flagged && flagged.mailbox().value() == inbox) {
          for (long uid : flagged.uids().toArray()) {
            touched.computeIfAbsent(uid, _ -> new TreeMap<>()).put(change.version(), flagged);
          }
        }
      }
    }
    for (Replica client : clients) {
      for (Replica.Conditional one : client.conditionals()) {
        var since =
            touched.getOrDefault(one.uid(), new TreeMap<>()).tailMap(one.knownModSeq(), false);
        String about = "Seed " + seed + ": " + one + ", touched by " + since;
        if (one.modified()) {
          assertThat(since).as(about).isNotEmpty();
        } else if (one.toldModSeq() > 0) {
          assertThat(since).as(about).isNotEmpty();
          Change.Flagged first = since.firstEntry().getValue();
          assertThat(first.before().keywords().contains(one.keyword()))
              .as(about)
              .isNotEqualTo(first.after().keywords().contains(one.keyword()));
        }
      }
    }
  }

  /// Asks for flags that are not known, and never for those that are: what is known must stay right
  /// by what is told alone.
  private static void learn(Replica client, int number) throws IOException {
    if (client.messages().get(number - 1).flags.isEmpty()) {
      String modSeq = client.mode().tellsModSeq() ? " MODSEQ" : "";
      client.command("FETCH " + number + " (UID FLAGS" + modSeq + ")");
    }
  }

  private static void silentStore(Replica client, Random random, int from, int to)
      throws IOException {
    String mode = mode(random);
    String flag = flag(random);
    client.command("STORE " + from + ":" + to + " " + mode + ".SILENT (" + flag + ")");
    client.applied(from, to, mode, Set.of(flag));
  }

  private static void compare(Replica client, ImapHouse house, long seed) throws IOException {
    client.command("NOOP");
    MailboxView view =
        house
            .account()
            .view(house.account().find(MailboxName.INBOX).orElseThrow().id())
            .orElseThrow();
    String about = "Seed " + seed + "\n" + client.transcript();
    assertThat(client.count()).as(about).isEqualTo(view.size());
    for (int i = 0; i < client.messages().size(); i++) {
      Replica.Known message = client.messages().get(i);
      int there = client.mode().isUidOnly() ? view.indexOf(message.uid) : i;
      assertThat(there).as(message.uid + " is there. " + about).isNotNegative();
      if (message.flags.isPresent()) {
        assertThat(message.flags.get())
            .as("Message " + (there + 1) + ". " + about)
            .isEqualTo(new TreeSet<>(view.flags(there).names()));
      }
      if (client.mode().tellsModSeq() && message.flags.isPresent() && message.modSeq > 0) {
        assertThat(message.modSeq)
            .as("MODSEQ of " + (there + 1) + ". " + about)
            .isEqualTo(view.modSeq(there));
      }
    }
    client.command("UID FETCH 1:* (UID)");
    long[] uids = client.messages().stream().mapToLong(message -> message.uid).toArray();
    long[] stored = new long[view.size()];
    Arrays.setAll(stored, view::uid);
    assertThat(uids).as(about).isEqualTo(stored);
  }

  private static String mode(Random random) {
    return List.of("+FLAGS", "-FLAGS", "FLAGS").get(random.nextInt(3));
  }

  private static String flag(Random random) {
    return SOME_FLAGS.get(random.nextInt(SOME_FLAGS.size()));
  }
}
