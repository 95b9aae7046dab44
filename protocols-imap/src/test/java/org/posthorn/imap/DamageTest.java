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
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.NewUser;
import org.posthorn.storage.directory.Password;
import org.posthorn.storage.directory.Passwords;
import org.posthorn.storage.engine.Engine;

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

  /// With a server that has just started: nothing of what came before is in its memory.
  private void play(String conversation) throws IOException {
    Injector injector =
        Guice.createInjector(
            Stage.PRODUCTION,
            new StorageModule(StorageConfig.defaults(), directory),
            new ImapModule(ImapConfig.defaults()));
    try {
      Directory users = injector.getInstance(Directory.class);
      if (!users.isLocal(Domain.of("example.org"))) {
        users.createDomain(Domain.of("example.org"), DomainSettings.STANDARD);
        users.createUser(
            new NewUser(
                MailAddress.of("ann@example.org"),
                new Password.Clear("secret"),
                OptionalLong.empty(),
                "Ann"));
      }
      Conversation.play(injector.getInstance(ImapServer.class), 8192, START + conversation);
    } finally {
      injector.getInstance(Passwords.class).close();
      injector.getInstance(Accounts.class).close();
      injector.getInstance(ContentStore.class).close();
      injector.getInstance(Engine.class).close();
    }
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
