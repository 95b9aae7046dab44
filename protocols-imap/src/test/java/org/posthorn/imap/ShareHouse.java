package org.posthorn.imap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalLong;
import org.posthorn.imap.command.VouchedTexts;
import org.posthorn.imap.session.ImapSession;
import org.posthorn.imap.session.PlainTextLogins;
import org.posthorn.imap.session.Services;
import org.posthorn.imap.session.SessionRules;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.net.Connection;
import org.posthorn.net.ConnectionHandler;
import org.posthorn.net.Conversation;
import org.posthorn.net.Dismissal;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.AccountsConfig;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.ConsistencyWalk;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.account.Rights;
import org.posthorn.storage.account.UidSet;
import org.posthorn.storage.content.CollectionRound;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.content.Pace;
import org.posthorn.storage.directory.Allowance;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.LoginResult;
import org.posthorn.storage.directory.LoginsConfig;
import org.posthorn.storage.directory.NewUser;
import org.posthorn.storage.directory.Password;
import org.posthorn.storage.directory.Passwords;
import org.posthorn.storage.directory.Peer;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.keys.Keyring;
import org.posthorn.storage.login.Sasl;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.search.MailSearch;
import org.posthorn.storage.search.SearchConfig;
import org.posthorn.storage.share.Identifier;
import org.posthorn.storage.share.Sharing;
import org.posthorn.storage.share.SharingConfig;

/// A server with the users `ann`, `bob` and `cyd` of example.org, the group `team` with `bob` and
/// `cyd` in it, `dan` of another domain, and `support`, where nobody logs in.
final class ShareHouse implements ConnectionHandler, AutoCloseable {
  private static final Actor ACTOR = new Actor("test", "test", "test");
  private static final Password ANY =
      new Password.Hashed(
          "$argon2id$v=19$m=8192,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");

  private final InMemoryEngine engine = new InMemoryEngine();
  private final ContentStore contents = new InMemoryContentStore();
  private final ToyHeap heap = new ToyHeap();
  private final Accounts accounts =
      new Accounts(
          engine,
          contents,
          InstantSource.fixed(Instant.parse("2026-03-02T10:00:00Z")),
          AccountsConfig.defaults(),
          Keyring.off(),
          heap);
  private final MailSearch search = MailSearch.inMemory(accounts, SearchConfig.defaults());
  private final Passwords passwords = new Passwords(LoginsConfig.defaults());
  private final Directory directory = Directory.open(engine, accounts, passwords);
  private final Sharing sharing = new Sharing(directory, accounts, SharingConfig.defaults());
  private final SessionRules rules =
      new SessionRules(
          PlainTextLogins.LOOPBACK,
          100_000,
          Duration.ofSeconds(20),
          Duration.ofMinutes(30),
          Duration.ofMinutes(4),
          3,
          Duration.ZERO,
          List.of(),
          List.of("cyd@example.org"));

  ShareHouse() {
    search.start();
    directory.domains().create(Domain.of("example.org"), DomainSettings.STANDARD);
    directory.domains().create(Domain.of("example.net"), DomainSettings.STANDARD);
    for (String user : List.of("ann@example.org", "bob@example.org", "cyd@example.org")) {
      directory.users().create(new NewUser(address(user), ANY, OptionalLong.empty(), ""));
    }
    directory
        .users()
        .create(new NewUser(address("dan@example.net"), ANY, OptionalLong.empty(), ""));
    directory.users().createShared(address("support@example.org"), Allowance.NONE, "Support");
    directory
        .groups()
        .create(
            address("team@example.org"),
            List.of(address("bob@example.org"), address("cyd@example.org")));
  }

  static MailAddress address(String text) {
    return MailAddress.of(text);
  }

  /// From now on memory is short, or not any more.
  void shortOfMemory(boolean isShort) {
    heap.tight(isShort);
    boolean _ = accounts.memory().isTight(); // The caches are emptied.
  }

  Directory directory() {
    return directory;
  }

  Account account(String user) {
    User found = directory.user(address(user + "@example.org")).orElseThrow();
    return accounts.find(found.account()).orElseThrow();
  }

  VouchedTexts texts() {
    return VouchedTexts.of(sharing);
  }

  /// Gives rights as an administrator.
  void share(String user, String mailbox, String who, String rights) {
    Account account = account(user);
    sharing.change(
        account,
        account.find(new MailboxName(mailbox)).orElseThrow().id(),
        Identifier.parse(who, Domain.of("example.org")),
        Sharing.Mode.REPLACE,
        Rights.parse(rights),
        ACTOR);
  }

  long letter(String user, String mailbox, String subject, String... flags) {
    String text = "Subject: " + subject + "\r\n\r\nBody of " + subject + "\r\n";
    try {
      var content = contents.write(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
      var email = new NewEmail(content, "", Flags.of(flags), Instant.parse("2026-03-02T10:00:00Z"));
      return account(user)
          .change(
              ACTOR,
              draft ->
                  draft.append(draft.find(new MailboxName(mailbox)).orElseThrow().id(), email));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Appends a message so often in one change; all are the same.
  void letters(String user, String mailbox, int count) {
    long first = letter(user, mailbox, "many");
    var _ =
        account(user)
            .change(
                ACTOR,
                draft -> {
                  MailboxId id = draft.find(new MailboxName(mailbox)).orElseThrow().id();
                  for (int i = 1; i < count; i++) {
                    draft.copy(id, UidSet.of(first), id);
                  }
                  return id;
                });
  }

  /// The bytes of a message are there no more, and those of all others are.
  void lose(String user, String mailbox, long uid) {
    Account account = account(user);
    MailboxView view =
        account.view(account.find(new MailboxName(mailbox)).orElseThrow().id()).orElseThrow();
    long lost = view.emailId(view.indexOf(uid));
    try (CollectionRound round = contents.collect(0)) {
      for (String each : List.of("ann", "bob", "cyd", "support")) {
        Account there = account(each);
        for (Email email : there.emailsAfter(0, Integer.MAX_VALUE)) {
          if (!each.equals(user) || email.id() != lost) {
            round.needs(email.content());
          }
        }
      }
      round.reclaim(new CollectionRound.Rules(Instant.MAX, 0, false), Pace.FULL);
    }
  }

  /// Plays with clients 1, 2… that are logged in as these users.
  void play(String users, String script) {
    playUnverified(users, script);
    for (String user : List.of("ann", "bob", "cyd", "support")) {
      assertThat(
              accounts
                  .verify(account(user).id(), ConsistencyWalk.Depth.CONTENTS)
                  .orElseThrow()
                  .faults())
          .isEmpty();
    }
  }

  /// The same with a store that may have been damaged.
  void playUnverified(String users, String script) {
    var all = new StringBuilder();
    int client = 1;
    for (String user : users.split(" ", -1)) {
      String number = client == 1 ? "" : Integer.toString(client);
      all.append(
          """
          S#: ~\\* OK .*
          C#: l LOGIN %s secret
          S#: ~l OK .*
          """
              .formatted(user)
              .replace("#", number));
      client++;
    }
    Talk.escaped(all + script, text -> Conversation.play(this, 8192, text));
  }

  @Override
  public void serve(Connection connection) throws IOException {
    new ImapSession(
            connection,
            new Services(new Sasl(this::check), accounts, contents, search, sharing, directory),
            rules)
        .run();
  }

  private LoginResult check(String login, String password, Peer peer) {
    String whole = login.indexOf('@') < 0 ? login + "@example.org" : login;
    return directory
        .user(address(whole))
        .<LoginResult>map(LoginResult.Welcome::new)
        .orElseGet(LoginResult.Refused::new);
  }

  @Override
  public String busy() {
    return "* BYE busy\r\n";
  }

  @Override
  public String farewell(Dismissal why) {
    return "* BYE farewell\r\n";
  }

  @Override
  public void close() {
    passwords.close();
    search.close();
    accounts.close();
    engine.close();
  }
}
