package org.posthorn.storage.directory;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is stored of logins for the whole installation: a secret, and who has to wait. Safe for use
/// by many threads.
final class LoginRows {
  private static final Partition PARTITION = new Partition(Partition.Kind.SYSTEM, "logins");
  private static final byte[] PEPPER = {'p'};
  private static final Logger log = LoggerFactory.getLogger(LoginRows.class);
  private static final int TRIES = 5;

  private final Engine engine;
  private final Passwords passwords;

  /// A secret that could not be written yet.
  private byte @Nullable [] unwritten;

  LoginRows(Engine engine, Passwords passwords) {
    this.engine = engine;
    this.passwords = passwords;
  }

  /// A secret that stays the same, from which what is told of users who are not there is made. Made
  /// at the first login: where it cannot be written then (the disk is full), it counts all the
  /// same, and [#savePepper] writes it later.
  synchronized byte[] pepper() {
    if (unwritten != null) {
      return unwritten;
    }
    Optional<byte[]> stored = storedPepper();
    if (stored.isPresent()) {
      return stored.get();
    }
    byte[] made = passwords.fresh(32);
    try {
      return stored(made);
    } catch (StorageUnavailable e) {
      log.atWarn().setCause(e).log("the secret of the logins is not written yet");
      unwritten = made;
      return made;
    }
  }

  /// Writes the secret if that was not possible before.
  synchronized void savePepper() {
    if (unwritten != null) {
      var _ = stored(unwritten);
      unwritten = null;
    }
  }

  /// The secret that is stored, after this one was written unless there was one.
  private byte[] stored(byte[] made) {
    Optional<byte[]> stored = storedPepper();
    while (stored.isEmpty()) {
      var _ = committed(new Batch().put(PEPPER, new RowWriter(34).raw(1).piece(made).toBytes()));
      stored = storedPepper();
    }
    return stored.get();
  }

  private Optional<byte[]> storedPepper() {
    return engine
        .get(PARTITION, PEPPER)
        .map(value -> {
          var row = new RowReader(value);
          row.form(1);
          return row.piece();
        });
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
