package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.storage.account.DamagedAccount.damage;
import static org.posthorn.storage.account.DamagedAccount.faults;
import static org.posthorn.storage.account.DamagedAccount.repair;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.memory.InMemoryEngine;

/// What a repair does with a change of the log that it does not understand.
final class RepairOfLogTest {
  /// New kinds of events came without a new form of the row.
  @Test
  void aChangeThatOnlyANewerProgramUnderstandsIsLeft() {
    byte[] left = changeOfKind(30);
    assertThat(afterRepair(left)).hasValue(left);
  }

  @Test
  void aChangeThatNoProgramUnderstandsIsSetAside() {
    byte[] damaged = changeOfKind(250);
    assertThat(afterRepair(damaged)).isPresent().get().isNotEqualTo(damaged);
  }

  private static byte[] changeOfKind(int kind) {
    var clock = new SteppedClock();
    byte[] change = ChangeRow.encode(new Change(2, clock.instant(), AccountHouse.ACTOR, List.of()));
    byte[] longer = Arrays.copyOf(change, change.length + 3);
    longer[change.length - 1] = 1;
    longer[change.length] = (byte) kind;
    return longer;
  }

  /// What change 2 is when it was this, and the account was repaired twice.
  private static Optional<byte[]> afterRepair(byte[] change) {
    var engine = new InMemoryEngine();
    var partition = Rows.partition(AccountHouse.ID);
    try (var house = new AccountHouse(engine, UnaryOperator.identity())) {
      house.fill(house.inbox(), 1);
      byte[] key = Keys.change(house.account().version(), 0);
      house.fill(house.inbox(), 1);
      byte[] sound = engine.get(partition, key).orElseThrow();
      damage(engine, rows -> rows.put(key, change));
      house.reopen();
      assertThat(repair(house)).hasSize(1);
      Optional<byte[]> after = engine.get(partition, key);
      long version = house.account().version();
      var _ = repair(house);
      assertThat(house.account().version()).as("twice is once").isEqualTo(version);
      if (!faults(house).isEmpty()) {
        assertThat(faults(house))
            .extracting(ConsistencyWalk.Fault::what)
            .satisfiesExactly(
                what ->
                    assertThat(what)
                        .startsWith("The log's change before 3 is damaged")
                        .contains("newer program"),
                what -> assertThat(what).isEqualTo("The log goes from change 1 to 3"));
        damage(engine, rows -> rows.put(key, sound));
      }
      return after;
    }
  }
}
