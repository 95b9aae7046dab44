package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.posthorn.storage.account.DamagedAccount.damage;
import static org.posthorn.storage.account.DamagedAccount.faults;
import static org.posthorn.storage.account.DamagedAccount.repair;

import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.AccountDraft.FlagChange;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.PartitionOwner;
import org.posthorn.storage.memory.InMemoryEngine;

/// What can be derived is right again, what cannot be read is set aside, and an account always
/// opens afterwards.
final class RepairTest {
  private static final MailboxName WORK = new MailboxName("Work");

  /// A store with one account, in which a little has happened.
  private static AccountHouse house(Engine engine) {
    var house = new AccountHouse(engine, UnaryOperator.identity());
    MailboxId inbox = house.inbox();
    MailboxId work = house.change(draft -> draft.create(WORK, Optional.empty())).id();
    house.fill(inbox, 6);
    house.store(inbox, UidSet.of(3), FlagChange.ADD, "\\Seen", "work");
    house.expunge(inbox, UidSet.of(5));
    var _ = house.change(draft -> draft.copy(inbox, UidSet.of(1), work));
    return house;
  }

  private static List<Page.Row> rows(Engine engine) {
    return engine
        .scan(
            Rows.partition(AccountHouse.ID),
            new byte[0],
            new byte[0],
            1_000,
            false,
            Optional.empty())
        .rows();
  }

  @Test
  void aSoundAccountStaysAsItIs() {
    try (var house = house(new InMemoryEngine())) {
      AccountPicture before = house.picture();
      assertThat(repair(house)).isEmpty();
      assertThat(house.picture()).isEqualTo(before);
    }
  }

  @Test
  void theHistorySaysWhatWasRepaired() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      Page.Row placed =
          rows(engine).stream().filter(row -> row.key()[0] == 'p').findFirst().orElseThrow();
      house.reopen();
      damage(engine, rows -> rows.put(placed.key(), new byte[] {1}));
      int fixes = repair(house).size();
      List<Change> log = house.account().history(0, 1_000);
      assertThat(log.getLast().actor().login()).isEqualTo("verify");
      assertThat(log.getLast().events()).containsExactly(new Change.Repaired(fixes));
      assertThat(faults(house)).isEmpty();
    }
  }

  /// Whoever takes what somebody has everywhere is not stopped by what it left.
  @Test
  void aLostMailboxIsSharedWithNobody() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      MailboxId empty = shared(house);
      house.reopen();
      damage(engine, rows -> rows.delete(Keys.mailbox(empty.value())));
      Set<MailboxId> shared = house.change(AccountDraft::shared);
      assertThat(shared).isEmpty();
      assertThat(repair(house)).isNotEmpty();
      assertThat(faults(house)).isEmpty();
    }
  }

  @Test
  void whatALostMailboxLeftIsSetAside() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      MailboxId empty = shared(house);
      house.reopen();
      damage(engine, rows -> rows.put(Keys.mailbox(empty.value()), new byte[] {1}));
      assertThat(repair(house)).filteredOn(done -> done.endsWith("its mailbox is lost")).hasSize(3);
      assertThat(faults(house)).isEmpty();
      assertThat(repair(house)).isEmpty();
    }
  }

  /// One without messages, which alone would bring it back.
  private static MailboxId shared(AccountHouse house) {
    MailboxId empty =
        house.change(draft -> draft.create(new MailboxName("Empty"), Optional.empty())).id();
    var _ =
        house.change(draft -> {
          draft.setRights(empty, "bob@example.org", Rights.ALL);
          draft.annotate(Annotation.shared(empty, "/comment"), Optional.of("ours"));
          return draft.accessKey(AccountHouse.ID, empty, false);
        });
    return empty;
  }

  @Test
  void everyRowMayBeCutOff() {
    int count = rowCount();
    for (int i = 0; i < count; i++) {
      var engine = new InMemoryEngine();
      try (var house = house(engine)) {
        Page.Row row = rows(engine).get(i);
        byte[] cut = Arrays.copyOf(row.value(), row.value().length / 2);
        damage(engine, rows -> rows.put(row.key(), cut));
        house.reopen();
        String what = "row " + HexFormat.of().formatHex(row.key());
        List<String> done = repair(house);
        assertThat(faults(house)).as("%s: %s", what, done).isEmpty();
        assertThat(house.view(house.inbox()).size()).as(what).isGreaterThanOrEqualTo(4);
        assertThat(allMessages(house)).as("%s: %s", what, done).isGreaterThanOrEqualTo(5);
        if (row.key()[0] != 'd') {
          assertThat(done).as(what).isNotEmpty();
          assertThat(house.account().history(0, 1_000).getLast().actor().login())
              .isEqualTo("verify");
        }
        assertThat(repair(house)).as(what).isEmpty();
      }
    }
  }

  @Test
  void everyRowMayBeLost() {
    int count = rowCount();
    for (int i = 0; i < count; i++) {
      var engine = new InMemoryEngine();
      try (var house = house(engine)) {
        Page.Row row = rows(engine).get(i);
        damage(engine, rows -> rows.delete(row.key()));
        house.reopen();
        var _ = repair(house);
        // Nobody knows that a place was there, and nobody has the email any more that was expunged.
        boolean derivable =
            row.key()[0] != 'p' && row.key()[0] != 'v' && !Arrays.equals(row.key(), Keys.email(5));
        if (derivable) {
          assertThat(faults(house)).as("row %s", HexFormat.of().formatHex(row.key())).isEmpty();
        }
        assertThat(allMessages(house)).isGreaterThanOrEqualTo(4);
        placeAll(house);
      }
    }
  }

  /// A session had it open before.
  @Test
  void whoHoldsAMailboxSeesTheSizeThatIsRightAgain() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      MailboxId inbox = house.inbox();
      long size = house.view(inbox).sizeBytes(0);
      Page.Row placed =
          rows(engine).stream().filter(row -> row.key()[0] == 'p').findFirst().orElseThrow();
      Placement right = Placement.decode(1, placed.value());
      var wrong =
          new Placement(
              1,
              right.emailId(),
              right.flags(),
              right.modSeq(),
              size + 7,
              right.internalMillis(),
              right.savedMillis());
      damage(engine, rows -> rows.put(placed.key(), wrong.encode()));
      house.reopen();
      MailboxView held = house.view(inbox);
      assertThat(held.sizeBytes(0)).isEqualTo(size + 7);
      assertThat(repair(house)).anyMatch(what -> what.contains("The size of message 1"));
      assertThat(house.account().view(inbox, held).orElseThrow().sizeBytes(0)).isEqualTo(size);
      house.store(inbox, UidSet.of(1), FlagChange.ADD, "\\Flagged");
      assertThat(faults(house)).isEmpty();
    }
  }

  @Test
  void whatIsSetAsideKeepsItsBytes() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      byte[] key = Keys.placement(house.inbox().value(), 2);
      var broken = new byte[] {1, (byte) 0xFF};
      long uidValidity = house.account().mailboxes().getFirst().uidValidity();
      damage(engine, rows -> rows.put(key, broken));
      house.reopen();
      assertThat(repair(house)).anyMatch(what -> what.contains("was set aside"));
      assertThat(engine.get(Rows.partition(AccountHouse.ID), Keys.setAside(key))).hasValue(broken);
      assertThat(house.account().mailboxes().getFirst().uidValidity()).isGreaterThan(uidValidity);
      MailboxInfo recovered = house.account().find(new MailboxName("Recovered")).orElseThrow();
      assertThat(recovered.messages()).isEqualTo(1);
    }
  }

  /// Whoever asks what has vanished since (RFC 7162 §3.2.5) would never hear of it.
  @Test
  void aMailboxThatDoesNotKnowAnyMoreWhatVanishedIsAnother() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      Page.Row vanished =
          rows(engine).stream().filter(row -> row.key()[0] == 'v').findFirst().orElseThrow();
      long before = house.account().find(MailboxName.INBOX).orElseThrow().uidValidity();
      damage(engine, rows -> rows.put(vanished.key(), new byte[] {1, 2}));
      house.reopen();
      assertThat(repair(house)).anyMatch(what -> what.contains("was set aside"));
      assertThat(house.account().find(MailboxName.INBOX).orElseThrow().uidValidity())
          .isGreaterThan(before);
      assertThat(faults(house)).isEmpty();
    }
  }

  /// As when a file of rows is lost: its email is there, in no mailbox.
  @Test
  void aMessageWhosePlaceIsGoneWithoutATraceComesBack() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      MailboxInfo before = house.account().find(MailboxName.INBOX).orElseThrow();
      damage(engine, rows -> rows.delete(Keys.placement(before.id().value(), 2)));
      house.reopen();
      assertThat(repair(house)).anyMatch(what -> what.contains("it is in Recovered now"));
      MailboxInfo after = house.account().find(MailboxName.INBOX).orElseThrow();
      assertThat(after.messages()).isEqualTo(before.messages() - 1);
      assertThat(after.uidValidity()).isGreaterThan(before.uidValidity());
      assertThat(house.account().find(new MailboxName("Recovered")).orElseThrow().messages())
          .isEqualTo(1);
      assertThat(faults(house)).isEmpty();
    }
  }

  /// No client may have to begin anew because of that.
  @Test
  void aMailboxThatOnlyCountedWronglyStaysTheSame() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      MailboxInfo inbox = house.account().find(MailboxName.INBOX).orElseThrow();
      byte[] key = Keys.mailbox(inbox.id().value());
      MailboxRow right =
          MailboxRow.decode(
              inbox.id().value(), engine.get(Rows.partition(AccountHouse.ID), key).orElseThrow());
      var wrong =
          new MailboxRow(
              right.id(),
              right.name(),
              right.use(),
              right.uidValidity(),
              right.uidNext(),
              right.highestModSeq(),
              right.messages() + 1,
              right.unseen(),
              right.deleted(),
              right.sizeBytes(),
              right.checksum(),
              right.firstRecent(),
              right.retentionDays());
      damage(engine, rows -> rows.put(key, wrong.encode()));
      house.reopen();
      assertThat(repair(house)).isNotEmpty();
      assertThat(house.account().find(MailboxName.INBOX)).contains(inbox);
      assertThat(faults(house)).isEmpty();
    }
  }

  @Test
  void aSubscriptionUnderTheKeyOfAnotherIsSetAside() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      byte[] key = Keys.subscription(new MailboxName("Sent"));
      damage(engine, rows -> rows.put(key, Rows.text("Semt")));
      house.reopen();
      assertThat(repair(house)).hasSize(1);
      assertThat(faults(house)).isEmpty();
    }
  }

  /// The change that says nothing any more has taken a mailbox away.
  @Test
  void whatAChangeTookAwayThatIsLostIsForgottenInTime() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      MailboxId last =
          house.change(draft -> draft.create(new MailboxName("Last"), Optional.empty())).id();
      house.fill(last, 2);
      house.delete(last);
      long version = house.account().version();
      house.fill(house.inbox(), 1);
      damage(engine, rows -> rows.delete(Keys.change(version, 0)));
      house.reopen();
      assertThat(repair(house)).hasSize(1);
      house.clock().forward(Duration.ofDays(40));
      assertThat(house.upkeep().emailsForgotten()).isGreaterThanOrEqualTo(2);
      assertThat(faults(house)).isEmpty();
    }
  }

  @Test
  void aMailboxWhoseRowIsLostIsFoundAgain() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      int work = house.account().find(WORK).orElseThrow().id().value();
      damage(engine, rows -> rows.put(Keys.mailbox(work), new byte[] {2}));
      house.reopen();
      assertThat(repair(house)).anyMatch(what -> what.contains("Recovered"));
      MailboxInfo recovered = house.account().find(new MailboxName("Recovered")).orElseThrow();
      assertThat(recovered.id().value()).isEqualTo(work);
      assertThat(recovered.messages()).isEqualTo(1);
    }
  }

  /// What the row said of the history stands in the log too: it begins where it begins.
  @Test
  void anAccountWithoutItsFirstRowStillKnowsThatItsHistoryWasTrimmed() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      house.clock().forward(Duration.ofDays(40));
      assertThat(house.upkeep().changesForgotten()).isPositive();
      house.fill(house.inbox(), 1);
      long exactSince = house.account().exactSince();
      assertThat(exactSince).isPositive();
      damage(engine, rows -> rows.delete(Keys.ACCOUNT));
      house.reopen();
      assertThat(repair(house)).hasSize(1);
      assertThat(house.account().exactSince()).isEqualTo(exactSince);
      assertThat(faults(house)).isEmpty();
    }
  }

  @Test
  void noIdOfADeletedMailboxIsGivenOutAgain() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      MailboxId last =
          house.change(draft -> draft.create(new MailboxName("Last"), Optional.empty())).id();
      house.fill(last, 2);
      house.delete(last);
      damage(engine, rows -> rows.delete(Keys.ACCOUNT));
      house.reopen();
      assertThat(repair(house)).hasSize(1);
      assertThat(faults(house)).isEmpty();
      MailboxId next =
          house.change(draft -> draft.create(new MailboxName("Next"), Optional.empty())).id();
      assertThat(next.value()).isGreaterThan(last.value());
    }
  }

  /// The end of the log went with the row.
  @Test
  void theLogReachesTheRepair() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      long version = house.account().version();
      house.store(house.inbox(), UidSet.of(2), FlagChange.ADD, "\\Flagged");
      damage(engine, rows -> rows.delete(Keys.ACCOUNT).delete(Keys.change(version + 1, 0)));
      house.reopen();
      assertThat(repair(house)).hasSize(2);
      assertThat(faults(house)).isEmpty();
    }
  }

  @Test
  void aLogOfWhichVeryMuchIsLostIsWholeAfterOneRepair() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      AccountRow row =
          AccountRow.decode(
              engine.get(Rows.partition(AccountHouse.ID), Keys.ACCOUNT).orElseThrow());
      damage(
          engine,
          rows -> {
            rows.delete(Keys.change(2, 0));
            rows.put(Keys.ACCOUNT, row.atVersion(30_000, row.epoch()).encode());
          });
      house.reopen();
      long last = row.version();
      assertThat(repair(house))
          .containsExactly(
              "Change 2 of the log is lost: there is one that says nothing now",
              "Changes %d to 30000 of the log are lost: there are ones that say nothing now"
                  .formatted(last + 1));
      assertThat(faults(house)).isEmpty();
      assertThat(repair(house)).isEmpty();
    }
  }

  /// A number that is damaged may be any: nobody writes changes until the disk is full.
  @Test
  void aLogThatLostMoreThanCanBeIsSaidToNeedAnotherRepair() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      AccountRow row =
          AccountRow.decode(
              engine.get(Rows.partition(AccountHouse.ID), Keys.ACCOUNT).orElseThrow());
      long far = 1L << 40;
      damage(engine, rows -> rows.put(Keys.ACCOUNT, row.atVersion(far, row.epoch()).encode()));
      house.reopen();
      assertThat(repair(house))
          .anyMatch(what ->
              what.endsWith(
                  " to %d of the log are lost too: repair the account again".formatted(far)));
      assertThat(house.accounts().delete(AccountHouse.ID)).isTrue();
    }
  }

  /// It shares a round with a change: what it writes beside that makes the whole round run again.
  @Test
  @Timeout(20)
  void aRepairThatRunsAgainAddsUpTheSame() throws InterruptedException {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      MailboxId inbox = house.inbox();
      damage(engine, rows -> rows.put(Keys.placement(inbox.value(), 2), new byte[] {1}));
      house.reopen();
      Account account = house.account();
      var begun = new CountDownLatch(1);
      var goOn = new CountDownLatch(1);
      Thread round =
          Thread.ofVirtual()
              .start(() -> {
                var _ =
                    account.change(
                        AccountHouse.ACTOR,
                        draft -> {
                          begun.countDown();
                          await(goOn);
                          return draft;
                        });
              });
      begun.await();
      List<String> done = new CopyOnWriteArrayList<>();
      Thread repair = Thread.ofVirtual().start(() -> done.addAll(repair(house)));
      awaitItsTurn(repair);
      Thread append = Thread.ofVirtual().start(() -> house.fill(inbox, 1));
      awaitItsTurn(append);
      goOn.countDown();
      for (Thread thread : List.of(round, repair, append)) {
        assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
      }
      assertThat(done).anyMatch(what -> what.contains("was set aside"));
      assertThat(faults(house)).isEmpty();
      assertThat(
              house.account().history(0, 1_000).stream()
                  .filter(change -> change.actor().login().equals("verify")))
          .hasSize(1);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Until it waits for the round that is under way.
  private static void awaitItsTurn(Thread thread) {
    Object blocker = LockSupport.getBlocker(thread);
    while (blocker == null || blocker.getClass().getEnclosingClass() != PartitionOwner.class) {
      Thread.onSpinWait();
      blocker = LockSupport.getBlocker(thread);
    }
  }

  /// The account cannot even be opened.
  @Test
  void aRowWhoseKeyIsCutOffIsSetAside() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      damage(engine, rows -> rows.put(new byte[] {'b', 0, 0}, new byte[] {1}));
      house.reopen();
      assertThat(faults(house)).anyMatch(fault -> fault.what().endsWith("it ends early"));
      assertThat(repair(house)).containsExactly("Row 620000 was set aside: it ends early");
      assertThat(faults(house)).isEmpty();
    }
  }

  @Test
  void rowsOfANewerProgramAreLeftAlone() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      byte[] key = Keys.keyword("work");
      byte[] before = engine.get(Rows.partition(AccountHouse.ID), key).orElseThrow();
      damage(engine, rows -> rows.put(key, new byte[] {77, 1, 1}));
      assertThat(repair(house)).isEmpty();
      assertThat(engine.get(Rows.partition(AccountHouse.ID), key)).isPresent();
      damage(engine, rows -> rows.put(key, before));
    }
  }

  /// What it cannot read it cannot add up: it would make another mailbox in its place, or an
  /// account that knows of nothing.
  @Test
  void anAccountWithRowsOfANewerProgramThatCountIsLeftToThat() {
    int count = rowCount();
    var refused = new StringBuilder();
    for (int i = 0; i < count; i++) {
      var engine = new InMemoryEngine();
      try (var house = house(engine)) {
        Page.Row row = rows(engine).get(i);
        byte[] newer = row.value().clone();
        if (newer.length == 0 || "bcegmpv".indexOf(row.key()[0]) < 0) {
          continue;
        }
        newer[0] = 77;
        byte[] other = {'a', 0};
        damage(engine, rows -> rows.put(row.key(), newer).put(other, new byte[] {1}));
        house.reopen();
        List<Page.Row> before = rows(engine);
        assertThatThrownBy(() -> repair(house))
            .as("row %s", HexFormat.of().formatHex(row.key()))
            .isInstanceOf(StorageUnavailable.class)
            .hasMessageContaining("in form 77 by a newer program")
            .hasMessageContaining("nothing was changed")
            .hasMessageContaining("bring the account back from a backup");
        assertThat(pictures(rows(engine))).isEqualTo(pictures(before));
        damage(engine, rows -> rows.put(row.key(), row.value()).delete(other));
        house.reopen();
        refused.append((char) row.key()[0]);
      }
    }
    assertThat(refused.toString()).contains("b", "c", "e", "m", "p", "v");
  }

  private static List<String> pictures(List<Page.Row> rows) {
    HexFormat hex = HexFormat.of();
    return rows.stream()
        .map(row -> hex.formatHex(row.key()) + " " + hex.formatHex(row.value()))
        .toList();
  }

  /// Zeroes are what a disk gives instead of what it lost.
  @Test
  void aRowOfZeroesIsDamaged() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      damage(engine, rows -> rows.put(Keys.placement(house.inbox().value(), 2), new byte[30]));
      house.reopen();
      assertThat(repair(house)).anyMatch(what -> what.contains("was set aside"));
      assertThat(faults(house)).isEmpty();
    }
  }

  private static int rowCount() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      assertThat(house.account().version()).isPositive();
      return rows(engine).size();
    }
  }

  @Test
  void anAccountOfWhichNothingCanBeReadIsDeleted() {
    var engine = new StoppingEngine(new InMemoryEngine());
    try (var house = house(engine)) {
      house.reopen();
      engine.meanwhile(
          new StoppingEngine.Meanwhile() {
            @Override
            public void reads(byte[] from, Optional<Page.Resume> resume) {
              throw new StorageUnavailable("The disk cannot read this");
            }
          });
      assertThat(house.accounts().delete(AccountHouse.ID)).isTrue();
      engine.meanwhile(new StoppingEngine.Meanwhile() {});
      assertThat(house.accounts().find(AccountHouse.ID)).isEmpty();
    }
  }

  private static int allMessages(AccountHouse house) {
    int messages = 0;
    for (MailboxInfo mailbox : house.account().mailboxes()) {
      MailboxView view = house.view(mailbox.id());
      assertThat(view.size()).isEqualTo(mailbox.messages());
      messages += view.size();
    }
    return messages;
  }

  /// So that the house may close: an email that is nowhere is a fault.
  private static void placeAll(AccountHouse house) {
    if (!faults(house).isEmpty()) {
      assertThat(house.accounts().delete(AccountHouse.ID)).isTrue();
    }
  }
}
