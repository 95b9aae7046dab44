package org.posthorn.imap;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Stage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.net.Conversation;
import org.posthorn.storage.StorageConfig;
import org.posthorn.storage.StorageModule;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.Rights;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.NewUser;
import org.posthorn.storage.directory.Password;
import org.posthorn.storage.directory.Passwords;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.share.Identifier;
import org.posthorn.storage.share.Sharing;

/// A disk that has changed bytes: the message is named, the others are served.
class DamageTest {
  @TempDir private Path directory;

  private static final String START =
      "S: ~.* OK .*\nC: l LOGIN ann@example.org secret\nS: ~l OK .*\n";

  @Test
  void servesWhatCanBeReadAndSaysWhatCannot() throws IOException {
    play(
        """
        C: a APPEND INBOX {15+}
        C: A: b
        C:
        C: DAMAGED
        C: b APPEND INBOX {13+}
        C: A: b
        C:
        C: sound
        S: ~a OK .*
        S: ~b OK .*
        """);
    damage();
    play(
        """
        C: s SELECT INBOX
        S: ...
        S: s OK [READ-WRITE] Selected
        C: a FETCH 1:2 (UID BODY.PEEK[])
        S: * 2 FETCH (UID 2 BODY[] {13}
        S: A: b
        S:
        S: sound)
        S: a NO [CORRUPTION] Some messages could not be read
        C: b FETCH 1 (UID ENVELOPE RFC822.SIZE)
        S: ~\\* 1 FETCH \\(UID 1 ENVELOPE .*
        S: b OK Fetched
        """);
  }

  /// An account that cannot be opened hides what it shares, and nothing else.
  @Test
  void othersAreListedWhereOneThatSharesIsDamaged() throws IOException {
    serve(server -> {
      create(server, "bob@example.org");
      create(server, "cyd@example.org");
      share(server, "bob@example.org");
      share(server, "cyd@example.org");
    });
    serve(server -> tearMailbox(server, "bob@example.org"));
    play(
        """
        C: a LIST "" "Other Users/*"
        S: * LIST (\\\\Noselect \\\\HasChildren) "/" "Other Users/cyd"
        S: * LIST (\\\\HasNoChildren) "/" "Other Users/cyd/Archive"
        S: a OK Listed
        C: b LSUB "" "*"
        S: ...
        S: b OK Listed
        C: c NOTIFY SET (SUBTREE "Other Users" (MessageNew MessageExpunge MailboxName))
        S: c OK As you wish
        """);
  }

  /// With a server that has just started: nothing of what came before is in its memory.
  private void play(String conversation) throws IOException {
    serve(server ->
        Conversation.play(server.getInstance(ImapServer.class), 8192, START + conversation));
  }

  private interface Work {
    void with(Injector server) throws IOException;
  }

  private void serve(Work work) throws IOException {
    Injector injector =
        Guice.createInjector(
            Stage.PRODUCTION,
            new StorageModule(StorageConfig.defaults(), directory),
            new ImapModule(ImapConfig.defaults()));
    try {
      Directory users = injector.getInstance(Directory.class);
      if (!users.isLocal(Domain.of("example.org"))) {
        users.createDomain(Domain.of("example.org"), DomainSettings.STANDARD);
        create(injector, "ann@example.org");
      }
      work.with(injector);
    } finally {
      injector.getInstance(Passwords.class).close();
      injector.getInstance(Accounts.class).close();
      injector.getInstance(ContentStore.class).close();
      injector.getInstance(Engine.class).close();
    }
  }

  private static void create(Injector server, String address) {
    var wanted =
        new NewUser(
            MailAddress.of(address), new Password.Clear("secret"), OptionalLong.empty(), "");
    var _ = server.getInstance(Directory.class).createUser(wanted);
  }

  private static void share(Injector server, String owner) {
    User user = user(server, owner);
    Account account = server.getInstance(Accounts.class).find(user.account()).orElseThrow();
    server
        .getInstance(Sharing.class)
        .change(
            account,
            account.find(new MailboxName("Archive")).orElseThrow().id(),
            Identifier.parse("anyone", Domain.of("example.org")),
            Sharing.Mode.REPLACE,
            Rights.parse("lrs"),
            new Actor("test", "test", ""));
  }

  private static User user(Injector server, String address) {
    return server.getInstance(Directory.class).user(MailAddress.of(address)).orElseThrow();
  }

  private static void tearMailbox(Injector server, String owner) {
    Engine engine = server.getInstance(Engine.class);
    var partition = new Partition(Partition.Kind.ACCOUNT, user(server, owner).account().value());
    var _ =
        engine.commit(
            partition,
            engine.head(partition).version(),
            CommitId.random(),
            new Batch().put(new byte[] {'b', 0, 0, 0, 1}, new byte[] {1}));
  }

  private void damage() throws IOException {
    int damaged = 0;
    try (var files = Files.walk(directory.resolve("content"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("DAMAGED");
        if (at >= 0) {
          try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {'d'}), at);
          }
          damaged++;
        }
      }
    }
    assertThat(damaged).isEqualTo(1);
  }
}
