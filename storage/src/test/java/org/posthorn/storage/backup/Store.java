package org.posthorn.storage.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountDraft.FlagChange;
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
import org.posthorn.storage.account.SteppedClock;
import org.posthorn.storage.account.UidSet;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.Allowance;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.LoginsConfig;
import org.posthorn.storage.directory.NewUser;
import org.posthorn.storage.directory.Password;
import org.posthorn.storage.directory.Passwords;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.keys.DomainKeys;
import org.posthorn.storage.keys.Keyring;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.remember.PluginStore;
import org.posthorn.storage.remember.PluginStores;

/// A whole store with users, for tests of backups. Used by one test.
final class Store implements AutoCloseable {
  static final Actor ACTOR = new Actor("ann@example.org", "test", "1");
  static final Domain DOMAIN = Domain.of("example.org");
  private static final Password ANY =
      new Password.Hashed(
          "$argon2id$v=19$m=8192,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
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

  private final SteppedClock clock = new SteppedClock();
  private final Passwords passwords = new Passwords(LOGINS);
  private final ContentStore contents;
  private final Engine engine;
  private final Keyring keyring;
  private final Accounts accounts;
  private final Directory directory;
  private final PluginStores plugins;

  /// What there was to tell.
  final List<String> problems = new ArrayList<>();

  final Telling telling =
      new Telling() {
        @Override
        public void progress(long accountsDone, long accountsTotal, long messages) {}

        @Override
        public void problem(String account, String what) {
          problems.add(account + ": " + what);
        }
      };

  Store(Engine engine, ContentStore contents) {
    this(engine, contents, Keyring.off());
  }

  Store(Engine engine, ContentStore contents, Keyring keyring) {
    this.engine = engine;
    this.keyring = keyring;
    this.contents = contents;
    this.accounts = new Accounts(engine, contents, clock, AccountsConfig.defaults(), keyring);
    this.directory = Directory.open(engine, accounts, passwords);
    this.plugins = new PluginStores(engine, clock);
  }

  Store withDomain() {
    directory.domains().create(DOMAIN, DomainSettings.STANDARD);
    return this;
  }

  Directory directory() {
    return directory;
  }

  DomainKeys keys() {
    return new DomainKeys(engine, keyring, clock);
  }

  Engine engine() {
    return engine;
  }

  PluginStore plugin(String name) {
    return plugins.store(name);
  }

  Accounts accounts() {
    return accounts;
  }

  SteppedClock clock() {
    return clock;
  }

  /// Backups of this store; what they see of engine and contents goes through the two.
  Backups backups(UnaryOperator<Engine> seen, UnaryOperator<ContentStore> read) {
    return new Backups(
        seen.apply(engine),
        accounts,
        read.apply(contents),
        directory,
        plugins,
        keys(),
        new QueueStore(engine, keyring),
        InMemoryEngine::new,
        clock);
  }

  Backups backups() {
    return backups(UnaryOperator.identity(), UnaryOperator.identity());
  }

  /// Makes a backup a minute later.
  Run save(Path folder) {
    clock.forward(Duration.ofMinutes(1));
    return backups().create(folder, "test", 0, telling);
  }

  Backups.Checked check(Path folder) {
    return backups().verify(folder, Optional.empty(), telling);
  }

  User user(String login) {
    return directory.users().create(new NewUser(MailAddress.of(login), ANY, Allowance.NONE, login));
  }

  User find(String login) {
    return directory.user(MailAddress.of(login)).orElseThrow();
  }

  Account account(String login) {
    return accounts.find(find(login).account()).orElseThrow();
  }

  MailboxInfo mailbox(String login, String name) {
    return account(login).find(new MailboxName(name)).orElseThrow();
  }

  void append(String login, String mailbox, String subject, String... flags) {
    MailboxId to = mailbox(login, mailbox).id();
    NewEmail letter =
        letter("Subject: " + subject + "\r\n\r\nBody of " + subject + "\r\n", Flags.of(flags));
    account(login).change(ACTOR, draft -> draft.append(to, letter));
  }

  NewEmail letter(String text, Flags flags) {
    try {
      var stored = contents.write(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
      return new NewEmail(
          stored,
          "Return-Path: <bob@example.net>\r\n",
          flags,
          Instant.parse("2026-11-20T08:00:00Z"));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  void flag(String login, String mailbox, long uid, String flag) {
    MailboxId in = mailbox(login, mailbox).id();
    var _ =
        account(login)
            .change(
                ACTOR,
                draft ->
                    draft.store(
                        in, UidSet.of(uid), FlagChange.ADD, Flags.of(flag), OptionalLong.empty()));
  }

  void expunge(String login, String mailbox, long uid) {
    MailboxId in = mailbox(login, mailbox).id();
    var _ = account(login).change(ACTOR, draft -> draft.expunge(in, UidSet.of(uid)));
  }

  void create(String login, String mailbox) {
    var _ =
        account(login)
            .change(ACTOR, draft -> draft.create(new MailboxName(mailbox), Optional.empty()));
  }

  /// All that a user can see but for UIDVALIDITYs: mailboxes, and of each message the UID, flags,
  /// dates and bytes.
  SortedMap<String, List<String>> picture(String login) {
    Account account = account(login);
    var all = new TreeMap<String, List<String>>();
    for (MailboxInfo mailbox : account.mailboxes()) {
      MailboxView view = account.view(mailbox.id()).orElseThrow();
      List<Email> emails = account.emails(view, 0, view.size());
      assertThat(emails).hasSize(view.size());
      all.put(
          mailbox.name()
              + " "
              + mailbox.specialUse()
              + " "
              + mailbox.subscribed()
              + " "
              + mailbox.uidNext(),
          IntStream.range(0, view.size())
              .mapToObj(i -> message(account, view, emails.get(i), i))
              .toList());
    }
    return all;
  }

  private static String message(Account account, MailboxView view, Email email, int i) {
    try (var in = account.open(email, 0, email.sizeBytes())) {
      return "%d %s %d %d %s"
          .formatted(
              view.uid(i),
              view.flags(i),
              view.internalMillis(i),
              view.modSeq(i),
              new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<AccountId> accountIds() {
    return accounts.list(Optional.empty(), 1_000);
  }

  /// At the end of each test: whatever was done, everything fits together.
  @Override
  public void close() {
    for (AccountId id : accountIds()) {
      accounts
          .verify(id, ConsistencyWalk.Depth.BYTES)
          .ifPresent(report -> assertThat(report.faults()).isEmpty());
    }
    assertThat(directory.inspect().mismatches()).isEmpty();
    passwords.close();
    accounts.close();
    engine.close();
  }
}
