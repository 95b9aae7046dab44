package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.posthorn.message.ContentId;
import org.posthorn.storage.account.AccountDraft.FlagChange;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.memory.InMemoryEngine;

/// Every kind of damage is found, named, and stops nothing else.
final class ConsistencyWalkTest {
  private final Engine engine = new InMemoryEngine();
  private final AccountHouse house = new AccountHouse(engine, UnaryOperator.identity());
  private final MailboxId inbox = house.inbox();

  ConsistencyWalkTest() {
    house.fill(inbox, 10);
    house.store(inbox, UidSet.of(3), FlagChange.ADD, "\\Seen", "work");
    house.expunge(inbox, UidSet.of(5));
  }

  @Test
  void aSoundAccountHasNoFaults() {
    ConsistencyWalk.Report report = verify(ConsistencyWalk.Depth.BYTES);
    assertThat(report.faults()).isEmpty();
    assertThat(report.mailboxes()).isEqualTo(6);
    assertThat(report.messages()).isEqualTo(9);
    assertThat(report.emails()).isEqualTo(10);
    assertThat(report.bytes()).isPositive();
  }

  @Test
  void aLostPlacementIsFound() {
    damage(rows -> rows.delete(Keys.placement(inbox.value(), 2)));
    assertThat(faults())
        .anyMatch(fault -> fault.contains("says 9 messages; there are 8"))
        .anyMatch(fault -> fault.contains("checksum of its messages"))
        .anyMatch(fault -> fault.contains("Email 2 is in no mailbox"));
  }

  @Test
  void aFlagThatTurnedIsFound() {
    var placement =
        new Placement(2, 2, Flags.of("\\Draft"), house.view(inbox).modSeq(1), 100, 1_000, 2_000);
    damage(rows -> rows.put(Keys.placement(inbox.value(), 2), placement.encode()));
    assertThat(faults())
        .anyMatch(fault -> fault.contains("Message 2 has another size"))
        .anyMatch(fault -> fault.contains("checksum of its messages"));
  }

  @Test
  void aUidToComeIsFound() {
    damage(rows ->
        rows.put(
            Keys.placement(inbox.value(), 99),
            new Placement(99, 1, Flags.NONE, 1, 1, 1, 1).encode()));
    assertThat(faults()).anyMatch(fault -> fault.contains("Message 99 has a UID to come"));
  }

  @Test
  void aMessageThatVanishedAndIsThereIsFound() {
    damage(rows ->
        rows.put(
            Keys.placement(inbox.value(), 5),
            new Placement(5, 5, Flags.NONE, 1, 1, 1, 1).encode()));
    assertThat(faults()).anyMatch(fault -> fault.contains("Message 5 vanished and is there"));
  }

  @Test
  void aRowThatIsCutOffIsNamedAndTheRestIsLookedAt() {
    damage(rows -> rows.put(Keys.email(4), new byte[] {1, 2}));
    assertThat(faults())
        .anyMatch(fault -> fault.startsWith("Row 650000000000000004 is damaged"))
        .anyMatch(fault -> fault.contains("Message 4 is email 4, which is not there"));
  }

  @Test
  void aRowOfANewerProgramIsNamed() {
    damage(rows -> rows.put(Keys.email(4), new byte[] {9, 9, 9}));
    assertThat(faults()).anyMatch(fault -> fault.contains("by a newer program"));
  }

  @Test
  void aHoleInTheLogIsFound() {
    damage(rows -> rows.delete(Keys.change(2, 0)));
    assertThat(faults()).anyMatch(fault -> fault.contains("The log goes from change 1 to 3"));
  }

  @Test
  void aMailboxWithoutNameOrRowIsFound() {
    damage(rows -> rows.delete(Keys.mailbox(inbox.value())));
    assertThat(faults())
        .contains("There is no INBOX")
        .anyMatch(fault -> fault.contains("which is not there"));
  }

  @Test
  void aMissingContentIsFound() {
    Email email = house.account().email(1).orElseThrow();
    var other =
        new Email(
            1,
            new ContentId("m999"),
            email.prefix(),
            email.sizeBytes(),
            email.structure(),
            email.threadId());
    damage(rows -> rows.put(Keys.email(1), EmailRow.encode(other)));
    assertThat(faults())
        .anyMatch(fault -> fault.equals("Content m999 of email 1 is missing"))
        .contains("The emails do not have their checksum");
  }

  @Test
  void anAccountWithoutItsFirstRowIsSomethingToTell() {
    damage(rows -> rows.delete(Keys.ACCOUNT));
    assertThat(faults()).containsExactly("The account's first row is missing");
  }

  private void damage(Consumer<Batch> damage) {
    var rows = new Batch();
    damage.accept(rows);
    var partition = Rows.partition(AccountHouse.ID);
    var _ = engine.commit(partition, engine.head(partition).version(), CommitId.random(), rows);
  }

  private List<String> faults() {
    return verify(ConsistencyWalk.Depth.CONTENTS).faults().stream()
        .map(ConsistencyWalk.Fault::what)
        .toList();
  }

  private ConsistencyWalk.Report verify(ConsistencyWalk.Depth depth) {
    return house.accounts().verify(AccountHouse.ID, depth).orElseThrow();
  }
}
