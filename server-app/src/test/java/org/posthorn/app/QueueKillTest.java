package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.admin.AdminFailure;
import org.posthorn.mailet.DnsServer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `kill -9` at random moments, and stops, while mail goes to a [FlakyRemote], to hosts that are
/// dead and to domains that do not exist, beside mail for users here; an operator presses `retry`
/// all the time. In the end each recipient is accounted for: in its mailbox once; taken by the
/// remote, and twice only where the remote's 250 and our note of it had a kill or a lost connection
/// between them; bounced once, for the reason that was given; or still in the queue.
///
/// How often is the property `posthorn.queue-kills`; as in [KillTest], `posthorn.seed` makes the
/// same choices again.
class QueueKillTest {
  private static final int KILLS = Integer.getInteger("posthorn.queue-kills", 4);
  private static final int MESSAGES_EACH = 400;
  private static final long PATIENCE_SECONDS = 240;

  @TempDir Path data;

  private final long seed = Long.getLong("posthorn.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final SentMail local = new SentMail();

  @Test
  @SuppressWarnings("SystemOut") // the window is measured by the way
  void eachMailIsAccountedFor() throws IOException, InterruptedException {
    try (var remote = new FlakyRemote(seed);
        var names = DnsServer.with(RelayedMail.ZONE)) {
      var mail = new RelayedMail("sender", remote, local);
      String[] settings = settings(remote, names);
      try (TestServer server = TestServer.start(data, settings)) {
        server.withUsers("user0", "user1", "sender");
      }
      for (int kill = 1; kill <= KILLS; kill++) {
        if (random.nextInt(5) == 0) {
          ServerProcess.killWhileStarting(data, 500 + random.nextInt(2_000), List.of(settings));
          killed(mail, remote, System.nanoTime());
        }
        try (ServerProcess server = ServerProcess.start(data, settings)) {
          workAndKill(server, mail, remote);
        }
      }
      remote.faults(25);
      try (ServerProcess server = ServerProcess.start(data, settings)) {
        Map<String, Integer> queued = queuedInTheEnd();
        judge(server, mail, queued);
      }
      System.out.println("QueueKillTest: " + mail.figures());
    }
    assertThat(faults()).as("seed %d", seed).isEmpty();
  }

  private void workAndKill(ServerProcess server, RelayedMail mail, FlakyRemote remote)
      throws InterruptedException {
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      long mailSeed = random.nextLong();
      clients.add(start(() -> mail.sendUntilTheEnd(server, mailSeed, MESSAGES_EACH)));
    }
    clients.add(
        start(() -> local.sendUntilTheEnd(server, /* lmtp= */ true, List.of("user0", "user1"))));
    clients.add(start(this::retryUntilTheEnd));
    TimeUnit.MILLISECONDS.sleep(200 + random.nextInt(2_500));
    if (random.nextInt(5) == 0) {
      assertThat(server.terminate()).as("status of a stop").isIn(0, 143);
      remote.awaitQuiet();
    } else {
      long at = System.nanoTime();
      server.kill(); // Waits until the process is gone, which may take a second on a busy machine.
      killed(mail, remote, at);
    }
    for (Thread client : clients) {
      client.join();
    }
  }

  private static void killed(RelayedMail mail, FlakyRemote remote, long at) {
    remote.awaitQuiet();
    mail.killed(at);
  }

  /// Nobody waits for back-off here.
  private void retryUntilTheEnd() {
    try {
      while (true) {
        retry();
        TimeUnit.MILLISECONDS.sleep(150);
      }
    } catch (AdminFailure _) {
      // It was killed.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void retry() {
    byte[] nothing = {'{', '}'};
    admin().lines("POST", "/queue/retry?state=outgoing", nothing, _ -> {});
  }

  /// When only that is left which can never go: its recipients, and how often they are there.
  private Map<String, Integer> queuedInTheEnd() throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (true) {
      Map<String, Integer> queued = queued();
      if (queued.keySet().stream().allMatch(QueueKillTest::isHopeless)) {
        return queued;
      }
      assertThat(System.nanoTime()).as("waiting for %s", queued).isLessThan(deadline);
      retry();
      TimeUnit.MILLISECONDS.sleep(500);
    }
  }

  private static boolean isHopeless(String recipient) {
    return recipient.endsWith("@never.example") || recipient.endsWith("@dead.example");
  }

  private Map<String, Integer> queued() {
    Map<String, Integer> queued = new HashMap<>();
    for (JsonNode mail : admin().get("/queue?limit=10000").path("mails")) {
      for (JsonNode recipient : mail.path("recipients")) {
        queued.merge(recipient.path("address").asString(), 1, Integer::sum);
      }
    }
    return queued;
  }

  private void judge(ServerProcess server, RelayedMail mail, Map<String, Integer> queued)
      throws IOException {
    mail.collect(server);
    local.collect(server, "user0");
    local.collect(server, "user1");
    assertThat(mail.judge(queued)).as("relayed, seed %d", seed).isEmpty();
    assertThat(local.lost()).as("accepted but not delivered, seed %d", seed).isEmpty();
    assertThat(local.doubled()).as("delivered twice, seed %d", seed).isEmpty();
    assertThat(local.refused())
        .as("refused but for stops, seed %d", seed)
        .allMatch(answer -> answer.contains(" 421 "));
    assertThat(mail.messageCount()).as("messages").isPositive();
  }

  private AdminClient admin() {
    return new AdminClient(data, JsonMapper.builder().build());
  }

  private static Thread start(Runnable client) {
    return Thread.ofVirtual().start(client);
  }

  private static String[] settings(FlakyRemote remote, DnsServer names) {
    return new String[] {
      "outbound.dns.servers=" + names.address(),
      "outbound.port=" + remote.port(),
      "outbound.allow-private-destinations=true",
      "outbound.timeouts.command=20s",
      "spool.relay-retries=1s",
      // It sends as a thief of passwords would.
      "smtp.sending.exempt=[sender@example.org]",
      "spool.delay-notice-after=0s"
    };
  }

  private List<Map<String, Object>> faults() throws IOException {
    List<Map<String, Object>> faults = new ArrayList<>();
    StoppedServer.verify(
        data,
        new ConfigSource(Optional.empty(), TestServer.SETTINGS),
        Optional.empty(),
        true,
        line -> {
          if (line.containsKey("problem")) {
            faults.add(line);
          }
        });
    return faults;
  }
}
