package org.posthorn.storage.directory;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.AccountsConfig;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.SteppedClock;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;

/// A directory with accounts, for tests. Used by one test.
final class DirectoryHouse implements AutoCloseable {
  /// Cheap hashes.
  static final LoginsConfig CONFIG =
      new LoginsConfig(
          Optional.of("example.org"),
          8L << 20,
          1,
          2,
          8,
          Duration.ofMinutes(10),
          5,
          50,
          Duration.ofMinutes(5),
          List.of(Mechanism.PLAIN, Mechanism.LOGIN, Mechanism.SCRAM_SHA_256, Mechanism.SCRAM_SHA_1),
          4096,
          Optional.empty());

  /// So that many users cost nothing.
  private static final Password ANY =
      new Password.Hashed(
          "$argon2id$v=19$m=8192,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");

  private final UnaryOperator<Engine> reopen;
  private final ContentStore contents = new InMemoryContentStore();
  private final SteppedClock clock = new SteppedClock();
  private final Passwords passwords = new Passwords(CONFIG);
  private Engine engine;
  private Accounts accounts;
  private Directory directory;

  DirectoryHouse(Engine engine, UnaryOperator<Engine> reopen) {
    this.reopen = reopen;
    this.engine = engine;
    this.accounts = new Accounts(engine, contents, clock, AccountsConfig.defaults());
    this.directory = Directory.open(engine, accounts, passwords);
  }

  Directory directory() {
    return directory;
  }

  Accounts accounts() {
    return accounts;
  }

  Passwords passwords() {
    return passwords;
  }

  Engine engine() {
    return engine;
  }

  SteppedClock clock() {
    return clock;
  }

  User user(String address) {
    return directory
        .users()
        .create(new NewUser(MailAddress.of(address), ANY, OptionalLong.empty(), ""));
  }

  /// What a crash in the middle of [UserAccounts#create] leaves.
  void interruptedCreation(Domain domain) {
    var orphan = new AccountId("orphan");
    Partition partition = DomainRows.partition(domain);
    var _ =
        engine.commit(
            partition,
            engine.head(partition).version(),
            CommitId.random(),
            new Batch()
                .put(DomainRows.key(DomainRows.UNWANTED, orphan.value()), DomainRows.nothing()));
    account(orphan, "");
  }

  void account(AccountId id, String owner) {
    var _ =
        accounts.create(
            id, new Actor("test", "test", ""), new Accounts.NewAccount(owner, 0, List.of()));
  }

  /// A server that starts with an account of which a mailbox cannot be read.
  void reopenDamaged(AccountId account) {
    reopenWithRow(account, new byte[] {'b', 0, 0, 0, 1}, new byte[] {1});
  }

  /// The same with one whose number is cut off.
  void reopenWithCutKey(AccountId account) {
    reopenWithRow(account, new byte[] {'b', 0}, new byte[] {1});
  }

  private void reopenWithRow(AccountId account, byte[] key, byte[] value) {
    var partition = new Partition(Partition.Kind.ACCOUNT, account.value());
    var _ =
        engine.commit(
            partition,
            engine.head(partition).version(),
            CommitId.random(),
            new Batch().put(key, value));
    reopen();
  }

  void reopen() {
    accounts.close();
    engine = reopen.apply(engine);
    accounts = new Accounts(engine, contents, clock, AccountsConfig.defaults());
    directory = Directory.open(engine, accounts, passwords);
  }

  @Override
  public void close() {
    passwords.close();
    accounts.close();
    engine.close();
  }
}
