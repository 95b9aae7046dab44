package org.posthorn.storage.account;

import java.util.List;
import java.util.function.Consumer;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;

/// Rows of an account that are not as it has written them, and what a repair makes of them.
final class DamagedAccount {
  private DamagedAccount() {}

  /// Writes past the account.
  static void damage(Engine engine, Consumer<Batch> damage) {
    var rows = new Batch();
    damage.accept(rows);
    var partition = Rows.partition(AccountHouse.ID);
    var _ = engine.commit(partition, engine.head(partition).version(), CommitId.random(), rows);
  }

  /// What it says that it has done.
  static List<String> repair(AccountHouse house) {
    return house.accounts().repair(AccountHouse.ID, "ann@example.org").orElseThrow();
  }

  static List<ConsistencyWalk.Fault> faults(AccountHouse house) {
    return house
        .accounts()
        .verify(AccountHouse.ID, ConsistencyWalk.Depth.ROWS)
        .orElseThrow()
        .faults();
  }
}
