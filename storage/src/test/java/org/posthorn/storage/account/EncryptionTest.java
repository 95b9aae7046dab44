package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.MailId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.content.ContentForm;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.keys.Keyring;
import org.posthorn.storage.queue.Arrival;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueueChange;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.rocksdb.RocksEngine;
import org.posthorn.storage.rocksdb.RocksSettings;

/// Mail that is encrypted on the disk: what is there, who can read it, and what happens without the
/// master key.
final class EncryptionTest {
  private static final String SECRET = "Zyxomma petiolatum at dusk";
  private static final SteppedClock CLOCK = new SteppedClock();

  @TempDir private Path directory;

  /// A store with one account, opened as a server opens it.
  private final class House implements AutoCloseable {
    private final Engine engine =
        RocksEngine.open(
            directory.resolve("rows"),
            new RocksSettings(8 << 20, 4 << 20, Path.of("target", "native")));
    private final Keyring keyring;
    private final SegmentContentStore contents;
    private final Accounts accounts;

    House(Optional<Path> masterKey) {
      this.keyring = keyring(engine, masterKey);
      this.contents =
          SegmentContentStore.openIn(
              directory.resolve("content"),
              new SegmentContentStore.Settings(1 << 20, 64 << 10, 1 << 20, 1 << 20),
              new ContentForm(ContentForm.Compression.NONE, keyring.isOn()),
              CLOCK);
      this.accounts = new Accounts(engine, contents, CLOCK, AccountsConfig.defaults(), keyring);
    }

    private static Keyring keyring(Engine engine, Optional<Path> masterKey) {
      try {
        return Keyring.open(engine, masterKey);
      } catch (StorageUnavailable e) {
        engine.close();
        throw e;
      }
    }

    Account create(String name) {
      return accounts.create(
          new AccountId(name),
          AccountHouse.ACTOR,
          new Accounts.NewAccount(name, QuotaLimits.NONE, Accounts.Folder.STANDARD));
    }

    Account account(String name) {
      return accounts.find(new AccountId(name)).orElseThrow();
    }

    StoredContent write(String more) throws IOException {
      String text = "Subject: " + SECRET + "\r\n\r\n" + SECRET + more + "\r\n";
      return contents.write(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    void append(Account account, String more) throws IOException {
      var letter =
          new NewEmail(write(more), "X-Prefix: " + SECRET + "\r\n", Flags.NONE, Instant.EPOCH);
      MailboxId inbox = account.find(MailboxName.INBOX).orElseThrow().id();
      long uid = account.change(AccountHouse.ACTOR, draft -> draft.append(inbox, letter));
      assertThat(uid).isPositive();
    }

    byte[] row(byte[] key) {
      return engine.get(Rows.partition(new AccountId("ann")), key).orElseThrow();
    }

    void put(byte[] key, byte[] value) {
      change(new Batch().put(key, value));
    }

    void change(Batch rows) {
      Partition ann = Rows.partition(new AccountId("ann"));
      var _ = engine.commit(ann, engine.head(ann).version(), CommitId.random(), rows);
    }

    /// All emails of the inbox are whole, and so is all else.
    void check(String name, int messages) throws IOException {
      Account account = account(name);
      MailboxView view =
          account.view(account.find(MailboxName.INBOX).orElseThrow().id()).orElseThrow();
      List<Email> emails = account.emails(view, 0, view.size());
      assertThat(emails).hasSize(messages);
      for (Email email : emails) {
        assertThat(email.structure().envelope().subject()).contains(SECRET);
        try (var in = account.open(email, 0, email.sizeBytes())) {
          assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
              .startsWith("X-Prefix: " + SECRET)
              .contains("\r\n\r\n" + SECRET);
        }
      }
      assertThat(accounts.verify(account.id(), ConsistencyWalk.Depth.BYTES).orElseThrow().faults())
          .isEmpty();
    }

    @Override
    public void close() {
      accounts.close();
      contents.close();
      engine.close();
    }
  }

  @Test
  void nothingOfAMessageIsOnTheDiskInClear() throws IOException {
    Optional<Path> key = Optional.of(key("master"));
    try (var house = new House(key)) {
      Account ann = house.create("ann");
      house.append(ann, "");
      house.append(ann, "x".repeat(100_000));
      house.check("ann", 2);
      var queue = new QueueStore(house.engine, house.keyring);
      MailForm form =
          new MailForm(
              0, Optional.empty(), house.write("q").id(), SECRET, List.of(), Map.of("a", SECRET));
      queue.change(new QueueChange(new MailId("m1")).accept(arrival(), form));
      assertThat(new QueueStore(house.engine, house.keyring).find(new MailId("m1")).orElseThrow())
          .satisfies(mail -> assertThat(mail.forms()).containsExactly(form));
    }
    try (var house = new House(key)) {
      house.check("ann", 2);
    }
    try (var files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
            .as("%s", file)
            .doesNotContain(SECRET);
      }
    }
  }

  @Test
  void accessKeysAreSealed() throws IOException {
    Optional<Path> key = Optional.of(key("master"));
    AccountId ann = new AccountId("ann");
    String token;
    MailboxId inbox;
    try (var house = new House(key)) {
      Account account = house.create("ann");
      MailboxId found = account.find(MailboxName.INBOX).orElseThrow().id();
      AccessKey made =
          account.change(AccountHouse.ACTOR, draft -> draft.accessKey(ann, found, false));
      byte[] row = house.row(Keys.accessKey(new AccessKey.Place("ann", found.value())));
      assertThat(row).hasSizeGreaterThan(AccessKey.BYTES + 1);
      assertThat(new String(row, StandardCharsets.ISO_8859_1))
          .doesNotContain(new String(made.secret(), StandardCharsets.ISO_8859_1));
      token = made.token("url");
      inbox = found;
    }
    try (var house = new House(key)) {
      assertThat(house.account("ann").accessKey(ann, inbox).orElseThrow().proves("url", token))
          .isTrue();
      house.check("ann", 0);
    }
  }

  @Test
  void whatWasThereBeforeStaysReadableAndCopiesNeedNothingNew() throws IOException {
    try (var house = new House(Optional.empty())) {
      house.append(house.create("ann"), "before");
    }
    Optional<Path> key = Optional.of(key("master"));
    for (int round = 1; round < 3; round++) {
      try (var house = new House(key)) {
        house.check("ann", round);
        house.append(house.account("ann"), "round " + round);
        house.check("ann", round + 1);
      }
    }
  }

  @Test
  void withoutTheRightMasterKeyNothingStarts() throws IOException {
    Path key = key("master");
    try (var house = new House(Optional.of(key))) {
      house.append(house.create("ann"), "");
    }
    assertThatThrownBy(() -> new House(Optional.empty()))
        .isInstanceOf(StorageUnavailable.class)
        .hasMessageContaining("set storage.encryption.master-key-file");
    assertThatThrownBy(() -> new House(Optional.of(key("other"))))
        .isInstanceOf(StorageUnavailable.class)
        .hasMessageContaining("is encrypted with the master key")
        .hasMessageContaining("set storage.encryption.master-key-file to its file");
    assertThatThrownBy(() -> new House(Optional.of(directory.resolve("gone"))))
        .isInstanceOf(StorageUnavailable.class)
        .hasMessageContaining("There is no master key file " + directory.resolve("gone"))
        .hasMessageContaining("a relative name is in the data directory")
        .hasMessageContaining("put the file back");
    Path odd = Files.writeString(directory.resolve("odd"), "no key\n");
    assertThatThrownBy(() -> new House(Optional.of(odd)))
        .isInstanceOf(StorageUnavailable.class)
        .hasMessageContaining("is no master key file");
    try (var house = new House(Optional.of(key))) {
      house.check("ann", 1);
    }
  }

  @Test
  void aRotationNamesTheAccountThatCannotBeReadAndWrapsTheOthers() throws IOException {
    Path before = key("before");
    Path after = key("after");
    byte[] mailbox = Keys.mailbox(1);
    byte[] sound;
    try (var house = new House(Optional.of(before))) {
      for (String name : List.of("ann", "bob", "cid")) {
        house.append(house.create(name), name);
      }
      sound = house.row(mailbox);
      house.put(mailbox, new byte[] {1});
    }
    try (var house = new House(Optional.of(before))) {
      house.keyring.beginRotation(after);
      assertThatThrownBy(() -> house.accounts.rewrapKeys(_ -> {}))
          .isInstanceOf(StorageUnavailable.class)
          .hasMessageContaining("ann")
          .hasMessageContaining("posthorn verify");
      assertThat(house.account("bob").rewrapKey()).isFalse();
      assertThat(house.account("cid").rewrapKey()).isFalse();
      house.put(mailbox, sound);
      assertThat(house.accounts.rewrapKeys(_ -> {})).isEqualTo(1);
    }
  }

  @Test
  void aRotationMayBeInterruptedAnywhereAndThenNeedsTheNewFileOnly() throws IOException {
    Path before = key("before");
    Path after = key("after");
    try (var house = new House(Optional.of(before))) {
      for (String name : List.of("ann", "bob", "cid")) {
        house.append(house.create(name), name);
      }
      house.keyring.beginRotation(after);
      assertThat(house.account("ann").rewrapKey()).isTrue();
    }
    for (Path configured : List.of(before, after)) {
      try (var house = new House(Optional.of(configured))) {
        for (String name : List.of("ann", "bob", "cid")) {
          house.check(name, 1);
        }
        assertThatThrownBy(() -> house.keyring.beginRotation(key("third")))
            .hasMessageContaining("is not finished");
        house.keyring.beginRotation(after);
        assertThat(house.account("ann").rewrapKey()).isFalse();
      }
    }
    try (var house = new House(Optional.of(before))) {
      house.keyring.beginRotation(after);
      assertThat(house.accounts.rewrapKeys(_ -> {})).isEqualTo(2);
      assertThat(house.accounts.rewrapKeys(_ -> {})).isZero();
      house.keyring.endRotation();
    }
    assertThatThrownBy(() -> new House(Optional.of(before)))
        .hasMessageContaining("set storage.encryption.master-key-file to " + after);
    Files.delete(before);
    try (var house = new House(Optional.of(after))) {
      for (String name : List.of("ann", "bob", "cid")) {
        house.check(name, 1);
        house.append(house.account(name), "more");
      }
    }
  }

  @Test
  void sealedEmailsAreForgottenAndCountedAsOthersAre() throws IOException {
    try (var house = new House(Optional.of(key("master")))) {
      Account ann = house.create("ann");
      house.append(ann, "stays");
      house.append(ann, "goes");
      MailboxId inbox = ann.find(MailboxName.INBOX).orElseThrow().id();
      var _ = ann.change(AccountHouse.ACTOR, draft -> draft.expunge(inbox, UidSet.range(2, 2)));
      assertThat(house.accounts.space(ann.id(), true).orElseThrow().historyEmails()).isEqualTo(1);
      CLOCK.forward(Duration.ofDays(400));
      var keeping = new Keeping(Duration.ofDays(30), Duration.ZERO, Duration.ZERO);
      assertThat(house.accounts.upkeep(ann.id(), keeping, () -> true).emailsForgotten())
          .isEqualTo(1);
      house.check("ann", 1);
    }
  }

  @Test
  void aRepairSealsWhatItWritesAndLeavesWhatItCannotOpen() throws IOException {
    Optional<Path> key = Optional.of(key("master"));
    byte[] wrapped;
    try (var house = new House(key)) {
      Account ann = house.create("ann");
      house.append(ann, "whole");
      house.append(ann, "damaged");
      assertThat(house.accounts.repair(ann.id(), "ann")).hasValue(List.of());
      byte[] row = house.row(Keys.email(2));
      house.put(Keys.email(2), Arrays.copyOf(row, row.length - 1));
      wrapped = house.row(Keys.KEY);
      house.put(Keys.KEY, new byte[] {1, 1});
    }
    try (var house = new House(key)) {
      var ann = new AccountId("ann");
      assertThatThrownBy(() -> house.accounts.repair(ann, "ann"))
          .isInstanceOf(StorageUnavailable.class);
      house.change(new Batch().delete(Keys.KEY));
      assertThatThrownBy(() -> house.accounts.repair(ann, "ann"))
          .hasMessageContaining("from a backup");
      assertThat(house.row(Keys.email(1))).isNotEmpty();
      house.put(Keys.KEY, wrapped);
    }
    try (var house = new House(key)) {
      assertThat(house.accounts.repair(new AccountId("ann"), "ann").orElseThrow())
          .anyMatch(what -> what.contains("was set aside"));
      house.check("ann", 1);
    }
  }

  private static Arrival arrival() {
    return new Arrival(
        Optional.empty(),
        "helo",
        Optional.empty(),
        "smtp",
        "1",
        Instant.EPOCH,
        false,
        false,
        Optional.empty(),
        Optional.empty());
  }

  private Path key(String name) throws IOException {
    byte[] key = new byte[32];
    new java.util.Random(name.hashCode()).nextBytes(key);
    return Files.writeString(
        directory.resolve(name), Base64.getEncoder().encodeToString(key) + "\n");
  }
}
