package org.posthorn.pop3;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Module;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.net.Conversation;
import org.posthorn.net.PlainTextLogins;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.AccountsConfig;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.account.UidSet;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.Logins;
import org.posthorn.storage.directory.LoginsConfig;
import org.posthorn.storage.directory.NewUser;
import org.posthorn.storage.directory.Password;
import org.posthorn.storage.directory.Passwords;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.memory.InMemoryEngine;

/// A POP3 server over a store in memory, with the users `ann@example.org` and `bob@example.org`,
/// whose passwords are `secret`. Used by one test.
final class Pop3House implements AutoCloseable {
  private static final Actor ACTOR = new Actor("test", "test", "1");
  private static final MailAddress ANN = MailAddress.of("ann@example.org");
  private static final MailAddress BOB = MailAddress.of("bob@example.org");
  private static final int WRONG_TRIES_FREE = 4;

  /// As cheap as hashing may be.
  private static final LoginsConfig LOGINS =
      new LoginsConfig(
          Optional.of("example.org"),
          8 << 20,
          1,
          1,
          64,
          Duration.ofMinutes(10),
          WRONG_TRIES_FREE,
          1000,
          Duration.ofMinutes(5));

  private Duration loginDelay = Duration.ZERO;
  private final Engine engine = new InMemoryEngine();
  private final ContentStore contents = new InMemoryContentStore();
  private final Accounts accounts =
      new Accounts(engine, contents, InstantSource.system(), AccountsConfig.defaults());
  private final Passwords passwords = new Passwords(LOGINS);
  private final Directory directory = Directory.open(engine, accounts, passwords);
  private final Logins logins = new Logins(directory, passwords, LOGINS, InstantSource.system());

  Pop3House() {
    directory.domains().create(Domain.of("example.org"), DomainSettings.STANDARD);
    for (MailAddress name : List.of(ANN, BOB)) {
      var _ =
          directory
              .users()
              .create(new NewUser(name, new Password.Clear("secret"), OptionalLong.empty(), ""));
    }
  }

  /// Plays a conversation with the server (see [Conversation]).
  void converse(int bufferBytes, String script) {
    Conversation.play(server(PlainTextLogins.LOOPBACK), bufferBytes, script);
  }

  Pop3Server server(PlainTextLogins plainTextLogins) {
    var config =
        new Pop3Config(
            Optional.empty(),
            Optional.empty(),
            plainTextLogins,
            Duration.ofSeconds(20),
            Duration.ofMinutes(10),
            3,
            loginDelay);
    return new Pop3Server(config, logins, accounts);
  }

  /// From now on a new server asks for a pause between logins.
  void loginDelay(Duration delay) {
    this.loginDelay = delay;
  }

  /// Messages of the INBOX of `ann` go after so many days.
  void retention(int days) {
    var _ =
        ann()
            .change(
                ACTOR,
                draft -> {
                  draft.retain(inbox(), OptionalInt.of(days));
                  return draft;
                });
  }

  /// With the store of this house, as strict as the server's.
  Injector injector(Module module) {
    return Guice.createInjector(
        module,
        binder -> {
          binder.requireExplicitBindings();
          binder.requireAtInjectOnConstructors();
          binder.bind(Logins.class).toInstance(logins);
          binder.bind(Accounts.class).toInstance(accounts);
        });
  }

  /// Puts a message into the INBOX of `ann`; `\n` stays as it is.
  void deliver(String text) {
    deliver(text.getBytes(StandardCharsets.UTF_8));
  }

  void deliver(byte[] bytes) {
    NewEmail email = new NewEmail(write(bytes), "", Flags.NONE, InstantSource.system().instant());
    var _ = ann().change(ACTOR, draft -> OptionalLong.of(draft.append(inbox(), email)));
  }

  /// As another session would.
  void expunge(long uid) {
    var _ = ann().change(ACTOR, draft -> draft.expunge(inbox(), UidSet.of(uid)));
  }

  /// The user stays, the account is gone: what never should be.
  void loseAccountOfBob() {
    AccountId account = directory.user(BOB).orElseThrow().account();
    assertThat(accounts.delete(account)).isTrue();
  }

  /// The UIDs that are in the INBOX of `ann`.
  List<Long> uids() {
    MailboxView view = ann().view(inbox()).orElseThrow();
    return IntStream.range(0, view.size()).mapToObj(view::uid).toList();
  }

  long version() {
    return ann().version();
  }

  Account ann() {
    return accounts.find(directory.user(ANN).orElseThrow().account()).orElseThrow();
  }

  private MailboxId inbox() {
    return ann().find(MailboxName.INBOX).orElseThrow().id();
  }

  private StoredContent write(byte[] bytes) {
    try {
      return contents.write(new ByteArrayInputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    passwords.close();
    accounts.close();
    contents.close();
    engine.close();
  }
}
