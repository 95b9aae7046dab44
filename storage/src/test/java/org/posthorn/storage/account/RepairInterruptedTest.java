package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.storage.account.DamagedAccount.damage;
import static org.posthorn.storage.account.DamagedAccount.faults;
import static org.posthorn.storage.account.DamagedAccount.repair;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.memory.InMemoryEngine;

/// Wherever a repair that takes several commits ends, the next one does all that was to be done.
final class RepairInterruptedTest {
  private static final MailboxName WORK = new MailboxName("Work");

  /// More bytes than fit one commit, of rows that no mailbox can read.
  private static final int DAMAGED_ROWS = 20;

  private static final int DAMAGED_BYTES = 60_000;

  /// Whether the repair was stopped by the power.
  private static boolean isStopped(AccountHouse house, StoppingEngine engine, int commits) {
    engine.stopAfter(commits);
    try {
      repair(house);
      return false;
    } catch (StorageUnavailable _) {
      return true;
    } finally {
      engine.goOn();
      house.reopen();
    }
  }

  @Test
  void theLogHasNoHole() {
    boolean stopped = true;
    for (int commits = 0; stopped; commits++) {
      var engine = new StoppingEngine(new InMemoryEngine());
      try (var house = new AccountHouse(engine, UnaryOperator.identity())) {
        MailboxId inbox = house.inbox();
        house.fill(inbox, 3);
        byte[] key = Keys.placement(inbox.value(), 2);
        Placement right =
            Placement.decode(2, engine.get(Rows.partition(AccountHouse.ID), key).orElseThrow());
        var wrong =
            new Placement(
                2,
                right.emailId(),
                right.flags(),
                right.modSeq(),
                right.sizeBytes() + 7,
                right.internalMillis(),
                right.savedMillis());
        damage(engine, rows -> rows.put(key, wrong.encode()));
        house.reopen();
        stopped = isStopped(house, engine, commits);
        var _ = repair(house);
        assertThat(faults(house)).as("after %d commits", commits).isEmpty();
        assertThat(repair(house)).as("after %d commits", commits).isEmpty();
      }
    }
  }

  /// Of several mailboxes, of which the first is dealt with in an earlier commit.
  @Test
  void eachMailboxThatDoesNotKnowAnyMoreWhatVanishedIsAnother() {
    boolean stopped = true;
    for (int commits = 0; stopped; commits++) {
      var engine = new StoppingEngine(new InMemoryEngine());
      try (var house = new AccountHouse(engine, UnaryOperator.identity())) {
        var _ = house.change(draft -> draft.create(WORK, Optional.empty()));
        for (MailboxName name : List.of(MailboxName.INBOX, WORK)) {
          loseHistory(house, engine, name);
        }
        long inbox = uidValidity(house, MailboxName.INBOX);
        long work = uidValidity(house, WORK);
        house.reopen();
        stopped = isStopped(house, engine, commits);
        var _ = repair(house);
        String when = "after " + commits + " commits";
        assertThat(uidValidity(house, MailboxName.INBOX)).as(when).isGreaterThan(inbox);
        assertThat(uidValidity(house, WORK)).as(when).isGreaterThan(work);
        assertThat(faults(house)).as(when).isEmpty();
        assertThat(repair(house)).as(when).isEmpty();
      }
    }
  }

  private static void loseHistory(AccountHouse house, Engine engine, MailboxName name) {
    MailboxId mailbox = house.account().find(name).orElseThrow().id();
    house.fill(mailbox, 1);
    for (int i = 0; i < DAMAGED_ROWS; i++) {
      byte[] key = Keys.vanished(mailbox.value(), 1, i);
      damage(engine, rows -> rows.put(key, new byte[DAMAGED_BYTES]));
    }
  }

  private static long uidValidity(AccountHouse house, MailboxName name) {
    return house.account().find(name).orElseThrow().uidValidity();
  }

  /// The next change would have been written over it.
  @Test
  void anAccountThatIsBehindItsLogCatchesUp() {
    var engine = new InMemoryEngine();
    try (var house = new AccountHouse(engine, UnaryOperator.identity())) {
      house.fill(house.inbox(), 1);
      long version = house.account().version();
      var change =
          new Change(
              version + 1,
              house.clock().instant(),
              AccountHouse.ACTOR,
              List.of(new Change.Subscribed(WORK, true)));
      damage(engine, rows -> rows.put(Keys.change(version + 1, 0), ChangeRow.encode(change)));
      house.reopen();
      assertThat(repair(house)).hasSize(1);
      assertThat(house.account().history(version, 10)).first().isEqualTo(change);
      assertThat(faults(house)).isEmpty();
      assertThat(repair(house)).isEmpty();
    }
  }
}
