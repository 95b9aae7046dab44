package org.posthorn.storage.rocksdb;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.AccountsConfig;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.ConsistencyWalk;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.Cargo;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.keys.Keyring;

/// What is left on the disk of partitions that were erased.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ErasedRowsTest {
  private static final Actor ACTOR = new Actor("ann@example.org", "test", "1");
  private static final Partition ANN = new Partition(Partition.Kind.ACCOUNT, "ann");
  private static final int ROWS = 400;
  private static final int ROW_BYTES = 4_000;

  @TempDir private Path directory;

  @Test
  void erasedRowsLeaveTheDisk() throws IOException {
    byte[] secret = noise(5_001, 48);
    try (RocksEngine engine = open(Duration.ZERO)) {
      put(engine, ANN, "key", secret);
      fill(engine);
      assertThat(isOnDisk(secret)).isTrue();
      engine.erase(ANN);
      await(secret);
      assertOthersAreThere(engine);
      put(engine, ANN, "key", noise(5_002, 48));
      assertThat(engine.head(ANN).version()).isEqualTo(1);
    }
    try (RocksEngine engine = open(Duration.ofHours(1))) {
      assertOthersAreThere(engine);
      assertThat(engine.get(ANN, "key".getBytes(US_ASCII))).contains(noise(5_002, 48));
    }
  }

  @Test
  void theirSpaceComesBack() throws IOException {
    try (RocksEngine engine = open(Duration.ZERO)) {
      fill(engine);
      for (int i = 0; i < ROWS; i++) {
        put(engine, ANN, "row" + i, noise(i, ROW_BYTES));
      }
    }
    long before = bytesOnDisk();
    try (RocksEngine engine = open(Duration.ZERO)) {
      engine.erase(ANN);
      while (bytesOnDisk() > before - ROWS * ROW_BYTES * 9 / 10) {
        Thread.onSpinWait();
      }
      assertOthersAreThere(engine);
    }
  }

  @Test
  void whatAKilledProcessLeftIsDoneAtTheNextStart() throws IOException {
    byte[] secret = noise(5_003, 48);
    try (RocksEngine engine = open(Duration.ofHours(1))) {
      put(engine, ANN, "key", secret);
      fill(engine);
    }
    try (RocksEngine engine = open(Duration.ofHours(1))) {
      engine.erase(ANN);
    }
    assertThat(isOnDisk(secret)).isTrue();
    try (RocksEngine engine = open(Duration.ZERO)) {
      await(secret);
      assertOthersAreThere(engine);
      assertThat(engine.partitions(Partition.Kind.ACCOUNT, Optional.empty(), 10))
          .containsExactly(other(0), other(1));
    }
  }

  @Test
  void manyErasuresShareTheWork() throws IOException {
    try (RocksEngine engine = open(Duration.ofMillis(200))) {
      fill(engine);
      for (int i = 0; i < 100; i++) {
        var one = new Partition(Partition.Kind.ACCOUNT, "many" + i);
        put(engine, one, "key", noise(6_000 + i, 48));
        engine.erase(one);
      }
      for (int i = 0; i < 100; i++) {
        await(noise(6_000 + i, 48));
      }
      assertOthersAreThere(engine);
    }
  }

  @Test
  void theKeyOfADeletedAccountIsGone() throws IOException {
    Path key = directory.resolve("master.key");
    Files.writeString(key, Base64.getEncoder().encodeToString(noise(5_004, 32)));
    try (RocksEngine engine = open(Duration.ZERO)) {
      var contents = new InMemoryContentStore();
      var accounts =
          new Accounts(
              engine,
              contents,
              InstantSource.system(),
              AccountsConfig.defaults(),
              Keyring.open(engine, Optional.of(key)));
      append(accounts, contents, "ann");
      append(accounts, contents, "bob");
      byte[] wrapped = engine.get(ANN, new byte[] {'y'}).orElseThrow();
      byte[] end = Arrays.copyOfRange(wrapped, wrapped.length - 48, wrapped.length);
      assertThat(isOnDisk(end)).isTrue();
      assertThat(accounts.delete(new AccountId("ann"))).isTrue();
      await(end);
      assertThat(
              accounts
                  .verify(new AccountId("bob"), ConsistencyWalk.Depth.ROWS)
                  .orElseThrow()
                  .faults())
          .isEmpty();
      accounts.close();
    }
  }

  private static void append(Accounts accounts, ContentStore contents, String name)
      throws IOException {
    Account account =
        accounts.create(new AccountId(name), ACTOR, new Accounts.NewAccount(name, 0, List.of()));
    MailboxId inbox = account.find(MailboxName.INBOX).orElseThrow().id();
    var content = contents.write(new ByteArrayInputStream(noise(7, 100)));
    long uid =
        account.change(
            ACTOR,
            draft -> draft.append(inbox, new NewEmail(content, "", Flags.NONE, Instant.EPOCH)));
    assertThat(uid).isPositive();
  }

  private RocksEngine open(Duration rest) {
    return RocksEngine.open(
        directory.resolve("rows"), RocksEngineTest.SETTINGS, Cargo.Home.NONE, () -> {}, rest);
  }

  private static Partition other(int number) {
    return new Partition(Partition.Kind.ACCOUNT, number == 0 ? "amy" : "zoe");
  }

  /// Neighbours on both sides.
  private static void fill(RocksEngine engine) {
    for (int i = 0; i < ROWS; i++) {
      put(engine, other(i % 2), "row" + i, noise(i, ROW_BYTES));
    }
  }

  private static void assertOthersAreThere(RocksEngine engine) {
    for (int i = 0; i < ROWS; i++) {
      assertThat(engine.get(other(i % 2), ("row" + i).getBytes(US_ASCII)))
          .contains(noise(i, ROW_BYTES));
    }
  }

  private static void put(RocksEngine engine, Partition partition, String key, byte[] value) {
    var _ =
        engine.commit(
            partition,
            engine.head(partition).version(),
            CommitId.random(),
            new Batch().put(key.getBytes(US_ASCII), value));
  }

  private static byte[] noise(int seed, int bytes) {
    byte[] noise = new byte[bytes];
    new Random(seed).nextBytes(noise);
    return noise;
  }

  private void await(byte[] gone) throws IOException {
    while (isOnDisk(gone)) {
      Thread.onSpinWait();
    }
  }

  private boolean isOnDisk(byte[] bytes) throws IOException {
    String wanted = new String(bytes, ISO_8859_1);
    try (Stream<Path> files = Files.list(directory.resolve("rows"))) {
      for (Path file : files.toList()) {
        if (has(file, wanted)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean has(Path file, String wanted) throws IOException {
    try {
      return Files.isRegularFile(file)
          && new String(Files.readAllBytes(file), ISO_8859_1).contains(wanted);
    } catch (NoSuchFileException _) {
      return false; // Deleted meanwhile.
    }
  }

  private long bytesOnDisk() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("rows"))) {
      long bytes = 0;
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += file.toFile().length();
      }
      return bytes;
    }
  }
}
