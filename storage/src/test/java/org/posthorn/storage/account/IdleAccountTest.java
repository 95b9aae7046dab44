package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.engine.ForwardingEngine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.memory.InMemoryEngine;

/// An account that nobody has used for a while is let go of, and writes first what it kept for
/// later.
final class IdleAccountTest {
  private static final AccountId ANN = new AccountId("ann");
  private static final AccountId BOB = new AccountId("bob");
  private static final AccountsConfig ONE_IDLE =
      new AccountsConfig(
          1 << 20,
          1 << 20,
          1,
          Duration.ofMinutes(5),
          50,
          20,
          Duration.ofDays(7),
          QuotaConfig.defaults(),
          Duration.ofDays(30),
          RetentionConfig.defaults(),
          Duration.ofHours(6));

  private final StoppingEngine engine = new StoppingEngine(new InMemoryEngine());
  private final InMemoryContentStore contents = new InMemoryContentStore();
  private final SteppedClock clock = new SteppedClock();

  @Test
  void whatASessionWasToldAsRecentIsWritten() throws Exception {
    Accounts accounts = twoAccounts();
    tellAnnOfRecent(accounts);
    find(accounts, BOB);
    for (int i = 0; i < 500 && firstRecentOnDisk() == 1; i++) {
      Thread.sleep(10);
    }
    assertThat(firstRecentOnDisk()).isEqualTo(2);
    accounts.close();
  }

  @Test
  void aDiskThatDoesNotTakeItIsNoTroubleForAnybody() throws Exception {
    Accounts accounts = twoAccounts();
    Account bob = accounts.find(BOB).orElseThrow();
    Account ann = accounts.find(ANN).orElseThrow();
    Queue<Throwable> uncaught = new ConcurrentLinkedQueue<>();
    Thread.UncaughtExceptionHandler others = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((_, e) -> uncaught.add(e));
    try {
      // First: the cache may let go of Ann as soon as she was told.
      engine.stopAfter(0);
      tellAnnOfRecent(accounts);
      find(accounts, BOB);
      Thread.sleep(300);
      assertThat(uncaught).isEmpty();
      // Both are held until here, so that finding them needed no disk.
      assertThat(ann.id()).isNotEqualTo(bob.id());
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(others);
      engine.goOn();
    }
    assertThat(firstRecentOnDisk()).isEqualTo(1); // Told again: no harm.
  }

  @Test
  void whatWasReadJustBeforeAnErasureIsNoAccountAfterIt() throws Exception {
    twoAccounts().close();
    var armed = new AtomicInteger();
    var atTheEnd = new AtomicReference<Runnable>(() -> {});
    var slow =
        new ForwardingEngine(engine) {
          @Override
          public long readableVersion(Partition partition) {
            long version = below.readableVersion(partition);
            // The last thing that is read of an account that is opened.
            if (armed.getAndDecrement() == 1) {
              atTheEnd.get().run();
            }
            return version;
          }
        };
    try (var accounts = new Accounts(slow, contents, clock, ONE_IDLE)) {
      atTheEnd.set(() -> assertThat(accounts.delete(ANN)).isTrue());
      armed.set(2);
      assertThat(accounts.find(ANN)).isEmpty();
      assertThat(armed.get()).isNegative();
      assertThat(accounts.find(ANN)).isEmpty();
      assertThat(accounts.find(BOB)).isPresent();
    }
  }

  private Accounts twoAccounts() throws IOException {
    var accounts = new Accounts(engine, contents, clock, ONE_IDLE);
    for (AccountId id : new AccountId[] {ANN, BOB}) {
      var _ =
          accounts.create(
              id, AccountHouse.ACTOR, new Accounts.NewAccount("", 0, Accounts.Folder.STANDARD));
    }
    byte[] text = "Subject: Recent\r\n\r\nBody\r\n".getBytes(StandardCharsets.UTF_8);
    var letter =
        new NewEmail(
            contents.write(new ByteArrayInputStream(text)),
            "",
            Flags.NONE,
            Instant.parse("2026-11-20T08:00:00Z"));
    Account ann = accounts.find(ANN).orElseThrow();
    MailboxId inbox = inbox(ann);
    long uid = ann.change(AccountHouse.ACTOR, draft -> draft.append(inbox, letter));
    assertThat(uid).isEqualTo(1);
    return accounts;
  }

  private static void tellAnnOfRecent(Accounts accounts) {
    Account ann = accounts.find(ANN).orElseThrow();
    assertThat(ann.firstRecentUid(inbox(ann), /* take= */ true)).isEqualTo(1);
  }

  private static MailboxId inbox(Account account) {
    return account.find(MailboxName.INBOX).orElseThrow().id();
  }

  private long firstRecentOnDisk() {
    try (var others = new Accounts(engine, contents, clock, ONE_IDLE)) {
      Account ann = others.find(ANN).orElseThrow();
      return ann.firstRecentUid(inbox(ann), /* take= */ false);
    }
  }

  /// Often, since the cache tidies up now and then only.
  private static void find(Accounts accounts, AccountId id) {
    for (int i = 0; i < 200; i++) {
      assertThat(accounts.find(id)).isPresent();
    }
  }
}
