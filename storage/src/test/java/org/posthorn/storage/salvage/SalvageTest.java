package org.posthorn.storage.salvage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.ContentId;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.AccountsConfig;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.ConsistencyWalk;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.account.QuotaConfig;
import org.posthorn.storage.content.FaultyDisk;
import org.posthorn.storage.content.Note;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.directory.Allowance;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.LoginsConfig;
import org.posthorn.storage.directory.NewUser;
import org.posthorn.storage.directory.Password;
import org.posthorn.storage.directory.Passwords;
import org.posthorn.storage.directory.SavedDomain;
import org.posthorn.storage.memory.InMemoryEngine;

/// All rows are lost; the contents are there.
final class SalvageTest {
  private static final Actor ACTOR = new Actor("test", "test", "");
  private static final LoginsConfig LOGINS =
      new LoginsConfig(
          Optional.of("example.org"),
          8L << 20,
          1,
          2,
          8,
          Duration.ofMinutes(10),
          5,
          50,
          Duration.ofMinutes(5));

  @TempDir private Path temp;

  /// A store whose rows go with it.
  private static final class House implements AutoCloseable {
    private final InMemoryEngine engine = new InMemoryEngine();
    private final Passwords passwords = new Passwords(LOGINS);
    private final SegmentContentStore contents;
    private final Accounts accounts;
    private final Directory directory;

    House(Path home) {
      this(home, AccountsConfig.defaults());
    }

    House(Path home, AccountsConfig config) {
      contents = open(home);
      accounts = new Accounts(engine, contents, InstantSource.system(), config);
      directory = Directory.open(engine, accounts, passwords);
    }

    House withUsers(String... logins) {
      for (String login : logins) {
        MailAddress address = MailAddress.of(login);
        if (!directory.isLocal(address.domain())) {
          directory.domains().create(address.domain(), DomainSettings.STANDARD);
        }
        var _ =
            directory
                .users()
                .create(new NewUser(address, new Password.Clear("secret"), Allowance.NONE, ""));
      }
      return this;
    }

    /// Somebody whose name nobody is given any more.
    House withUserOfBefore(String login) {
      MailAddress address = MailAddress.of(login);
      directory.domains().create(address.domain(), DomainSettings.STANDARD);
      var _ =
          directory
              .users()
              .restore(
                  SavedDomain.SavedUser.unknown(address, new AccountId("x")),
                  address,
                  /* replace= */ false,
                  (id, _) -> {
                    var _ =
                        accounts.create(
                            id, ACTOR, new Accounts.NewAccount(login, 0, Accounts.Folder.STANDARD));
                  });
      return this;
    }

    Account account(String login) {
      return accounts
          .find(directory.user(MailAddress.of(login)).orElseThrow().account())
          .orElseThrow();
    }

    void append(String login, String mailbox, String text, String... flags) throws IOException {
      var stored = contents.write(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
      var email =
          new NewEmail(
              stored,
              "Return-Path: <bob@example.net>\r\n",
              Flags.of(flags),
              Instant.parse("2026-11-20T08:00:00Z"));
      var _ =
          account(login)
              .change(
                  ACTOR,
                  draft -> {
                    var name = new MailboxName(mailbox);
                    MailboxId to =
                        draft
                            .find(name)
                            .map(MailboxInfo::id)
                            .orElseGet(() -> draft.create(name, Optional.empty()).id());
                    draft.append(to, email);
                    return to;
                  });
    }

    /// Each message with its mailbox, flags, date and bytes.
    List<String> picture(String login) throws IOException {
      Account account = account(login);
      var all = new ArrayList<String>();
      for (MailboxInfo mailbox : account.mailboxes()) {
        MailboxView view = account.view(mailbox.id()).orElseThrow();
        for (int i = 0; i < view.size(); i++) {
          Email email = account.email(view.emailId(i)).orElseThrow();
          try (InputStream in = account.open(email, 0, email.sizeBytes())) {
            all.add(
                "%s %s %d %s"
                    .formatted(
                        mailbox.name(),
                        view.flags(i),
                        view.internalMillis(i),
                        new String(in.readAllBytes(), StandardCharsets.UTF_8)));
          }
        }
      }
      return all;
    }

    @Override
    public void close() {
      accounts.list(Optional.empty(), 100).stream()
          .map(id -> accounts.verify(id, ConsistencyWalk.Depth.BYTES).orElseThrow())
          .forEach(report -> assertThat(report.faults()).isEmpty());
      passwords.close();
      accounts.close();
      contents.close();
      engine.close();
    }
  }

  private static SegmentContentStore open(Path home) {
    return SegmentContentStore.openIn(
        home,
        new SegmentContentStore.Settings(1 << 20, 64 << 10, 4 << 20, 1 << 20),
        InstantSource.system());
  }

  private Salvage.Salvaged salvage(House to, List<String> problems) {
    return salvage(temp.resolve("lost"), to, problems);
  }

  private static Salvage.Salvaged salvage(Path lost, House to, List<String> problems) {
    try (SegmentContentStore from = open(lost)) {
      var telling =
          new Salvage.Telling() {
            @Override
            public void progress(long messages, long contents) {}

            @Override
            public void problem(String account, String what) {
              problems.add(account + ": " + what);
            }
          };
      return new Salvage(from, to.contents, to.accounts, to.directory, telling)
          .run(InMemoryEngine::new);
    }
  }

  @Test
  void everyMessageIsBackWhereItWasPlaced() throws IOException {
    List<String> anns;
    List<String> bobs;
    try (var house =
        new House(temp.resolve("lost")).withUsers("ann@example.org", "bob@example.org")) {
      for (int i = 0; i < 250; i++) {
        house.append("ann@example.org", "INBOX", "Subject: " + i + "\r\n\r\nText\r\n", "\\Seen");
      }
      house.append("ann@example.org", "Work/2026", "Subject: w\r\n\r\nWork\r\n", "urgent");
      house.append("bob@example.org", "INBOX", "Subject: big\r\n\r\n" + "x".repeat(200_000));
      anns = house.picture("ann@example.org");
      bobs = house.picture("bob@example.org");
    }
    try (var house = new House(temp.resolve("new"))) {
      var problems = new ArrayList<String>();
      Salvage.Salvaged salvaged = salvage(house, problems);
      assertThat(problems).isEmpty();
      assertThat(salvaged.messages()).isEqualTo(252);
      assertThat(salvaged.lostAndFound()).isZero();
      assertThat(salvaged.damaged()).isZero();
      assertThat(salvaged.logins()).containsExactly("ann@example.org", "bob@example.org");
      assertThat(house.picture("ann@example.org")).isEqualTo(anns);
      assertThat(house.picture("bob@example.org")).isEqualTo(bobs);
      assertThat(house.account("ann@example.org").owner()).isEqualTo("ann@example.org");
    }
  }

  @Test
  void whoseNameNobodyIsGivenAnyMoreHasTheirMailBack() throws IOException {
    try (var house = new House(temp.resolve("lost")).withUserOfBefore("$team@example.org")) {
      house.append("$team@example.org", "INBOX", "Subject: 1\r\n\r\nText\r\n");
    }
    try (var house = new House(temp.resolve("new"))) {
      var problems = new ArrayList<String>();
      assertThat(salvage(house, problems).messages()).isEqualTo(1);
      assertThat(problems).isEmpty();
      assertThat(house.picture("$team@example.org")).hasSize(1);
    }
  }

  /// 10 mailboxes, and 10 messages.
  private static AccountsConfig narrow() {
    AccountsConfig wide = AccountsConfig.defaults();
    return new AccountsConfig(
        wide.viewCacheBytes(),
        wide.excerptCacheBytes(),
        wide.idleAccounts(),
        wide.idleTime(),
        10,
        wide.keywordsMax(),
        wide.deliveryMemory(),
        new QuotaConfig(0, 10, List.of()),
        wide.history(),
        wide.retention(),
        wide.upkeepEvery());
  }

  @Test
  void noQuotaKeepsAMessageOut() throws IOException {
    try (var house = new House(temp.resolve("lost")).withUsers("ann@example.org")) {
      for (int i = 0; i < 20; i++) {
        house.append("ann@example.org", "INBOX", "Subject: " + i + "\r\n\r\nText\r\n");
      }
    }
    try (var house = new House(temp.resolve("new"), narrow())) {
      var problems = new ArrayList<String>();
      Salvage.Salvaged salvaged = salvage(house, problems);
      assertThat(problems).isEmpty();
      assertThat(salvaged.messages()).isEqualTo(20);
      assertThat(salvaged.refused()).isZero();
      assertThat(house.picture("ann@example.org")).hasSize(20);
    }
  }

  @Test
  void whatIsRefusedIsCounted() throws IOException {
    try (var house = new House(temp.resolve("lost")).withUsers("ann@example.org")) {
      for (int i = 0; i < 8; i++) {
        house.append("ann@example.org", "Folder " + i, "Subject: " + i + "\r\n\r\nText\r\n");
      }
    }
    try (var house = new House(temp.resolve("new"), narrow())) {
      var problems = new ArrayList<String>();
      Salvage.Salvaged salvaged = salvage(house, problems);
      assertThat(salvaged.messages()).isEqualTo(4);
      assertThat(salvaged.refused()).isEqualTo(4);
      assertThat(problems).hasSize(4).allMatch(problem -> problem.contains("not placed"));
    }
  }

  /// As earlier servers made them.
  @Test
  void aFolderWithANameThatNoneMayHaveAnyMoreGetsAnother() throws IOException {
    try (var house = new House(temp.resolve("lost")).withUsers("ann@example.org")) {
      int number = 0;
      for (String mailbox : List.of("..", "Work/./x", "Work/..x")) {
        number++;
        byte[] text = ("Subject: " + number + "\r\n\r\nText\r\n").getBytes(StandardCharsets.UTF_8);
        ContentId content = house.contents.write(new ByteArrayInputStream(text)).id();
        house.contents.note(
            List.of(new Note(content, "old", number, "ann@example.org", mailbox, 0, "", "")));
        house.contents.sync(content);
      }
    }
    try (var house = new House(temp.resolve("new"))) {
      var problems = new ArrayList<String>();
      assertThat(salvage(house, problems).messages()).isEqualTo(3);
      assertThat(problems).isEmpty();
      assertThat(house.picture("ann@example.org"))
          .extracting(message -> message.replaceFirst("(?s) .*Subject: (\\d).*", " $1"))
          .containsExactlyInAnyOrder("__ 1", "Work/_/x 2", "Work/..x 3");
    }
  }

  /// A sector in the midst of the second of three small messages, and one of a large message.
  @Test
  void whatTheDiskCannotReadIsNamedAndTheRestGoesOn() throws IOException {
    var random = new Random(7);
    try (var house = new House(temp.resolve("lost")).withUsers("ann@example.org")) {
      for (int i = 1; i <= 3; i++) {
        house.append("ann@example.org", "INBOX", text(random, i, 20_000));
      }
      house.append("ann@example.org", "INBOX", text(random, 4, 100_000));
      house.append("ann@example.org", "Last", text(random, 5, 1_000));
    }
    var disk = new FaultyDisk();
    long sector = 24_000;
    disk.readFault((path, position, length) -> {
      boolean segment = path.toString().endsWith(".segment");
      boolean large = path.toString().endsWith(".content");
      if ((segment || large) && position < sector + 512 && position + length > sector) {
        throw new IOException("Input/output error");
      }
    });
    try (var house = new House(temp.resolve("new"))) {
      var problems = new ArrayList<String>();
      Salvage.Salvaged salvaged = salvage(disk.at(temp.resolve("lost")), house, problems);
      assertThat(house.picture("ann@example.org"))
          .extracting(message -> message.replaceFirst("(?s).*Subject: (\\d).*", "$1"))
          .containsExactly("1", "3", "5");
      assertThat(salvaged.messages()).isEqualTo(3);
      assertThat(problems)
          .filteredOn(problem -> problem.startsWith("ann@example.org: Content "))
          .hasSize(2)
          .allMatch(problem -> problem.contains("Input/output error"));
      assertThat(problems).anyMatch(problem -> problem.contains(".segment"));
    }
  }

  private static String text(Random random, int number, int length) {
    var bytes = new byte[length * 3 / 4];
    random.nextBytes(bytes);
    return "Subject: "
        + number
        + "\r\n\r\n!"
        + Base64.getUrlEncoder().encodeToString(bytes)
        + "\r\n";
  }

  @Test
  void whatHasNoNoteIsFoundByItsRecipient() throws IOException {
    try (var house = new House(temp.resolve("lost")).withUsers("ann@example.org")) {
      house.append("ann@example.org", "INBOX", "Subject: 1\r\n\r\nText\r\n");
      for (String to : List.of("ann@example.org", "carol@example.net")) {
        String text = "To: <" + to + ">\r\nSubject: unplaced\r\n\r\nHello\r\n";
        var stored =
            house.contents.write(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
        house.contents.sync(stored.id());
      }
    }
    try (var house = new House(temp.resolve("new"))) {
      Salvage.Salvaged salvaged = salvage(house, new ArrayList<>());
      assertThat(salvaged.messages()).isEqualTo(3);
      assertThat(salvaged.lostAndFound()).isEqualTo(2);
      assertThat(house.picture("ann@example.org"))
          .hasSize(2)
          .anyMatch(message -> message.startsWith("lost+found"));
      assertThat(house.picture(Salvage.NOBODY.toString()))
          .singleElement()
          .asString()
          .contains("carol@example.net");
    }
  }
}
