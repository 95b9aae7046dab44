package org.posthorn.mailets;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestServices;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.spool.Reports;
import org.posthorn.spool.SpooledMessages;
import org.posthorn.spool.returnpath.ForwardingConfig;
import org.posthorn.spool.returnpath.ReturnPaths;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.AccountsConfig;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.LoginsConfig;
import org.posthorn.storage.directory.NewUser;
import org.posthorn.storage.directory.Password;
import org.posthorn.storage.directory.Passwords;
import org.posthorn.storage.directory.SavedDomain;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.memory.InMemoryEngine;

/// A directory and accounts in memory with people and aliases in example.org: `ann`, `bob`, `full`
/// (no room for anything), `gone` (disabled), `info` (ann), `team` (ann, bob and somebody
/// elsewhere), `lost` (nobody), `half` (bob and nobody). Used by one test.
final class MailHouse implements AutoCloseable {
  static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  /// How long a step is repeated.
  static final Duration CHAIN_RETRIES = Duration.ofHours(1);

  private static final Password ANY =
      new Password.Hashed(
          "$argon2id$v=19$m=8192,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  private static final Accounts.NewAccount STANDARD =
      new Accounts.NewAccount("somebody", 0, Accounts.Folder.STANDARD);
  private static final LoginsConfig LOGINS =
      new LoginsConfig(
          Optional.of("example.org"),
          8L << 20,
          1,
          1,
          8,
          Duration.ofMinutes(10),
          5,
          50,
          Duration.ofMinutes(5));

  final WatchedEngine engine = new WatchedEngine(new InMemoryEngine());
  final ContentStore contents = new InMemoryContentStore();
  final InstantSource clock = InstantSource.fixed(NOW);
  final Accounts accounts = new Accounts(engine, contents, clock, AccountsConfig.defaults());
  final Passwords passwords = new Passwords(LOGINS);
  final Directory directory = Directory.open(engine, accounts, passwords);
  final TestServices services = new TestServices();
  final ReturnPaths returnPaths = new ReturnPaths(engine, clock, ForwardingConfig.defaults());
  final Reports reports = new Reports(services, returnPaths, "mail.example.org", clock);

  MailHouse() {
    directory.domains().create(Domain.of("example.org"), DomainSettings.STANDARD);
    user("ann", 0);
    user("bob", 0);
    user("full", 10);
    user("gone", 0);
    directory.setEnabled(address("gone@example.org"), false);
    alias("info", "ann@example.org");
    alias("team", "info@example.org", "bob+team@example.org", "eve@example.net");
    alias("away", "eve@example.net");
    alias("lost", "nobody@example.org");
    alias("half", "bob@example.org", "nobody@example.org");
  }

  Account account(String localPart) {
    User user = directory.user(address(localPart + "@example.org")).orElseThrow();
    return accounts.find(user.account()).orElseThrow();
  }

  void folder(String localPart, String name) {
    var _ =
        account(localPart)
            .change(
                new Actor("test", "test", "1"),
                draft -> draft.create(new MailboxName(name), Optional.empty()));
  }

  /// The texts of all messages in a folder.
  List<String> texts(String localPart, String folder) {
    Account account = account(localPart);
    MailboxInfo info = account.find(new MailboxName(folder)).orElseThrow();
    MailboxView view = account.view(info.id()).orElseThrow();
    List<String> texts = new ArrayList<>();
    for (Email email : account.emails(view, 0, view.size())) {
      try (InputStream in = account.open(email, 0, email.sizeBytes())) {
        texts.add(new String(in.readAllBytes(), UTF_8));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return texts;
  }

  /// A mail from sender@example.net.
  Mail mail(String text, String... recipients) {
    return mail(
        message(text),
        Arrays.stream(recipients).map(MailHouse::address).map(Recipient::of).toList());
  }

  static Mail mail(Message message, List<Recipient> recipients) {
    return new Mail(
        new MailId("m1"),
        Optional.of(address("sender@example.net")),
        recipients,
        message,
        new Origin(Optional.empty(), "client.example", Optional.empty(), "ESMTP", "c1", NOW),
        Map.of());
  }

  Message message(String text) {
    return message(text.replace("\n", "\r\n").getBytes(UTF_8));
  }

  Message message(byte[] bytes) {
    return SpooledMessages.of(contents, bytes);
  }

  /// Gives a user an account in place of the one that there is, as a restore from a backup does.
  void replaceAccount(String localPart) {
    User user = directory.user(address(localPart + "@example.org")).orElseThrow();
    var _ =
        directory
            .users()
            .restore(
                SavedDomain.SavedUser.unknown(user.login(), user.account()),
                user.login(),
                true,
                (account, _) -> {
                  var _ = accounts.create(account, new Actor("test", "test", "1"), STANDARD);
                });
  }

  ToMailbox.Rooms rooms() {
    return new ToMailbox.Rooms(directory, accounts, reports, clock, CHAIN_RETRIES);
  }

  SendingOn sendingOn() {
    return new SendingOn(directory, returnPaths);
  }

  static MailAddress address(String text) {
    return MailAddress.of(text);
  }

  @Override
  public void close() {
    passwords.close();
    accounts.close();
    engine.close();
  }

  private void user(String localPart, long quotaBytes) {
    var _ =
        directory
            .users()
            .create(
                new NewUser(
                    address(localPart + "@example.org"),
                    ANY,
                    quotaBytes == 0 ? OptionalLong.empty() : OptionalLong.of(quotaBytes),
                    ""));
  }

  private void alias(String localPart, String... targets) {
    directory.createAlias(
        address(localPart + "@example.org"),
        Arrays.stream(targets).map(MailHouse::address).toList());
  }
}
