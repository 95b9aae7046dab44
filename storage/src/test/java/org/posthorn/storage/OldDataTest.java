package org.posthorn.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.account.UidSet;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.LoginResult;
import org.posthorn.storage.directory.Logins;
import org.posthorn.storage.directory.LoginsConfig;
import org.posthorn.storage.directory.Passwords;
import org.posthorn.storage.directory.Peer;
import org.posthorn.storage.directory.Service;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.rocksdb.RocksEngine;
import org.posthorn.storage.rocksdb.RocksSettings;

/// What an older program wrote is read by every later one, for ever: `old-data/first.zip` is the
/// store as the first form of all rows and contents left it, with 26 messages in ann's INBOX. It is
/// never made anew; a new form gets an archive of its own beside it.
final class OldDataTest {
  private static final Actor ACTOR = new Actor("ann@example.org", "test", "1");

  @TempDir private Path home;

  @BeforeEach
  void unpack() throws IOException {
    try (InputStream archive =
            Objects.requireNonNull(OldDataTest.class.getResourceAsStream("/old-data/first.zip"));
        var zip = new ZipInputStream(archive)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path file = home.resolve(entry.getName());
        if (entry.isDirectory()) {
          Files.createDirectories(file);
        } else {
          Files.createDirectories(file.resolveSibling("."));
          Files.copy(zip, file);
        }
      }
    }
  }

  /// The store as it is opened by a server.
  private static final class House implements AutoCloseable {
    private final Engine engine;
    private final SegmentContentStore contents;
    private final Passwords passwords = new Passwords(LoginsConfig.defaults());
    private final Accounts accounts;
    private final Directory directory;

    House(Path home) {
      Path store = home.resolve("store");
      engine =
          RocksEngine.open(
              store.resolve("rows"),
              new RocksSettings(8 << 20, 4 << 20, Path.of("target", "native")));
      contents =
          SegmentContentStore.openIn(
              store.resolve("content"),
              new SegmentContentStore.Settings(64 << 20, 256 << 10, 4 << 20, 1 << 20),
              InstantSource.system());
      accounts = new Accounts(engine, contents, InstantSource.system(), AccountsConfig.defaults());
      directory = Directory.open(engine, accounts, passwords);
    }

    Account account(String login) {
      return accounts
          .find(directory.user(MailAddress.of(login)).orElseThrow().account())
          .orElseThrow();
    }

    MailboxView view(String login, String mailbox) {
      Account account = account(login);
      MailboxInfo info = account.find(new MailboxName(mailbox)).orElseThrow();
      return account.view(info.id()).orElseThrow();
    }

    List<String> texts(String login, String mailbox) throws IOException {
      Account account = account(login);
      MailboxView view = view(login, mailbox);
      var texts = new ArrayList<String>();
      for (Email email : account.emails(view, 0, view.size())) {
        try (InputStream in = account.open(email, 0, email.sizeBytes())) {
          texts.add(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
        assertThat(email.structure().sizeBytes()).isEqualTo(texts.getLast().length());
      }
      assertThat(texts).hasSize(view.size());
      return texts;
    }

    void checkFaultless() {
      for (AccountId id : accounts.list(Optional.empty(), 100)) {
        assertThat(accounts.verify(id, ConsistencyWalk.Depth.BYTES).orElseThrow().faults())
            .isEmpty();
      }
      assertThat(directory.inspect().mismatches()).isEmpty();
    }

    @Override
    public void close() {
      passwords.close();
      accounts.close();
      contents.close();
      engine.close();
    }
  }

  @Test
  void everyMessageIsThereAndEveryByteIsRight() throws IOException {
    try (var house = new House(home)) {
      List<String> inbox = house.texts("ann@example.org", "INBOX");
      assertThat(inbox).hasSize(26);
      assertThat(inbox.getFirst()).contains("Subject: Letter number 0", "This is letter 0.");
      MailboxView view = house.view("ann@example.org", "INBOX");
      assertThat(IntStream.range(0, 5).mapToObj(view::flags)).allMatch(Flags::seen);
      assertThat(view.flags(2).toString()).contains("$Label1", "urgent");
      assertThat(house.texts("ann@example.org", "Work/2026")).hasSize(3);
      assertThat(house.texts("ann@example.org", "Trash")).hasSize(3);
      assertThat(house.texts("ann@example.org", "Drafts")).hasSize(1);
      List<String> bobs = house.texts("bob@example.org", "INBOX");
      assertThat(bobs).hasSize(2);
      assertThat(bobs).anyMatch(text -> text.length() > 320_000);
      assertThat(house.account("ann@example.org").history(0, 1_000)).isNotEmpty();
      assertThat(house.directory.aliases(house.directory.domains().all().getFirst().domain()))
          .hasSize(1);
      house.checkFaultless();
    }
  }

  @Test
  void thePasswordIsStillRight() throws IOException {
    try (var house = new House(home)) {
      var logins =
          new Logins(
              house.directory, house.passwords, LoginsConfig.defaults(), InstantSource.system());
      var here = new Peer(Service.IMAP, InetAddress.getLoopbackAddress());
      assertThat(logins.check("ann@example.org", "wonderland", here))
          .isInstanceOf(LoginResult.Welcome.class);
      assertThat(logins.check("ann@example.org", "looking-glass", here))
          .isInstanceOf(LoginResult.Refused.class);
    }
  }

  @Test
  void itIsChangedAsIfItWereNew() throws IOException {
    try (var house = new House(home)) {
      Account ann = house.account("ann@example.org");
      MailboxInfo inbox = ann.find(MailboxName.INBOX).orElseThrow();
      MailboxInfo trash = ann.find(new MailboxName("Trash")).orElseThrow();
      MailboxView view = ann.view(inbox.id()).orElseThrow();
      var letter =
          new NewEmail(
              house.contents.write(
                  new ByteArrayInputStream(
                      "Subject: new\r\n\r\nHello\r\n".getBytes(StandardCharsets.UTF_8))),
              "",
              Flags.NONE,
              Instant.parse("2026-11-27T08:00:00Z"));
      var _ =
          ann.change(
              ACTOR,
              draft -> {
                draft.append(inbox.id(), letter);
                draft.store(
                    inbox.id(),
                    UidSet.of(view.uid(0)),
                    FlagChange.ADD,
                    Flags.of("again"),
                    OptionalLong.empty());
                return draft.move(inbox.id(), UidSet.of(view.uid(1)), trash.id());
              });
      var _ = ann.change(ACTOR, draft -> draft.expunge(inbox.id(), UidSet.of(view.uid(2))));
    }
    try (var house = new House(home)) {
      assertThat(house.texts("ann@example.org", "INBOX"))
          .hasSize(25)
          .last()
          .asString()
          .contains("Hello");
      assertThat(house.texts("ann@example.org", "Trash")).hasSize(4);
      house.checkFaultless();
    }
  }
}
