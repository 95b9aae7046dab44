package org.posthorn.storage.account;

import com.sun.management.OperatingSystemMXBean;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.posthorn.message.MailId;
import org.posthorn.storage.account.AccountDraft.FlagChange;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.rocksdb.RocksEngine;
import org.posthorn.storage.rocksdb.RocksSettings;

/// Measures accounts: `AccountSpeed DIRECTORY`. No test; run by hand when something here changes.
final class AccountSpeed {
  private static final int MANY = 100_000;
  private static final Actor ACTOR = new Actor("ann@example.org", "speed", "1");
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final InMemoryContentStore contents = new InMemoryContentStore();
  private final AtomicLong mails = new AtomicLong(System.nanoTime());
  private final Accounts accounts;

  private AccountSpeed(Engine engine) {
    this.accounts =
        new Accounts(engine, contents, InstantSource.system(), AccountsConfig.defaults());
  }

  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    var directory = Path.of(args[0]);
    var settings = new RocksSettings(32 << 20, 8 << 20, directory.resolve("native"));
    for (int round = 0; round < 3; round++) {
      try (Engine engine = new InMemoryEngine()) {
        var speed = new AccountSpeed(engine);
        speed.deliveries("memory, one account, 1 thread", 1, 1, 20_000);
        speed.deliveries("memory, one account, 20 threads", 1, 20, 2_000);
      }
    }
    try (Engine engine = RocksEngine.open(directory.resolve("rows"), settings)) {
      var speed = new AccountSpeed(engine);
      for (int round = 0; round < 2; round++) {
        speed.deliveries("rocksdb, one account, 20 threads", 1, 20, 500);
        speed.deliveries("rocksdb, 100 accounts, 100 threads", 100, 100, 200);
      }
      speed.fill();
    }
    for (int round = 0; round < 2; round++) {
      try (Engine engine = RocksEngine.open(directory.resolve("rows"), settings)) {
        new AccountSpeed(engine).large(round);
      }
    }
  }

  private void deliveries(String what, int accountCount, int threads, int each)
      throws IOException, InterruptedException {
    List<Account> all = new ArrayList<>();
    for (int i = 0; i < accountCount; i++) {
      var id = new AccountId("d" + mails.incrementAndGet());
      all.add(accounts.create(id, ACTOR, new Accounts.NewAccount("", 0, Accounts.Folder.STANDARD)));
    }
    NewEmail letter = letter();
    measure(
        what,
        threads * each,
        () -> {
          var running = new ArrayList<Thread>();
          for (int t = 0; t < threads; t++) {
            Account account = all.get(t % accountCount);
            MailboxId inbox = account.find(MailboxName.INBOX).orElseThrow().id();
            running.add(
                Thread.startVirtualThread(() -> {
                  for (int i = 0; i < each; i++) {
                    var mail = new MailId("m" + mails.incrementAndGet());
                    var _ =
                        account.change(
                            ACTOR,
                            draft -> draft.deliver(inbox, letter, mail, "ann@example.org", 1));
                  }
                }));
          }
          for (Thread thread : running) {
            thread.join();
          }
        });
  }

  private NewEmail letter() throws IOException {
    String text =
        """
        From: Bob Builder <bob@example.net>
        To: Ann Jones <ann@example.org>
        Subject: A message of an ordinary kind
        Message-ID: <%d@example.net>
        Date: Sun, 22 Nov 2026 10:00:00 +0000
        MIME-Version: 1.0
        Content-Type: multipart/alternative; boundary="b"

        --b
        Content-Type: text/plain; charset=utf-8

        Hello Ann
        --b
        Content-Type: text/html; charset=utf-8

        <p>Hello Ann
        --b--
        """
            .formatted(mails.incrementAndGet())
            .replace("\n", "\r\n");
    var stored = contents.write(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    return new NewEmail(
        stored,
        "Return-Path: <bob@example.net>\r\nDelivered-To: ann@example.org\r\n",
        Flags.NONE,
        Instant.now());
  }

  private void fill() throws IOException, InterruptedException {
    Account large =
        accounts.create(
            new AccountId("large"),
            ACTOR,
            new Accounts.NewAccount("", 0, Accounts.Folder.STANDARD));
    MailboxId inbox = large.find(MailboxName.INBOX).orElseThrow().id();
    NewEmail letter = letter();
    measure(
        "append 100,000 messages, 200 to a change",
        MANY,
        () -> {
          for (int i = 0; i < MANY / 200; i++) {
            var _ =
                large.change(
                    ACTOR,
                    draft -> {
                      for (int k = 0; k < 200; k++) {
                        draft.append(inbox, letter);
                      }
                      return draft;
                    });
          }
        });
  }

  private void large(int round) throws IOException, InterruptedException {
    Account large = accounts.find(new AccountId("large")).orElseThrow();
    MailboxId inbox =
        large.find(round == 0 ? MailboxName.INBOX : new MailboxName("Archive")).orElseThrow().id();
    MailboxId other =
        large.find(round == 0 ? new MailboxName("Archive") : MailboxName.INBOX).orElseThrow().id();
    measure("open 100,000 messages, cold", 1, () -> open(large, inbox));
    MailboxView view = large.view(inbox).orElseThrow();
    UidSet all = UidSet.range(1, view.info().uidNext() - 1);
    UidSet one = UidSet.of(view.uid(50_000));
    for (int i = 0; i < 2; i++) {
      measure("open it again", 1, () -> open(large, inbox));
      measure("10,000 emails with structure", 10_000, () -> large.emails(view, 0, 10_000));
    }
    Flags flag = Flags.of(round == 0 ? "\\Flagged" : "\\Answered");
    for (int i = 0; i < 3; i++) {
      FlagChange change = i % 2 == 0 ? FlagChange.ADD : FlagChange.REMOVE;
      measure("flag one of them", 1, () -> store(large, inbox, one, change, flag));
    }
    for (int i = 0; i < 3; i++) {
      measure("what is new since", 1, () -> large.view(inbox).orElseThrow().since(view));
    }
    measure("flag all", MANY, () -> store(large, inbox, all, FlagChange.ADD, Flags.of("\\Seen")));
    measure("what is new since, all", 1, () -> large.view(inbox).orElseThrow().since(view));
    measure(
        "unflag all", MANY, () -> store(large, inbox, all, FlagChange.REMOVE, Flags.of("\\Seen")));
    long first = large.find(other).orElseThrow().uidNext();
    UidSet copies = UidSet.range(first, first + MANY - 1);
    measure("copy all", MANY, () -> large.change(ACTOR, draft -> draft.copy(inbox, all, other)));
    measure(
        "expunge the copies",
        MANY,
        () -> large.change(ACTOR, draft -> draft.expunge(other, copies)));
    measure("move all", MANY, () -> large.change(ACTOR, draft -> draft.move(inbox, all, other)));
    measure(
        "walk through the account",
        MANY,
        () -> {
          var report = accounts.verify(large.id(), ConsistencyWalk.Depth.ROWS).orElseThrow();
          if (report.faultCount() > 0) {
            throw new IllegalStateException(report.faults().getFirst().what());
          }
        });
  }

  private static void open(Account account, MailboxId mailbox) {
    var _ = account.view(mailbox).orElseThrow();
  }

  private static void store(
      Account account, MailboxId mailbox, UidSet uids, FlagChange change, Flags flags) {
    var _ =
        account.change(
            ACTOR, draft -> draft.store(mailbox, uids, change, flags, OptionalLong.empty()));
  }

  @SuppressWarnings("SystemOut") // The answer of a program that is run by hand.
  private static void measure(String what, int times, Work work)
      throws IOException, InterruptedException {
    long cpu = SYSTEM.getProcessCpuTime();
    long start = System.nanoTime();
    work.run();
    double millis = (System.nanoTime() - start) / 1e6;
    double cpuMillis = (SYSTEM.getProcessCpuTime() - cpu) / 1e6;
    System.out.println(
        String.format(
            Locale.ROOT,
            "%-45s %9.1f ms, %9.1f ms CPU; each %8.1f µs, %8.1f µs CPU",
            what,
            millis,
            cpuMillis,
            millis * 1e3 / times,
            cpuMillis * 1e3 / times));
  }
}
