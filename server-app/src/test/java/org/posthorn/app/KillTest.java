package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `kill -9` at random moments while clients send, flag and expunge. After each restart every
/// message that got a 250 is there once, and every flag and expunge that was answered.
///
/// How often is the property `posthorn.kills`: a few times in every build, fifty times in
/// `.ci/run`.
class KillTest {
  private static final int KILLS = Integer.getInteger("posthorn.kills", 5);
  private static final int SENDERS = 4;

  @TempDir Path data;

  @Test
  void whatWasAcknowledgedSurvives() throws IOException, InterruptedException {
    long seed = Long.getLong("posthorn.seed", System.nanoTime());
    var random = new Random(seed);
    var mail = new SentMail();
    var flags = new FlagModel();
    prepare();
    for (int kill = 1; kill <= KILLS; kill++) {
      String round = "kill %d of %d, seed %d".formatted(kill, KILLS, seed);
      try (ServerProcess server = ServerProcess.start(data)) {
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < SENDERS; i++) {
          String user = "user" + i;
          clients.add(Thread.ofVirtual().start(() -> mail.sendUntilTheEnd(server, user)));
        }
        long clientSeed = random.nextLong();
        clients.add(Thread.ofVirtual().start(() -> flags.changeUntilTheEnd(server, clientSeed)));
        TimeUnit.MILLISECONDS.sleep(100 + random.nextInt(1_500));
        server.kill();
        for (Thread client : clients) {
          client.join();
        }
      }
      try (ServerProcess server = ServerProcess.start(data)) {
        server.awaitEmptyQueue();
        for (int i = 0; i < SENDERS; i++) {
          mail.collect(server, "user" + i);
        }
        assertThat(mail.lost()).as("accepted but not delivered, %s", round).isEmpty();
        assertThat(mail.doubled()).as("delivered twice, %s", round).isEmpty();
        assertThat(flags.differences(server)).as("flags and expunges, %s", round).isEmpty();
      }
    }
    assertThat(mail.acceptedCount()).as("the clients did something").isPositive();
    assertThat(flags.answeredCount()).as("the clients did something").isPositive();
    assertThat(faults()).as("seed %d", seed).isEmpty();
  }

  private void prepare() throws IOException {
    List<String> users = new ArrayList<>(List.of("flags"));
    for (int i = 0; i < SENDERS; i++) {
      users.add("user" + i);
    }
    try (TestServer server = TestServer.start(data)) {
      server.withUsers(users.toArray(String[]::new));
    }
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
