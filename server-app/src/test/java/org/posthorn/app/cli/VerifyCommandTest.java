package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.PosthornServer;
import org.posthorn.app.cli.InProcess.Result;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.rocksdb.RocksEngine;
import org.posthorn.storage.rocksdb.RocksSettings;

/// `posthorn verify` and its repair, asked of a running server whose rows were damaged before.
@Timeout(120)
class VerifyCommandTest {
  private static final String ANN = "ann@example.org";
  private static final String BOB = "bob@example.org";
  private static final List<String> SETTINGS = InProcess.settings();

  @TempDir Path temp;

  @Test
  void namesWhatIsDamagedAndRepairsItWhileTheServerRuns() throws IOException {
    try (PosthornServer _ = start()) {
      Path password = Files.writeString(temp.resolve("password"), "secret\n");
      run("domain", "add", "example.org");
      run("user", "add", ANN, "--password-file", password.toString());
      for (int i = 0; i < 3; i++) {
        Path mail = Files.writeString(temp.resolve(i + ".eml"), "Subject: " + i + "\r\n\r\nx\r\n");
        assertThat(run("import", "eml", mail.toString(), "--user", ANN).err()).isEmpty();
      }
      assertThat(run("verify").out()).contains("3 messages walked: all is well");
      assertThat(run("verify", "--json").out()).contains("\"messagesTotal\":3");
    }
    damage(Partition.Kind.ACCOUNT, (byte) 'p');
    damage(Partition.Kind.DOMAIN, (byte) 'u');
    try (PosthornServer _ = start()) {
      Result found = run("verify");
      assertThat(found.status()).isEqualTo(1);
      assertThat(found.out())
          .contains("the row of user ann is damaged", "Row 70")
          .contains("posthorn verify LOGIN --repair", "posthorn backup restore FOLDER LOGIN --as");
      assertThat(run("user", "list").out()).doesNotContain("ann");
      assertThat(run("space").out()).contains(": rows that are damaged and not counted: 1\n");
      assertThat(run("verify", "--repair").out())
          .contains("the user was made anew from the account", "was set aside");
      assertThat(run("verify").out()).contains("all is well");
      assertThat(run("history", ANN, "--limit", "1").out()).contains("repaired the account");
      assertThat(run("verify", ANN, "--deep").status()).isZero();
    }
  }

  @Test
  void anAccountThatCannotBeReadKeepsNobodyFromTheSpaceOfTheOthers() throws IOException {
    try (PosthornServer _ = start()) {
      Path password = Files.writeString(temp.resolve("password"), "secret\n");
      run("domain", "add", "example.org");
      run("user", "add", ANN, "--password-file", password.toString());
      run("user", "add", BOB, "--password-file", password.toString());
    }
    damage(Partition.Kind.ACCOUNT, (byte) 'm');
    try (PosthornServer _ = start()) {
      Result space = run("space");
      assertThat(space.err()).isEmpty();
      assertThat(space.out())
          .contains(ANN, BOB, "A row of 1 bytes is damaged", "posthorn verify")
          .contains("On disk: ");
    }
  }

  /// All that was in the file of contents is zeroes.
  @Test
  void namesEachMessageWhoseRecordIsDamagedInEachAccount() throws IOException {
    try (PosthornServer _ = start()) {
      Path password = Files.writeString(temp.resolve("password"), "secret\n");
      run("domain", "add", "example.org");
      for (String login : List.of(ANN, BOB)) {
        run("user", "add", login, "--password-file", password.toString());
        Path mail = Files.writeString(temp.resolve("mail"), "Subject: " + login + "\r\n\r\nx\r\n");
        assertThat(run("import", "eml", mail.toString(), "--user", login).err()).isEmpty();
      }
    }
    zeroContents();
    try (PosthornServer _ = start()) {
      Result found = run("verify");
      assertThat(found.out())
          .contains(ANN + "  Content", BOB + "  Content", "2 messages walked: 2 problems");
      assertThat(found.status()).isEqualTo(1);
    }
  }

  /// All messages in it are served all the same.
  @Test
  void namesAFileOfMessagesWhoseFirstBytesAreDamaged() throws IOException {
    try (PosthornServer _ = start()) {
      Path password = Files.writeString(temp.resolve("password"), "secret\n");
      run("domain", "add", "example.org");
      run("user", "add", ANN, "--password-file", password.toString());
      Path mail = Files.writeString(temp.resolve("mail"), "Subject: x\r\n\r\nx\r\n");
      assertThat(run("import", "eml", mail.toString(), "--user", ANN).err()).isEmpty();
      assertThat(run("status", "--json").out()).contains("\"damagedFiles\" : [ ]");
    }
    Path segment = temp.resolve("data/store/content/segments/0000000.segment");
    try (FileChannel file = FileChannel.open(segment, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.allocate(8), 0);
    }
    String named = segment.getFileName() + " are damaged";
    assertThat(run("verify", "--deep").out()).as("stopped").contains(named, "walked: 1 problem");
    try (PosthornServer _ = start()) {
      Result found = run("verify", "--deep");
      assertThat(found.status()).isEqualTo(1);
      assertThat(found.out()).contains(named, "1 message walked: 1 problem");
      assertThat(run("status").out()).contains(named);
      assertThat(run("verify", ANN, "--deep").status()).isZero();
    }
  }

  private void zeroContents() throws IOException {
    Path segment = temp.resolve("data/store/content/segments/0000000.segment");
    try (FileChannel file = FileChannel.open(segment, StandardOpenOption.WRITE)) {
      int header = 28;
      file.write(ByteBuffer.allocate((int) file.size() - header), header);
    }
  }

  /// The first row of a kind loses all but its first byte.
  private void damage(Partition.Kind kind, byte letter) {
    Path store = temp.resolve("data/store");
    var settings = new RocksSettings(8 << 20, 4 << 20, store.resolve("native"));
    try (Engine engine = RocksEngine.open(store.resolve("rows"), settings)) {
      Partition partition = engine.partitions(kind, Optional.empty(), 1).getFirst();
      Page.Row row =
          engine
              .scan(
                  partition,
                  new byte[] {letter},
                  new byte[] {(byte) (letter + 1)},
                  1,
                  false,
                  Optional.empty())
              .rows()
              .getFirst();
      var _ =
          engine.commit(
              partition,
              engine.head(partition).version(),
              CommitId.random(),
              new Batch().put(row.key(), Arrays.copyOf(row.value(), 1)));
    }
  }

  private PosthornServer start() throws IOException {
    return PosthornServer.start(temp.resolve("data"), new ConfigSource(Optional.empty(), SETTINGS));
  }

  private Result run(String... arguments) {
    return InProcess.run(temp.resolve("data"), arguments);
  }
}
