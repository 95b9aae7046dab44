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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.net.Listener;
import org.posthorn.net.ListenerConfig;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.MailboxView;

/// Several clients change one mailbox at random, all at once. Whatever they are told must fit
/// together at every moment, and at the end each one's copy is what is in the store.
class ManySessionsTest {
  private static final int CLIENTS = 4;
  private static final int COMMANDS = 120;
  private static final List<String> SOME_FLAGS =
      List.of("\\Seen", "\\Flagged", "\\Answered", "\\Draft", "Work", "$Label");

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void eachClientsCopyIsWhatIsInTheStore(long seed) throws Exception {
    try (var house = new ImapHouse();
        var listener = Listener.open(ListenerConfig.defaults(), house);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 12; i++) {
        house.letter("first " + i);
      }
      List<Replica> clients = new ArrayList<>();
      List<Future<?>> running = new ArrayList<>();
      try {
        for (int i = 0; i < CLIENTS; i++) {
          Replica client = new Replica(listener.port());
          clients.add(client);
          Random random = new Random(seed * 100 + i);
          running.add(threads.submit(() -> act(client, random)));
        }
        for (Future<?> one : running) {
          await(one, seed);
        }
        for (Replica client : clients) {
          compare(client, house, seed);
        }
      } finally {
        for (Replica client : clients) {
          client.close();
        }
      }
    }
  }

  private static void await(Future<?> one, long seed) throws InterruptedException {
    try {
      one.get();
    } catch (ExecutionException e) {
      throw new AssertionError("Seed " + seed, e.getCause());
    }
  }

  private static Void act(Replica client, Random random) throws IOException {
    client.command("LOGIN ann secret");
    if (random.nextBoolean()) {
      client.command("ENABLE CONDSTORE");
    }
    client.command("SELECT INBOX");
    client.command("UID FETCH 1:* (FLAGS)");
    for (int i = 0; i < COMMANDS; i++) {
      step(client, random);
      client.checkOrder();
    }
    return null;
  }

  private static void step(Replica client, Random random) throws IOException {
    int count = client.messages().size();
    int from = count == 0 ? 0 : 1 + random.nextInt(count);
    int to = count == 0 ? 0 : Math.min(count, from + random.nextInt(3));
    String set = from + ":" + to;
    switch (random.nextInt(count == 0 ? 4 : 14)) {
      case 0, 1 -> client.command("APPEND INBOX (\\Seen) {12+}\r\nSubject: x\r\n");
      case 2 -> client.command("NOOP");
      case 3 -> client.idle(3);
      case 4 -> client.command("FETCH " + set + " (UID FLAGS)");
      case 5 -> client.command("UID FETCH 1:* (FLAGS)");
      case 6 -> client.command("SEARCH UNSEEN");
      case 7 -> client.command("UID SEARCH RETURN (COUNT) ALL");
      case 8, 9 -> silentStore(client, random, from, to);
      case 10 -> client.command("STORE " + set + " " + mode(random) + " (" + flag(random) + ")");
      case 11 -> {
        client.command("STORE " + set + " +FLAGS (\\Deleted)");
        client.command("EXPUNGE");
      }
      case 12 -> client.command("COPY " + set + " INBOX");
      default -> client.command("MOVE " + from + " INBOX");
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
    Map<Integer, Set<String>> known = new TreeMap<>();
    for (int i = 0; i < client.messages().size(); i++) {
      int index = i;
      client.messages().get(i).flags.ifPresent(flags -> known.put(index, flags));
    }
    MailboxView view =
        house
            .account()
            .view(house.account().find(MailboxName.INBOX).orElseThrow().id())
            .orElseThrow();
    String about = "Seed " + seed + "\n" + client.transcript();
    assertThat(client.messages()).as(about).hasSize(view.size());
    for (var entry : known.entrySet()) {
      assertThat(entry.getValue())
          .as("Message " + (entry.getKey() + 1) + ". " + about)
          .isEqualTo(new TreeSet<>(view.flags(entry.getKey()).names()));
    }
    client.command("UID FETCH 1:* (FLAGS)");
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
