package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.memory.InMemoryEngine;

final class AccountSpaceTest {
  private final InMemoryEngine engine = new InMemoryEngine();

  /// Of a placement and of an email, and one that says nothing.
  @Test
  void rowsThatCannotBeReadAreCountedApart() {
    var house = new AccountHouse(engine, UnaryOperator.identity());
    house.fill(house.inbox(), 3);
    house.expunge(house.inbox(), UidSet.of(3));
    AccountSpace before = house.accounts().space(AccountHouse.ID, true).orElseThrow();
    assertThat(before.messages()).isEqualTo(2);
    assertThat(before.historyEmails()).isEqualTo(1);
    assertThat(before.unreadableRows()).isZero();
    byte[] placement = Keys.placement(house.inbox().value(), 1);
    put(Arrays.copyOf(placement, 3), new byte[] {1});
    put(Arrays.copyOf(Keys.email(1), 5), new byte[] {1});
    put(Keys.placement(house.inbox().value(), 9), new byte[] {1});
    assertThat(house.accounts().space(AccountHouse.ID, true))
        .contains(
            new AccountSpace(
                before.owner(),
                before.messages(),
                before.bytes(),
                before.historyEmails(),
                before.historyBytes(),
                3));
    house.accounts().close();
  }

  private void put(byte[] key, byte[] value) {
    var partition = Rows.partition(AccountHouse.ID);
    var _ =
        engine.commit(
            partition,
            engine.head(partition).version(),
            CommitId.random(),
            new Batch().put(key, value));
  }
}
