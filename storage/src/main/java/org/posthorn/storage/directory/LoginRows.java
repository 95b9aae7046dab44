package org.posthorn.storage.directory;

import java.util.Optional;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// What is stored of logins for the whole installation: a secret, and who has to wait. Safe for use
/// by many threads.
final class LoginRows {
  private static final Partition PARTITION = new Partition(Partition.Kind.SYSTEM, "logins");
  private static final byte[] PEPPER = {'p'};
  private static final int TRIES = 5;

  private final Engine engine;
  private final Passwords passwords;

  LoginRows(Engine engine, Passwords passwords) {
    this.engine = engine;
    this.passwords = passwords;
  }

  /// A secret that stays the same, from which what is told of users who are not there is made.
  byte[] pepper() {
    Optional<byte[]> row = engine.get(PARTITION, PEPPER);
    while (row.isEmpty()) {
      byte[] made = new RowWriter(34).raw(1).piece(passwords.fresh(32)).toBytes();
      var _ = committed(new Batch().put(PEPPER, made));
      row = engine.get(PARTITION, PEPPER);
    }
    var stored = new RowReader(row.get());
    stored.form(1);
    return stored.piece();
  }

  /// Empty when it was never saved.
  Optional<SavedBackOff> backOff() {
    Optional<byte[]> pairs = engine.get(PARTITION, SavedBackOff.PAIRS);
    Optional<byte[]> networks = engine.get(PARTITION, SavedBackOff.NETWORKS);
    return pairs.isPresent() && networks.isPresent()
        ? Optional.of(SavedBackOff.read(pairs.get(), networks.get()))
        : Optional.empty();
  }

  /// Replaces what was saved before; one commit.
  void save(SavedBackOff backOff) {
    for (int i = 0; i < TRIES; i++) {
      if (committed(backOff.rows())) {
        return;
      }
    }
    throw new StorageUnavailable("Others write to the rows of logins all the time");
  }

  private boolean committed(Batch batch) {
    long version = engine.head(PARTITION).version();
    return !(engine.commit(PARTITION, version, CommitId.random(), batch)
        instanceof Result.Conflict);
  }
}
