package org.posthorn.storage.account;

import com.sun.management.OperatingSystemMXBean;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.AccountDraft.FlagChange;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.directory.Allowance;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.LoginsConfig;
import org.posthorn.storage.directory.NewUser;
import org.posthorn.storage.directory.Password;
import org.posthorn.storage.directory.Passwords;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.rocksdb.RocksEngine;
import org.posthorn.storage.rocksdb.RocksSettings;

/// Builds a mailbox of a million messages, or very many accounts, and measures what they cost in
/// time and memory: `BigStore DIRECTORY mailbox|accounts|hold COUNT`. No test; run by hand, with
/// the heap that a server has.
final class BigStore {
  private static final Actor ACTOR = new Actor("ann@example.org", "big", "1");
  private static final AccountId BIG = new AccountId("big");
  private static final String HASH =
      "$argon2id$v=19$m=8192,t=1,p=1$cG9zdGhvcm4tc210cC0wMQ"
          + "$t6HWjZjFk+lsdqVV6DEOjTEsGuejFBbKid96ahSRuoE";
  private static final int TOGETHER = 200;
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final InMemoryContentStore contents = new InMemoryContentStore();
  private final Path directory;
  private final int count;

  private BigStore(Path directory, int count) {
    this.directory = directory;
    this.count = count;
  }

  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private interface Story {
    void tell(Accounts accounts, Engine engine) throws IOException, InterruptedException;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    var big = new BigStore(Path.of(args[0]), Integer.parseInt(args[2]));
    switch (args[1]) {
      case "mailbox" -> {
        big.opened((accounts, _) -> big.fill(accounts));
        big.opened((accounts, _) -> big.use(accounts));
        big.opened((accounts, _) -> big.empty(accounts));
      }
      case "accounts" -> {
        big.opened(big::create);
        big.opened(big::deliver);
      }
      case "hold" -> {
        big.opened((accounts, _) -> big.fill(accounts));
        big.opened((accounts, _) -> hold(accounts));
      }
      default -> throw new IllegalArgumentException(args[1]);
    }
  }

  private void opened(Story story) throws IOException, InterruptedException {
    var settings = new RocksSettings(32 << 20, 8 << 20, directory.resolve("native"));
    long start = System.nanoTime();
    try (Engine engine = RocksEngine.open(directory.resolve("rows"), settings);
        var accounts =
            new Accounts(engine, contents, InstantSource.system(), AccountsConfig.defaults())) {
      measureFrom("open the engine", start, SYSTEM.getProcessCpuTime(), 1);
      story.tell(accounts, engine);
    }
  }

  private void fill(Accounts accounts) throws IOException, InterruptedException {
    Account account = accounts.create(BIG, ACTOR, new Accounts.NewAccount("", 0, List.of()));
    MailboxId inbox = account.find(MailboxName.INBOX).orElseThrow().id();
    var dates = new Random(1);
    NewEmail letter = letter();
    measure(
        "append, " + TOGETHER + " to a change",
        count,
        () -> {
          for (int i = 0; i < count; i += TOGETHER) {
            int these = Math.min(TOGETHER, count - i);
            account.change(
                ACTOR,
                draft -> {
                  for (int k = 0; k < these; k++) {
                    var date = Instant.ofEpochSecond(1_700_000_000 + dates.nextInt(60_000_000));
                    draft.append(
                        inbox, new NewEmail(letter.content(), letter.prefix(), Flags.NONE, date));
                  }
                  return draft;
                });
          }
        });
  }

  private void use(Accounts accounts) throws IOException, InterruptedException {
    measure("open the account", 1, () -> tell(accounts.find(BIG).orElseThrow().id() + " is open"));
    Account account = accounts.find(BIG).orElseThrow();
    MailboxId inbox = account.find(MailboxName.INBOX).orElseThrow().id();
    measure(
        "open the mailbox, cold",
        1,
        () -> tell(account.view(inbox).orElseThrow().size() + " are seen"));
    measure(
        "open the mailbox, warm",
        1,
        () -> tell(account.view(inbox).orElseThrow().size() + " are seen"));
    MailboxView view = account.view(inbox).orElseThrow();
    measure("look at all flags", view.size(), () -> flags(view));
    measure("look at all dates", view.size(), () -> dates(view));
    NewEmail letter = letter();
    measure(
        "append one by one",
        500,
        () -> {
          for (int i = 0; i < 500; i++) {
            account.change(ACTOR, draft -> draft.append(inbox, letter));
          }
        });
    UidSet all = UidSet.range(1, account.view(inbox).orElseThrow().info().uidNext() - 1);
    var random = new Random(2);
    measure(
        "flag one of them",
        500,
        () -> {
          for (int i = 0; i < 500; i++) {
            store(
                account, inbox, UidSet.of(1 + random.nextInt(count)), FlagChange.ADD, "\\Flagged");
          }
        });
    MailboxView before = account.view(inbox).orElseThrow();
    measure("flag all", count, () -> store(account, inbox, all, FlagChange.ADD, "\\Seen"));
    measure("what is new since", count, () -> account.view(inbox).orElseThrow().since(before));
    measure("unflag all", count, () -> store(account, inbox, all, FlagChange.REMOVE, "\\Seen"));
    MailboxId copies =
        account
            .change(ACTOR, draft -> draft.create(new MailboxName("Copies"), Optional.empty()))
            .id();
    measure(
        "copy all", count, () -> account.change(ACTOR, draft -> draft.copy(inbox, all, copies)));
    MailboxId moved =
        account
            .change(ACTOR, draft -> draft.create(new MailboxName("Moved"), Optional.empty()))
            .id();
    UidSet copied = UidSet.range(1, account.view(copies).orElseThrow().info().uidNext() - 1);
    measure(
        "move all", count, () -> account.change(ACTOR, draft -> draft.move(copies, copied, moved)));
  }

  /// As many sessions do that have selected large mailboxes: until no more are let in.
  private static void hold(Accounts accounts) throws IOException, InterruptedException {
    Account account = accounts.find(BIG).orElseThrow();
    MailboxId inbox = account.find(MailboxName.INBOX).orElseThrow().id();
    List<MailboxView> held = new ArrayList<>();
    measure(
        "hold mailboxes until no more are let in",
        1,
        () -> {
          try {
            for (int i = 0; i < 1_000; i++) {
              account.drop(inbox.value());
              held.add(account.view(inbox).orElseThrow());
            }
          } catch (StorageUnavailable full) {
            tell(held.size() + " are held: " + full.getMessage());
          }
        });
    tell("new mail is declined: " + accounts.memory().isTight());
    held.clear();
    measure("let them go", 1, () -> {});
    measure(
        "open one again", 1, () -> tell(account.view(inbox).orElseThrow().size() + " are seen"));
    tell("new mail is declined: " + accounts.memory().isTight());
  }

  private void empty(Accounts accounts) throws IOException, InterruptedException {
    Account account = accounts.find(BIG).orElseThrow();
    MailboxId inbox = account.find(MailboxName.INBOX).orElseThrow().id();
    UidSet all = UidSet.range(1, account.find(inbox).orElseThrow().uidNext() - 1);
    measure("expunge all", count, () -> account.change(ACTOR, draft -> draft.expunge(inbox, all)));
    MailboxId moved = account.find(new MailboxName("Moved")).orElseThrow().id();
    measure(
        "delete the mailbox with the copies",
        count,
        () ->
            account.change(
                ACTOR,
                draft -> {
                  draft.delete(moved);
                  return draft;
                }));
    measure(
        "walk through the account",
        count,
        () -> {
          var report = accounts.verify(BIG, ConsistencyWalk.Depth.ROWS).orElseThrow();
          if (report.faultCount() > 0) {
            throw new IllegalStateException(report.faults().getFirst().what());
          }
        });
  }

  private void create(Accounts accounts, Engine engine) throws IOException, InterruptedException {
    try (var passwords = new Passwords(LoginsConfig.defaults())) {
      Directory directory = Directory.open(engine, accounts, passwords);
      directory.domains().create(Domain.of("example.org"), DomainSettings.STANDARD);
      var next = new AtomicInteger();
      measure(
          "create users, 64 at a time",
          count,
          () ->
              together(
                  64,
                  () -> {
                    for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                      directory
                          .users()
                          .create(
                              new NewUser(
                                  MailAddress.of("user" + i + "@example.org"),
                                  new Password.Hashed(HASH),
                                  Allowance.NONE,
                                  "User Number " + i));
                    }
                  }));
    }
  }

  private void deliver(Accounts accounts, Engine engine) throws IOException, InterruptedException {
    try (var passwords = new Passwords(LoginsConfig.defaults())) {
      measure("read the directory", count, () -> Directory.open(engine, accounts, passwords));
      Directory directory = Directory.open(engine, accounts, passwords);
      deliver(accounts, directory);
      measure(
          "set the quota of the domain",
          1,
          () ->
              directory
                  .domains()
                  .configure(
                      Domain.of("example.org"),
                      settings ->
                          settings.withAllowance(Allowance.ofBytes(OptionalLong.of(1L << 30)))));
    }
  }

  private void deliver(Accounts accounts, Directory directory)
      throws IOException, InterruptedException {
    NewEmail letter = letter();
    var left = new AtomicInteger(20_000);
    measure(
        "deliver to random ones, 32 at a time",
        20_000,
        () ->
            together(
                32,
                () -> {
                  var random = new Random();
                  while (left.decrementAndGet() >= 0) {
                    MailAddress to =
                        MailAddress.of("user" + random.nextInt(count) + "@example.org");
                    Account account =
                        accounts.find(directory.user(to).orElseThrow().account()).orElseThrow();
                    MailboxId inbox = account.find(MailboxName.INBOX).orElseThrow().id();
                    var mail = new MailId("m" + random.nextLong(Long.MAX_VALUE));
                    account.change(
                        ACTOR, draft -> draft.deliver(inbox, letter, mail, "a@example.org", 1));
                  }
                }));
  }

  private static void together(int threads, Runnable work) throws InterruptedException {
    var running = new ArrayList<Thread>();
    for (int i = 0; i < threads; i++) {
      running.add(Thread.startVirtualThread(work));
    }
    for (Thread thread : running) {
      thread.join();
    }
  }

  private static void flags(MailboxView view) {
    int seen = 0;
    for (int i = 0; i < view.size(); i++) {
      seen += view.flags(i).seen() ? 1 : 0;
    }
    if (seen > view.size()) {
      throw new IllegalStateException();
    }
  }

  private static void dates(MailboxView view) {
    long latest = 0;
    for (int i = 0; i < view.size(); i++) {
      latest = Math.max(latest, view.internalMillis(i));
    }
    if (latest < 0) {
      throw new IllegalStateException();
    }
  }

  private static void store(
      Account account, MailboxId mailbox, UidSet uids, FlagChange change, String flag) {
    account.change(
        ACTOR, draft -> draft.store(mailbox, uids, change, Flags.of(flag), OptionalLong.empty()));
  }

  private NewEmail letter() throws IOException {
    String text =
        """
        From: Bob Builder <bob@example.net>
        To: Ann Jones <ann@example.org>
        Subject: A message of an ordinary kind
        Message-ID: <1@example.net>
        Date: Sun, 22 Nov 2026 10:00:00 +0000

        Hello Ann
        """
            .replace("\n", "\r\n");
    var stored = contents.write(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    return new NewEmail(
        stored,
        "Return-Path: <bob@example.net>\r\nDelivered-To: ann@example.org\r\n",
        Flags.NONE,
        Instant.now());
  }

  private static void measure(String what, int times, Work work)
      throws IOException, InterruptedException {
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      pool.resetPeakUsage();
    }
    long cpu = SYSTEM.getProcessCpuTime();
    long start = System.nanoTime();
    work.run();
    measureFrom(what, start, cpu, times);
  }

  @SuppressWarnings("SystemOut") // The answer of a program that is run by hand.
  private static void measureFrom(String what, long start, long cpu, int times) throws IOException {
    double millis = (System.nanoTime() - start) / 1e6;
    double cpuMillis = (SYSTEM.getProcessCpuTime() - cpu) / 1e6;
    long peak =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .mapToLong(pool -> pool.getPeakUsage().getUsed())
            .sum();
    System.gc();
    long live = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    System.out.println(
        String.format(
            Locale.ROOT,
            "%-38s %9.1f ms %9.1f ms CPU; each %8.2f µs CPU; heap peak %4d MB, then %4d MB; RSS %4d MB",
            what,
            millis,
            cpuMillis,
            cpuMillis * 1e3 / times,
            peak >> 20,
            live >> 20,
            resident() >> 10));
  }

  @SuppressWarnings("SystemOut") // The answer of a program that is run by hand.
  private static void tell(String sentence) {
    System.out.println(sentence);
  }

  private static long resident() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElse(0);
  }
}
