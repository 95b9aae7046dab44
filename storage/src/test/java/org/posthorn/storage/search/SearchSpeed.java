package org.posthorn.storage.search;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.AccountsConfig;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.rocksdb.RocksEngine;
import org.posthorn.storage.rocksdb.RocksSettings;

/// Measures the index: `SearchSpeed DIRECTORY [MESSAGES] [BYTES] [ACCOUNTS]`: what a message costs
/// the follower that comes to so many accounts, and what searches cost in the last of them, with
/// and without the index. No test; run by hand.
final class SearchSpeed {
  private static final Actor ACTOR = new Actor("", "test", "1");
  private static final int ROUNDS = 5;

  private SearchSpeed() {}

  @SuppressWarnings("SystemOut") // The answer of a program that is run by hand.
  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[0]);
    int messages = args.length > 1 ? Integer.parseInt(args[1]) : 10_000;
    int bytes = args.length > 2 ? Integer.parseInt(args[2]) : 10_240;
    int copies = args.length > 3 ? Integer.parseInt(args[3]) : 1;
    var engine =
        RocksEngine.open(
            directory.resolve("rows"),
            new RocksSettings(8 << 20, 8 << 20, directory.resolve("native")));
    var contents = contents(directory);
    var accounts =
        new Accounts(engine, contents, InstantSource.system(), AccountsConfig.defaults());
    List<Account> all = new ArrayList<>();
    for (int i = 0; i < copies; i++) {
      var id = new AccountId("2f0b9c5e3f644a539a5c6d1d6f1a7" + (100 + i));
      var wanted = new Accounts.NewAccount("user" + i + "@example.org", 0, List.of());
      all.add(accounts.find(id).orElseGet(() -> accounts.create(id, ACTOR, wanted)));
    }
    Account account = all.getLast();
    var mail = new SampleMail(bytes, new Random(1));
    for (int done = account.find(MailboxName.INBOX).orElseThrow().messages(); done < messages; ) {
      List<NewEmail> emails = new ArrayList<>();
      for (int i = 0; i < 500 && done < messages; i++, done++) {
        byte[] text = mail.next(done);
        emails.add(
            new NewEmail(
                contents.write(new ByteArrayInputStream(text)), "", Flags.NONE, Instant.now()));
      }
      for (Account each : all) {
        var inbox = each.find(MailboxName.INBOX).orElseThrow().id();
        var _ =
            each.change(
                ACTOR,
                draft -> {
                  emails.forEach(email -> draft.append(inbox, email));
                  return draft;
                });
      }
    }
    Path folder = directory.resolve("search");
    var search = MailSearch.in(folder, accounts, SearchConfig.defaults());
    search.start();
    for (int round = 0; round < 3; round++) {
      if (round > 0) {
        search.rebuild();
      }
      long cpu = cpu();
      long begin = System.nanoTime();
      do {
        Thread.sleep(2_000);
      } while (search.status().orElseThrow().emails() < messages * copies);
      System.out.printf(
          Locale.ROOT,
          "%d messages of %d bytes in %d accounts: indexed in %.2f s, %.3f CPU ms each%n",
          messages,
          bytes,
          copies,
          (System.nanoTime() - begin) / 1e9,
          (cpu() - cpu) / 1e6 / messages);
    }
    search.close();
    long size = 0;
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        size += Files.size(file);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "index: %d bytes a message, %d%%%n",
        size / messages,
        100 * size / messages / bytes);
    search = MailSearch.in(folder, accounts, SearchConfig.defaults());
    search.start();
    String common = SampleMail.word(3);
    String rare = SampleMail.word(29_000);
    for (String text :
        List.of(
            common,
            rare,
            SampleMail.word(20_000).substring(1, 4),
            SampleMail.word(3) + " " + SampleMail.word(5),
            "bob77@example.net",
            "best regards",
            "number 7",
            "notthere")) {
      measure(search, account, text, Area.BODY);
      measure(search, account, text, Area.HEADER);
    }
    long from = cpu();
    var scan = new TextScan(account);
    int hits = 0;
    var needle = new Needle(rare);
    for (Email email : all(account)) {
      hits += scan.isIn(email, Area.BODY, needle) ? 1 : 0;
    }
    System.out.printf(
        Locale.ROOT, "scan of all: %d found, %.1f CPU ms%n", hits, (cpu() - from) / 1e6);
    search.close();
    accounts.close();
    contents.close();
    engine.close();
  }

  private static SegmentContentStore contents(Path directory) {
    return SegmentContentStore.openIn(
        directory.resolve("content"),
        new SegmentContentStore.Settings(256 << 20, 256 << 10, 32 << 20, 8 << 20),
        InstantSource.system());
  }

  @SuppressWarnings("SystemOut")
  private static void measure(MailSearch search, Account account, String text, Area area)
      throws IOException {
    for (int round = 0; round < ROUNDS; round++) {
      long cpu = cpu();
      long begin = System.nanoTime();
      Found found = search.find(account, area, new Needle(text));
      long took = System.nanoTime() - begin;
      long used = cpu() - cpu;
      int yes = 0;
      int look = 0;
      for (long id = 1; id <= account.standing().lastEmailId(); id++) {
        yes += found.of(id) == Found.Verdict.YES ? 1 : 0;
        look += found.of(id) == Found.Verdict.LOOK ? 1 : 0;
      }
      if (round == 0 || round == ROUNDS - 1) {
        System.out.printf(
            Locale.ROOT,
            "%-8s %-24s %s: %d found, %d left open, %.1f ms, %.1f CPU ms%n",
            area,
            text,
            round == 0 ? "first" : "then ",
            yes,
            look,
            took / 1e6,
            used / 1e6);
      }
    }
  }

  private static List<Email> all(Account account) {
    var emails = new ArrayList<Email>();
    List<Email> some = account.emailsAfter(0, 500);
    while (!some.isEmpty()) {
      emails.addAll(some);
      some = account.emailsAfter(some.getLast().id(), 500);
    }
    return emails;
  }

  /// Of the whole process, in nanoseconds.
  private static long cpu() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean bean
        ? bean.getProcessCpuTime()
        : 0;
  }
}
