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

/// `kill -9` at random moments while clients send by SMTP and LMTP, fetch and delete by POP3, and
/// change mailboxes by IMAP in every way there is, and an operator imports and makes backups. After
/// each restart what is there is compared with what the clients were told: [SentMail], [Pop3Load],
/// [ClientModel], [AccountFacts], [Watcher].
///
/// How often is the property `posthorn.kills`: a few times in every build, fifty times in
/// `.ci/run`, a thousand times in the profile `nightly`. A seed of `posthorn.seed` makes the same
/// choices again, though not at the same moments.
class KillTest {
  private static final int KILLS = Integer.getInteger("posthorn.kills", 5);
  private static final List<String> USERS = List.of("user0", "user1", "user2", "pop");
  private static final int WALK_EVERY = 25;

  @TempDir Path data;
  @TempDir Path files;

  private final long seed = Long.getLong("posthorn.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final SentMail mail = new SentMail();
  private final Pop3Load pop3 = new Pop3Load("pop", mail);
  private final Watcher watcher = new Watcher();
  private final AccountFacts facts = new AccountFacts();
  private final List<ImapLoad> programs =
      List.of(
          new ImapLoad("imap", 1, facts),
          new ImapLoad("imap", 2, facts),
          new ImapLoad("imap", 3, facts));
  private int seen;

  @Test
  void whatWasAcknowledgedSurvives() throws IOException, InterruptedException {
    try (TestServer server = TestServer.start(data)) {
      server.withUsers("user0", "user1", "user2", "pop", "imap", "imported");
    }
    var operator = new OperatorLoad("imported", data, files);
    operator.prepare();
    for (int kill = 1; kill <= KILLS; kill++) {
      if (random.nextInt(10) == 0) {
        ServerProcess.killWhileStarting(data, random.nextInt(1_500));
      }
      try (ServerProcess server = ServerProcess.start(data)) {
        judge(server, operator, "before kill %d of %d, seed %d".formatted(kill, KILLS, seed));
        workAndKill(server, operator);
      }
      if (kill % WALK_EVERY == 0) {
        assertThat(faults()).as("after kill %d, seed %d", kill, seed).isEmpty();
      }
    }
    try (ServerProcess server = ServerProcess.start(data)) {
      assertThat(operator.finish()).as("seed %d", seed).isEmpty();
      judge(server, operator, "in the end, seed " + seed);
    }
    assertThat(faults()).as("seed %d", seed).isEmpty();
    assertThat(mail.acceptedCount()).as("mail was sent").isPositive();
    assertThat(pop3.quitCount()).as("mail was fetched").isPositive();
    assertThat(seen).as("news was seen").isPositive();
    assertThat(programs).allMatch(program -> program.model().answeredCount() > 0);
  }

  private void workAndKill(ServerProcess server, OperatorLoad operator)
      throws InterruptedException {
    List<Thread> clients = new ArrayList<>();
    clients.add(start(() -> mail.sendUntilTheEnd(server, false, List.of("user0"))));
    clients.add(start(() -> mail.sendUntilTheEnd(server, false, USERS)));
    clients.add(start(() -> mail.sendUntilTheEnd(server, true, List.of("user1", "pop"))));
    clients.add(start(operator::workUntilTheEnd));
    clients.add(start(() -> pop3.fetchUntilTheEnd(server)));
    clients.add(start(() -> watcher.watchUntilTheEnd(server, "imap")));
    for (ImapLoad program : programs) {
      long programSeed = random.nextLong();
      clients.add(start(() -> program.workUntilTheEnd(server, programSeed)));
    }
    TimeUnit.MILLISECONDS.sleep(100 + random.nextInt(1_500));
    server.kill();
    for (Thread client : clients) {
      client.join();
    }
    seen += watcher.seenCount();
  }

  private void judge(ServerProcess server, OperatorLoad operator, String when)
      throws IOException, InterruptedException {
    server.awaitEmptyQueue();
    for (String user : USERS.subList(0, 3)) {
      mail.collect(server, user);
    }
    assertThat(pop3.judge(server)).as("POP3, %s", when).isEmpty();
    assertThat(mail.lost()).as("accepted but not delivered, %s", when).isEmpty();
    assertThat(mail.doubled()).as("delivered twice, %s", when).isEmpty();
    assertThat(mail.refused()).as("refused, %s", when).isEmpty();
    try (WireClient imap = server.imap("imported")) {
      assertThat(operator.judge(imap)).as("imported, %s", when).isEmpty();
    }
    List<String> complaints = new ArrayList<>();
    try (WireClient imap = server.imap("imap")) {
      AccountThere there = AccountThere.read(imap, complaints);
      complaints.addAll(watcher.judge(there));
      programs.forEach(program -> complaints.addAll(program.model().judge(there)));
      complaints.addAll(facts.judge(there));
    }
    assertThat(complaints).as("IMAP, %s", when).isEmpty();
  }

  private static Thread start(Runnable client) {
    return Thread.ofVirtual().start(client);
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
