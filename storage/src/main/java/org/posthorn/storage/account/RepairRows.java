package org.posthorn.storage.account;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;

/// What a [Repair] writes, commit by commit, and what it says of that. Used by one thread.
final class RepairRows {
  private static final Actor ACTOR = new Actor("verify", "admin", "");
  private static final int TOLD_MAX = 1_000;

  private final Engine engine;
  private final Partition partition;
  private final Instant now;
  private final List<String> told = new ArrayList<>();
  private Batch batch = new Batch();
  private long engineVersion;
  private long fixes;

  /// Behind the version that the partition has now.
  RepairRows(Engine engine, Partition partition, Instant now) {
    this.engine = engine;
    this.partition = partition;
    this.now = now;
    this.engineVersion = engine.head(partition).version();
  }

  /// Whether there is an account at all.
  boolean isThere() {
    return engineVersion > 0;
  }

  /// The commit that is under way.
  Batch batch() {
    return batch;
  }

  List<String> told() {
    return List.copyOf(told);
  }

  long fixes() {
    return fixes;
  }

  /// That something was put right of which [#say] tells.
  void fixed() {
    fixes++;
  }

  /// A change of the log that says this. Short: it has one event at most.
  void log(long version, List<Change.Event> events) {
    put(Keys.change(version, 0), ChangeRow.encode(new Change(version, now, ACTOR, events)));
  }

  void setAside(Page.Row row) {
    put(Keys.setAside(row.key()), row.value());
    room(row.key().length);
    batch.delete(row.key());
  }

  void put(byte[] key, byte[] value) {
    room(key.length + value.length);
    batch.put(key, value);
  }

  void room(int bytes) {
    if (!engine.limits().haveRoom(batch, 1, bytes)) {
      commit();
    }
  }

  void commit() {
    if (batch.isEmpty()) {
      return;
    }
    if (engine.commit(partition, engineVersion, CommitId.random(), batch)
        instanceof Result.Conflict) {
      throw new StorageUnavailable(
          "Somebody changed account " + partition.name() + " while it was repaired: try again");
    }
    engineVersion++;
    batch = new Batch();
  }

  void tell(String what) {
    fixes++;
    say(what);
  }

  void say(String what) {
    if (told.size() < TOLD_MAX) {
      told.add(what);
    }
  }
}
