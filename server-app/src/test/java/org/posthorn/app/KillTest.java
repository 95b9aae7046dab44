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
import org.posthorn.app.admin.AdminClient;
import tools.jackson.databind.json.JsonMapper;

/// `kill -9` at random moments while clients send by SMTP and LMTP, fetch and delete by POP3, and
/// change mailboxes by IMAP in every way there is; while history is trimmed as fast as it goes, and
/// old states and expunged messages are had back; and while an operator imports, exports, makes
/// backups, collects, rebuilds the index, and adds and removes users. After each restart what is
/// there is compared with what the clients were told: [SentMail], [Pop3Load], [ClientModel],
/// [AccountFacts], [Watcher], [PastLoad], [GuestLoad], [OperatorLoad]. Once for mail in clear, and
/// once for mail that is encrypted, with rotations of the master key that are killed too.
///
/// How often is the property `posthorn.kills`: a few times in every build, fifty times in
/// `.ci/run`, a thousand times in the profile `nightly`; a quarter of it falls on encrypted mail. A
/// seed of `posthorn.seed` makes the same choices again, though not at the same moments.
class KillTest {
  private static final int KILLS = Integer.getInteger("posthorn.kills", 5);
  private static final int KILLS_ENCRYPTED = Math.max(2, KILLS / 4);
  private static final List<String> USERS = List.of("user0", "user1", "user2", "pop");
  private static final int WALK_EVERY = 25;
  private static final int ROTATE_EVERY = 8;

  /// With fewer, on a busy machine, somebody may always have been killed before the first answer.
  private static final int MANY_KILLS = 10;

  /// What nobody needs any more goes at once: within a run, or in the next one.
  private static final List<String> HASTE =
      List.of(
          "storage.collection.grace=10s",
          "storage.collection.dead-percent=1",
          "storage.collection.work-percent=100");

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

  /// What needs the data directory.
  private record Operators(OperatorLoad operator, GuestLoad guest, PastLoad past) {}

  @Test
  void whatWasAcknowledgedSurvives() throws IOException, InterruptedException {
    kill(KILLS - KILLS / 4, Optional.empty());
  }

  @Test
  void whatWasAcknowledgedSurvivesEncrypted() throws IOException, InterruptedException {
    var keys = new KeyFiles(data, files);
    kill(KILLS_ENCRYPTED, Optional.of(keys));
    assertThat(keys.rotationCount()).as("keys were rotated").isPositive();
  }

  private void kill(int kills, Optional<KeyFiles> keys) throws IOException, InterruptedException {
    try (TestServer server = TestServer.start(data, settings(keys).toArray(String[]::new))) {
      server.withUsers("user0", "user1", "user2", "pop", "imap", "imported", "past");
    }
    var admin = new AdminClient(data, JsonMapper.builder().build());
    var operators =
        new Operators(
            new OperatorLoad("imported", data, files, keys.isEmpty()),
            new GuestLoad(admin),
            new PastLoad("past", admin));
    operators.operator().prepare();
    for (int kill = 1; kill <= kills; kill++) {
      if (random.nextInt(10) == 0) {
        ServerProcess.killWhileStarting(data, random.nextInt(1_500), settings(keys));
      }
      try (ServerProcess server = ServerProcess.startHasty(data, settings(keys))) {
        judge(server, operators, "before kill %d of %d, seed %d".formatted(kill, kills, seed));
        workAndKill(server, operators);
      }
      if (kill % WALK_EVERY == 0) {
        assertThat(faults(keys)).as("after kill %d, seed %d", kill, seed).isEmpty();
      }
      if (keys.isPresent() && kill % ROTATE_EVERY == 1) {
        keys.get().rotate(random);
      }
    }
    finish(operators, keys, kills);
  }

  private void finish(Operators operators, Optional<KeyFiles> keys, int kills)
      throws IOException, InterruptedException {
    try (ServerProcess server = ServerProcess.start(data, settings(keys).toArray(String[]::new))) {
      assertThat(operators.operator().finish()).as("seed %d", seed).isEmpty();
      judge(server, operators, "in the end, seed " + seed);
    }
    assertThat(faults(keys)).as("seed %d", seed).isEmpty();
    if (kills >= MANY_KILLS) {
      everybodyGotSomethingDone(operators);
    }
  }

  private void everybodyGotSomethingDone(Operators operators) {
    assertThat(mail.acceptedCount()).as("mail was sent").isPositive();
    assertThat(pop3.quitCount()).as("mail was fetched").isPositive();
    assertThat(seen).as("news was seen").isPositive();
    assertThat(programs).allMatch(program -> program.model().answeredCount() > 0);
    assertThat(operators.past().returnCount()).as("something was had back").isPositive();
    assertThat(operators.guest().removalCount()).as("users were removed").isPositive();
  }

  private void workAndKill(ServerProcess server, Operators operators) throws InterruptedException {
    List<Thread> clients = new ArrayList<>();
    clients.add(start(() -> mail.sendUntilTheEnd(server, false, List.of("user0"))));
    clients.add(start(() -> mail.sendUntilTheEnd(server, false, USERS)));
    clients.add(start(() -> mail.sendUntilTheEnd(server, true, List.of("user1", "pop"))));
    clients.add(start(operators.operator()::workUntilTheEnd));
    clients.add(start(() -> operators.guest().workUntilTheEnd(server)));
    long pastSeed = random.nextLong();
    clients.add(start(() -> operators.past().workUntilTheEnd(server, pastSeed)));
    clients.add(start(() -> pop3.fetchUntilTheEnd(server)));
    clients.add(start(() -> watcher.watchUntilTheEnd(server, "imap")));
    for (ImapLoad program : programs) {
      long programSeed = random.nextLong();
      clients.add(start(() -> program.workUntilTheEnd(server, programSeed)));
    }
    TimeUnit.MILLISECONDS.sleep(100 + random.nextInt(2_500));
    server.kill();
    for (Thread client : clients) {
      client.join();
    }
    seen += watcher.seenCount();
  }

  private void judge(ServerProcess server, Operators operators, String when)
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
      assertThat(operators.operator().judge(imap)).as("imported, %s", when).isEmpty();
    }
    assertThat(operators.guest().judge(server)).as("guest, %s", when).isEmpty();
    try (WireClient imap = server.imap("past")) {
      assertThat(operators.past().judge(imap)).as("past, %s", when).isEmpty();
    }
    assertThat(judgeImap(server)).as("IMAP, %s", when).isEmpty();
  }

  private List<String> judgeImap(ServerProcess server) throws IOException {
    List<String> complaints = new ArrayList<>();
    try (WireClient imap = server.imap("imap")) {
      AccountThere there = AccountThere.read(imap, complaints);
      complaints.addAll(watcher.judge(there));
      programs.forEach(program -> complaints.addAll(program.model().judge(there)));
      complaints.addAll(facts.judge(there));
      complaints.addAll(there.judgeSearch(imap));
    }
    return complaints;
  }

  private static Thread start(Runnable client) {
    return Thread.ofVirtual().start(client);
  }

  private static List<String> settings(Optional<KeyFiles> keys) {
    List<String> settings = new ArrayList<>(HASTE);
    keys.ifPresent(files -> settings.addAll(files.settings()));
    return settings;
  }

  private List<Map<String, Object>> faults(Optional<KeyFiles> keys) throws IOException {
    List<String> settings = new ArrayList<>(TestServer.SETTINGS);
    settings.addAll(settings(keys));
    List<Map<String, Object>> faults = new ArrayList<>();
    StoppedServer.verify(
        data,
        new ConfigSource(Optional.empty(), settings),
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
