package org.posthorn.imap;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.inject.Binder;
import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Provider;
import com.google.inject.Singleton;
import com.google.inject.Stage;
import com.google.inject.util.Modules;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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
import org.posthorn.storage.content.FaultyDisk;
import org.posthorn.storage.content.SegmentContentStore;
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

  private final FaultyDisk disk = new FaultyDisk();

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
    damage("DAMAGED");
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

  /// A structure that is so long lies with the content, and is damaged with it.
  @Test
  void othersAreServedWhereTheStructureOfOneIsDamaged() throws IOException {
    String message = "Subject: long\nTo: %s\nCc: %<s\n\nsound".formatted(addresses());
    String appended = message.replace("\n", "\r\n");
    play(
        """
        C: a APPEND INBOX {%d+}
        %s
        C: b APPEND INBOX {%d+}
        C: Subject: short
        C:
        C: sound
        S: ~a OK .*
        S: ~b OK .*
        """
            .formatted(
                appended.length(),
                message.lines().map(line -> "C: " + line).collect(Collectors.joining("\n")),
                "Subject: short\r\n\r\nsound".length()));
    damage("PHT2");
    play(
        """
        C: s SELECT INBOX
        S: ...
        S: s OK [READ-WRITE] Selected
        C: a FETCH 1:2 (UID ENVELOPE)
        S: ~\\* 2 FETCH \\(UID 2 ENVELOPE .*
        S: a NO [CORRUPTION] Some messages could not be read
        C: b FETCH 1:2 (UID PREVIEW)
        S: * 2 FETCH (UID 2 PREVIEW "sound")
        S: b NO [CORRUPTION] Some messages could not be read
        C: c FETCH 1:2 (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])
        S: * 2 FETCH (UID 2 BODY[HEADER.FIELDS (SUBJECT)] {18}
        S: Subject: short
        S:
        S: )
        S: c NO [CORRUPTION] Some messages could not be read
        C: d FETCH 1 (UID BODY.PEEK[HEADER] BINARY.SIZE[])
        S: d NO [CORRUPTION] Some messages could not be read
        C: e FETCH 1:2 (UID RFC822.SIZE)
        S: ~\\* 1 FETCH .*
        S: ~\\* 2 FETCH .*
        S: e OK Fetched
        C: f SORT (DATE) UTF-8 ALL
        S: * SORT 1 2
        S: f OK Sorted
        C: g SEARCH SUBJECT short
        S: * SEARCH 2
        S: g OK Searched
        C: h APPEND INBOX CATENATE (URL "/INBOX/;UID=1/;SECTION=HEADER" TEXT {5+}
        C: sound)
        S: h NO [CORRUPTION] A message could not be read
        C: i NOOP
        S: i OK Done
        """);
  }

  @Test
  void whatCannotBeReadIsNotFound() throws IOException {
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
    damage("DAMAGED");
    play(
        """
        C: s SELECT INBOX
        S: ...
        S: s OK [READ-WRITE] Selected
        C: a SEARCH BODY sound
        S: * SEARCH 2
        S: a OK Searched
        C: b SEARCH NOT BODY missing
        S: * SEARCH 2
        S: b OK Searched
        C: c SEARCH RETURN (ALL UPDATE) TEXT sound
        S: * ESEARCH (TAG "c") ALL 2
        S: c OK Searched
        C: d STORE 1:2 +FLAGS.SILENT ($Mine)
        S: ...
        S: d OK Stored
        C: e SEARCH KEYWORD $Mine FUZZY TEXT sound
        S: * SEARCH 2
        S: e OK Searched
        C: f APPEND INBOX CATENATE (URL "/INBOX/;UID=1" TEXT {5+}
        C: sound)
        S: f NO [CORRUPTION] A message could not be read
        C: g NOOP
        S: g OK Done
        """);
  }

  @Test
  void whatTheDiskCannotReadKeepsNobodyFromTheOthers() throws IOException {
    play(
        """
        C: a APPEND INBOX {13+}
        C: A: b
        C:
        C: sound
        C: b APPEND INBOX {18+}
        C: A: b
        C:
        C: UNREADABLE
        S: ~a OK .*
        S: ~b OK .*
        """);
    Found there = find("UNREADABLE");
    disk.badSectors(there.file, there.at, there.at + 1);
    play(
        """
        C: s SELECT INBOX
        S: ...
        S: s OK [READ-WRITE] Selected
        C: a FETCH 1:2 (UID BODY.PEEK[])
        S: * 1 FETCH (UID 1 BODY[] {13}
        S: A: b
        S:
        S: sound)
        S: a NO [CORRUPTION] Some messages could not be read
        C: b SEARCH NOT BODY missing
        S: * SEARCH 1
        S: b OK Searched
        C: c APPEND INBOX CATENATE (URL "/INBOX/;UID=2" TEXT {5+}
        C: sound)
        S: c NO [CORRUPTION] A message could not be read
        C: d FETCH 1:2 (UID BODY.PEEK[HEADER.FIELDS (A)])
        S: * 1 FETCH (UID 1 BODY[HEADER.FIELDS (A)] {8}
        S: A: b
        S:
        S: )
        S: d NO [CORRUPTION] Some messages could not be read
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
            Modules.override(new StorageModule(StorageConfig.defaults(), directory))
                .with(this::bindContents),
            new ImapModule(ImapConfig.defaults()));
    try {
      Directory users = injector.getInstance(Directory.class);
      if (!users.isLocal(Domain.of("example.org"))) {
        users.domains().create(Domain.of("example.org"), DomainSettings.STANDARD);
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

  /// Behind the engine, which looks first whether all parts of the store are there.
  private void bindContents(Binder binder) {
    Provider<Engine> engine = binder.getProvider(Engine.class);
    binder
        .bind(ContentStore.class)
        .toProvider(() -> {
          Objects.requireNonNull(engine.get());
          return contents();
        })
        .in(Singleton.class);
  }

  private ContentStore contents() {
    return SegmentContentStore.openIn(
        disk.at(directory.resolve("content")),
        new SegmentContentStore.Settings(1 << 20, 256 << 10, 8 << 20, 1 << 20),
        InstantSource.system());
  }

  private static void create(Injector server, String address) {
    var wanted =
        new NewUser(
            MailAddress.of(address), new Password.Clear("secret"), OptionalLong.empty(), "");
    var _ = server.getInstance(Directory.class).users().create(wanted);
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

  private static String addresses() {
    return IntStream.range(0, 600)
        .mapToObj(i -> "reader-" + i + "@example.net")
        .collect(Collectors.joining(",\n "));
  }

  private record Found(Path file, long at) {}

  /// A text that stands on the disk once.
  private Found find(String text) throws IOException {
    var found = new ArrayList<Found>();
    try (var files = Files.walk(directory.resolve("content"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
        if (at >= 0) {
          found.add(new Found(file, at));
        }
      }
    }
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  /// Its first byte.
  private void damage(String text) throws IOException {
    Found found = find(text);
    try (var channel = FileChannel.open(found.file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {'d'}), found.at);
    }
  }
}
