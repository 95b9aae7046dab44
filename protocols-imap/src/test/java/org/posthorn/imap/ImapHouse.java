package org.posthorn.imap;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.posthorn.imap.session.ImapSession;
import org.posthorn.imap.session.PlainTextLogins;
import org.posthorn.imap.session.Services;
import org.posthorn.imap.session.SessionRules;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.net.Connection;
import org.posthorn.net.ConnectionHandler;
import org.posthorn.net.Dismissal;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountDraft.FlagChange;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.AccountsConfig;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.ConsistencyWalk;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.account.UidSet;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.directory.Allowance;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.LoginResult;
import org.posthorn.storage.directory.LoginsConfig;
import org.posthorn.storage.directory.Passwords;
import org.posthorn.storage.directory.Peer;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.keys.Keyring;
import org.posthorn.storage.login.Sasl;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.search.MailSearch;
import org.posthorn.storage.search.SearchConfig;
import org.posthorn.storage.share.Sharing;
import org.posthorn.storage.share.SharingConfig;

/// A server with one user, `ann` with the password `secret`, whose store is in memory.
public final class ImapHouse implements ConnectionHandler, AutoCloseable {
  public static final Instant DAY = Instant.parse("2026-03-02T10:00:00Z");
  private static final Actor ACTOR = new Actor("test", "test", "test");
  private static final AccountId ANN = new AccountId("ann");
  private static final MailAddress ADDRESS = new MailAddress("ann", Domain.of("example.org"));

  private final UnreadableEngine engine = new UnreadableEngine(new InMemoryEngine());
  private final ReadContents contents = new ReadContents(new InMemoryContentStore());
  private final InstantSource clock = InstantSource.fixed(DAY);
  private final ToyHeap heap = new ToyHeap();
  private final Accounts accounts =
      new Accounts(engine, contents, clock, AccountsConfig.defaults(), Keyring.off(), heap);
  private final MailSearch search = MailSearch.inMemory(accounts, SearchConfig.defaults());
  private final Passwords passwords = new Passwords(LoginsConfig.defaults());
  private final Directory directory = Directory.open(engine, accounts, passwords);
  private final Sharing sharing = new Sharing(directory, accounts, SharingConfig.defaults());
  private final SessionRules rules;

  UnreadableEngine engine() {
    return engine;
  }

  /// After the next change nothing of it is in memory any more, and the disk cannot be read.
  void unreadableAfterChange() {
    accounts.watch(
        new Accounts.Watcher() {
          @Override
          public void changed(AccountId account) {
            engine.readable(false);
            shortOfMemory(true);
          }

          @Override
          public void deleted(AccountId account) {}
        });
  }

  /// From now on memory is short, or not any more.
  public void shortOfMemory(boolean isShort) {
    heap.tight(isShort);
    boolean _ = accounts.memory().isTight(); // The caches are emptied.
  }

  public ImapHouse() {
    this(0, PlainTextLogins.LOOPBACK);
  }

  public ImapHouse(long quotaBytes, PlainTextLogins plainTextLogins) {
    this(
        quotaBytes,
        new SessionRules(
            plainTextLogins,
            100_000,
            Duration.ofSeconds(20),
            Duration.ofMinutes(30),
            Duration.ofMinutes(4),
            3,
            Duration.ZERO,
            List.of(),
            List.of()));
  }

  public ImapHouse(long quotaBytes, SessionRules rules) {
    this.rules = rules;
    search.start();
    var _ =
        accounts.create(
            ANN, ACTOR, new Accounts.NewAccount("", quotaBytes, Accounts.Folder.STANDARD));
  }

  public Account account() {
    return accounts.find(ANN).orElseThrow();
  }

  public ContentStore contents() {
    return contents;
  }

  ReadContents readContents() {
    return contents;
  }

  public MailSearch search() {
    return search;
  }

  /// INBOX as the user has it who has just selected it.
  public SelectedMailbox inbox() {
    return SelectedMailbox.open(
        account(),
        account().find(MailboxName.INBOX).orElseThrow().id(),
        sharing.visitor(ADDRESS, account()),
        false,
        Set.of());
  }

  /// Appends a message to a mailbox and returns its UID.
  public long append(String mailbox, String message, String... flags) {
    NewEmail email = email(message, flags);
    return account()
        .change(
            ACTOR,
            draft -> draft.append(draft.find(new MailboxName(mailbox)).orElseThrow().id(), email));
  }

  /// Appends a message of these bytes.
  public long append(String mailbox, byte[] message) {
    NewEmail email = new NewEmail(store(message), "", Flags.NONE, DAY);
    return account()
        .change(
            ACTOR,
            draft -> draft.append(draft.find(new MailboxName(mailbox)).orElseThrow().id(), email));
  }

  /// What can be appended.
  public NewEmail email(String message, String... flags) {
    return new NewEmail(store(message), "", Flags.of(flags), DAY);
  }

  /// A message of a few lines.
  public long letter(String subject, String... flags) {
    return append(
        "INBOX",
        """
        From: Bob <bob@example.net>\r
        To: ann@example.org\r
        Subject: %s\r
        Date: Mon, 2 Mar 2026 10:00:00 +0000\r
        Message-ID: <%s@example.net>\r
        \r
        Body of %s\r
        """
            .formatted(subject, subject, subject),
        flags);
  }

  /// What was before is not known any more.
  void forgetHistory() {
    var _ = accounts.forgetHistory(ANN);
  }

  /// Throws when the store is not consistent.
  void verify() {
    var report = accounts.verify(ANN, ConsistencyWalk.Depth.CONTENTS).orElseThrow();
    if (!report.faults().isEmpty()) {
      throw new IllegalStateException(report.faults().toString());
    }
  }

  public <R> R change(Account.Edit<R> edit) {
    return account().change(ACTOR, edit);
  }

  /// Somebody else sets flags.
  public void flag(String mailbox, long uid, String... flags) {
    var _ =
        change(draft ->
            draft.store(
                draft.find(new MailboxName(mailbox)).orElseThrow().id(),
                UidSet.of(uid),
                FlagChange.ADD,
                Flags.of(flags),
                OptionalLong.empty()));
  }

  private StoredContent store(String message) {
    return store(message.getBytes(StandardCharsets.UTF_8));
  }

  private StoredContent store(byte[] message) {
    try {
      return contents.write(new ByteArrayInputStream(message));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void serve(Connection connection) throws IOException {
    new ImapSession(
            connection,
            new Services(
                new Sasl(ImapHouse::check), accounts, contents, search, sharing, directory),
            rules)
        .run();
  }

  @Override
  public String busy() {
    return "* BYE busy\r\n";
  }

  @Override
  public String farewell(Dismissal why) {
    return "* BYE farewell\r\n";
  }

  private static LoginResult check(String login, String password, Peer peer) {
    if (login.equals("throttled")) {
      return new LoginResult.Throttled(Duration.ofSeconds(7));
    }
    if (!login.equals("ann") || !password.equals("secret")) {
      return new LoginResult.Refused();
    }
    return new LoginResult.Welcome(
        new User(ADDRESS, ANN, true, Allowance.NONE, "Ann", OptionalInt.empty(), false));
  }

  @Override
  public void close() {
    passwords.close();
    search.close();
    accounts.close();
    engine.close();
  }
}
