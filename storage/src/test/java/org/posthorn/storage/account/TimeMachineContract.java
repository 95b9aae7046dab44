package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.account.AccountDraft.FlagChange;

/// What may be relied on when the past is brought back, on every engine.
interface TimeMachineContract {
  MailboxName WORK = new MailboxName("Work");
  RestoreWish.Scope ALL = new RestoreWish.Everything();

  /// By how much a clock was wrong for a while.
  Duration AHEAD = Duration.ofDays(3_650);

  /// An empty store on the engine under test.
  AccountHouse house();

  /// How many random changes are made.
  int steps();

  @Test
  default void changesAreReadBackwards() {
    try (var house = house()) {
      house.fill(house.inbox(), 3);
      house.store(house.inbox(), UidSet.of(2), FlagChange.ADD, "\\Seen");
      house.expunge(house.inbox(), UidSet.of(1));
      List<Change> all = new ArrayList<>();
      new TimeMachine(house.account()).backwards(house.account().version(), all::add);

      assertThat(all.reversed()).isEqualTo(house.account().history(0, 100));
      List<Change> two = new ArrayList<>();
      new TimeMachine(house.account())
          .backwards(
              3,
              change -> {
                two.add(change);
                return two.size() < 2;
              });
      assertThat(two).extracting(Change::version).containsExactly(3L, 2L);
    }
  }

  @Test
  default void aLongChangeIsReadBackwardsInOnePiece() {
    try (var house = house()) {
      house.fill(house.inbox(), 30_000);
      UidSet odd = UidSet.of(LongStream.range(0, 15_000).map(i -> i * 2 + 1).toArray());
      house.store(house.inbox(), odd, FlagChange.ADD, "\\Seen");
      house.store(house.inbox(), UidSet.of(2), FlagChange.ADD, "\\Seen");
      List<Change> all = new ArrayList<>();
      new TimeMachine(house.account()).backwards(house.account().version(), all::add);

      assertThat(all.reversed()).isEqualTo(house.account().history(0, 100));
    }
  }

  @Test
  default void aTimeIsAVersion() {
    try (var house = house()) {
      var machine = new TimeMachine(house.account());
      Instant first = house.clock().instant();
      house.clock().forward(Duration.ofHours(1));
      house.fill(house.inbox(), 1);
      house.fill(house.inbox(), 1);

      assertThat(machine.versionAt(first)).isEqualTo(1);
      assertThat(machine.versionAt(house.clock().instant().minusSeconds(1))).isEqualTo(1);
      assertThat(machine.versionAt(house.clock().instant())).isEqualTo(3);
      assertThatThrownBy(() -> machine.versionAt(first.minusSeconds(1)))
          .isInstanceOf(MailboxException.HistoryTrimmed.class)
          .hasMessageContaining("begins at 2026-11-22T10:00:00Z");
    }
  }

  @Test
  default void whatIsStillThereKeepsItsUidAndWhatComesBackGetsANewOne() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.fill(inbox, 5);
      Snapshot before = Snapshot.of(house.account());
      long version = house.account().version();
      house.store(inbox, UidSet.of(1, 2), FlagChange.ADD, "\\Flagged", "work");
      house.expunge(inbox, UidSet.of(2, 4));
      restore(house, version, true);

      assertThat(house.uids(inbox)).containsExactly(1, 3, 5, 6, 7);
      assertThat(Snapshot.of(house.account())).isEqualTo(before);
      assertThat(last(house).events())
          .containsExactly(
              new Change.Restored(version),
              new Change.Flagged(inbox, UidSet.of(1), Flags.of("\\Flagged", "work"), Flags.NONE),
              new Change.BroughtBack(inbox, UidSet.of(6, 7)));
      assertThat(house.view(inbox).modSeq(4)).isEqualTo(house.account().version());
      assertThat(house.account().state().row().epoch()).isEqualTo(1);
    }
  }

  @Test
  default void aMovedMessageGoesBackAndLeavesWhereItWas() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      MailboxId trash = house.account().find(new MailboxName("Trash")).orElseThrow().id();
      house.fill(inbox, 3);
      Snapshot before = Snapshot.of(house.account());
      long version = house.account().version();
      house.change(draft -> draft.move(inbox, UidSet.of(1, 2), trash));
      house.change(draft -> draft.copy(inbox, UidSet.of(3), trash));
      house.change(draft -> draft.move(trash, UidSet.of(1), inbox));
      restore(house, version, false);

      assertThat(house.uids(inbox)).as("one was back already").containsExactly(3, 4, 5);
      assertThat(house.uids(trash)).isEmpty();
      assertThat(Snapshot.of(house.account())).isEqualTo(before);
    }
  }

  @Test
  default void whatCameInSinceStaysUnlessTheStateIsWantedExactly() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.fill(inbox, 2);
      Snapshot before = Snapshot.of(house.account());
      long version = house.account().version();
      MailboxId work = house.change(draft -> draft.create(WORK, Optional.empty())).id();
      house.change(draft -> draft.create(new MailboxName("Empty"), Optional.empty()));
      house.fill(inbox, 1);
      house.change(draft -> draft.move(inbox, UidSet.of(1, 3), work));
      restore(house, version, false);

      assertThat(house.uids(inbox)).containsExactly(2, 4);
      assertThat(house.uids(work)).containsExactly(2);
      assertThat(house.account().find(new MailboxName("Empty"))).isEmpty();
      restore(house, version, true);
      assertThat(Snapshot.of(house.account())).isEqualTo(before);
      assertThat(house.account().vanished(work, version)).as("kept in the history").hasSize(2);
    }
  }

  @Test
  default void aDeletedMailboxComesBackUnderANewUidValidity() {
    try (var house = house()) {
      MailboxInfo archive = house.account().find(new MailboxName("Archive")).orElseThrow();
      house.fill(archive.id(), 4);
      Snapshot before = Snapshot.of(house.account());
      long version = house.account().version();
      house.delete(archive.id());
      restore(house, version, false);

      MailboxInfo back = house.account().find(archive.name()).orElseThrow();
      assertThat(back.uidValidity()).isGreaterThan(archive.uidValidity());
      assertThat(back.specialUse()).contains(SpecialUse.ARCHIVE);
      assertThat(house.uids(back.id())).containsExactly(1, 2, 3, 4);
      assertThat(Snapshot.of(house.account())).isEqualTo(before);
    }
  }

  /// Whoever may read the one above it has not been given this one.
  @Test
  default void aMailboxThatComesBackIsPrivate() {
    try (var house = house()) {
      MailboxId work = house.change(draft -> draft.create(WORK, Optional.empty())).id();
      var below = new MailboxName("Work/Below");
      MailboxId hidden = house.change(draft -> draft.create(below, Optional.empty())).id();
      house.fill(hidden, 1);
      long version = house.account().version();
      house.change(draft -> {
        draft.setRights(work, "bob@example.org", Rights.parse("lr"));
        return draft;
      });
      house.delete(hidden);
      restore(house, version, false);
      MailboxId back = house.account().find(below).orElseThrow().id();
      assertThat(house.account().acl(back).isEmpty()).isTrue();
      house.delete(back);
      undelete(house, Optional.empty(), Optional.of(below));
      MailboxId again = house.account().find(below).orElseThrow().id();
      assertThat(house.account().acl(again).isEmpty()).isTrue();
      var made = new MailboxName("Work/New");
      MailboxId shared = house.change(draft -> draft.create(made, Optional.empty())).id();
      assertThat(house.account().acl(shared)).isEqualTo(house.account().acl(work));
    }
  }

  /// What a client does that syncs a folder it still knows.
  @Test
  default void aMailboxThatWasMadeAgainTakesItsMessagesBack() {
    try (var house = house()) {
      MailboxId work = house.change(draft -> draft.create(WORK, Optional.empty())).id();
      house.fill(work, 2);
      Snapshot before = Snapshot.of(house.account());
      long version = house.account().version();
      house.delete(work);
      MailboxInfo again = house.change(draft -> draft.create(WORK, Optional.empty()));
      house.fill(again.id(), 1);
      restore(house, version, false);

      MailboxInfo now = house.account().find(WORK).orElseThrow();
      assertThat(now.uidValidity()).isEqualTo(again.uidValidity());
      assertThat(house.uids(now.id())).containsExactly(1, 2, 3);
      restore(house, version, true);
      assertThat(Snapshot.of(house.account())).isEqualTo(before);
    }
  }

  @Test
  default void namesThatWereSwappedAreSwappedBack() {
    try (var house = house()) {
      MailboxId work = house.change(draft -> draft.create(WORK, Optional.empty())).id();
      house.fill(work, 1);
      house.change(draft -> draft.create(new MailboxName("Play/Old"), Optional.empty()));
      Snapshot before = Snapshot.of(house.account());
      long version = house.account().version();
      house.rename("Work", "Tmp");
      house.rename("Play", "Work");
      house.rename("Tmp", "Play");
      restore(house, version, false);

      assertThat(Snapshot.of(house.account())).isEqualTo(before);
      assertThat(house.account().find(WORK).orElseThrow().id()).isEqualTo(work);
    }
  }

  @Test
  default void aNewMailboxWithNewMailGivesWayToTheOldName() {
    try (var house = house()) {
      MailboxId work = house.change(draft -> draft.create(WORK, Optional.empty())).id();
      house.fill(work, 1);
      long version = house.account().version();
      house.rename("Work", "Old");
      MailboxId fresh = house.change(draft -> draft.create(WORK, Optional.empty())).id();
      house.fill(fresh, 1);
      restore(house, version, false);

      assertThat(house.account().find(WORK).orElseThrow().id()).isEqualTo(work);
      assertThat(house.account().find(fresh).orElseThrow().name().value()).isEqualTo("Work (2)");
    }
  }

  @Test
  default void oneMailboxComesBackAndTheOthersStay() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      MailboxId trash = house.account().find(new MailboxName("Trash")).orElseThrow().id();
      MailboxId work = house.change(draft -> draft.create(WORK, Optional.empty())).id();
      house.fill(inbox, 2);
      house.fill(work, 2);
      List<String> before = Snapshot.of(house.account()).in("Work");
      long version = house.account().version();
      house.change(draft -> draft.move(inbox, UidSet.of(1), trash));
      house.change(draft -> draft.move(work, UidSet.of(1), trash));
      house.fill(work, 1);
      house.rename("Work", "Play");
      var wish =
          new RestoreWish(version, new RestoreWish.OneMailbox(new MailboxName("Work")), false);
      new TimeMachine(house.account()).restore(AccountHouse.ACTOR, wish);

      assertThat(house.account().find(WORK).orElseThrow().id()).isEqualTo(work);
      assertThat(house.uids(work)).containsExactly(2, 3, 4);
      assertThat(house.uids(inbox)).containsExactly(2);
      assertThat(house.uids(trash)).hasSize(2);
      new TimeMachine(house.account())
          .restore(AccountHouse.ACTOR, new RestoreWish(version, wish.scope(), true));
      assertThat(Snapshot.of(house.account()).in("Work")).isEqualTo(before);
      assertThatThrownBy(() ->
              new TimeMachine(house.account())
                  .plan(
                      new RestoreWish(
                          version, new RestoreWish.OneMailbox(new MailboxName("Nowhere")), false)))
          .isInstanceOf(MailboxException.NotFound.class)
          .hasMessage("No mailbox Nowhere at version " + version);
    }
  }

  @Test
  default void oneMessageComesBackWhereItWas() {
    try (var house = house()) {
      MailboxId work = house.change(draft -> draft.create(WORK, Optional.empty())).id();
      house.fill(work, 2);
      house.fill(house.inbox(), 1);
      long email = house.view(work).emailId(1);
      long version = house.account().version();
      house.delete(work);
      house.expunge(house.inbox(), UidSet.of(1));
      var wish = new RestoreWish(version, new RestoreWish.OneMessage(email), false);
      RestorePlan done = new TimeMachine(house.account()).restore(AccountHouse.ACTOR, wish);

      assertThat(done.steps()).hasSize(2);
      MailboxId back = house.account().find(WORK).orElseThrow().id();
      assertThat(house.view(back).size()).isEqualTo(1);
      assertThat(house.view(back).emailId(0)).isEqualTo(email);
      assertThat(house.uids(house.inbox())).isEmpty();
      assertThat(new TimeMachine(house.account()).plan(wish).steps()).isEmpty();
    }
  }

  @Test
  default void aRestoreCanBeUndone() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.fill(inbox, 3);
      long first = house.account().version();
      house.expunge(inbox, UidSet.of(1));
      house.fill(inbox, 1);
      house.rename("Archive", "Old");
      Snapshot before = Snapshot.of(house.account());
      long second = house.account().version();
      restore(house, first, true);
      assertThat(Snapshot.of(house.account())).isNotEqualTo(before);
      restore(house, second, true);

      assertThat(Snapshot.of(house.account())).isEqualTo(before);
      assertThat(house.account().version()).isEqualTo(second + 2);
    }
  }

  @Test
  default void expungedMessagesAreListedAndMovedOnesAreNot() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      MailboxId trash = house.account().find(new MailboxName("Trash")).orElseThrow().id();
      MailboxId work = house.change(draft -> draft.create(WORK, Optional.empty())).id();
      house.fill(inbox, 4);
      house.fill(work, 1);
      house.change(draft -> draft.move(inbox, UidSet.of(1), trash));
      house.expunge(inbox, UidSet.of(2, 3));
      house.clock().forward(Duration.ofHours(1));
      house.rename("Work", "Play");
      house.delete(work);

      List<Gone> gone = expunged(house);
      assertThat(gone)
          .extracting(g -> g.name() + " " + g.message().uid())
          .containsExactly("Play 1", "INBOX 3", "INBOX 2");
      assertThat(gone.getFirst().when()).isEqualTo(house.clock().instant());
      assertThat(gone.getLast().actor()).isEqualTo(AccountHouse.ACTOR);
      undelete(house, Optional.of(Set.of(gone.getLast().message().emailId())), Optional.empty());
      assertThat(house.uids(inbox)).containsExactly(4, 5);
      assertThat(expunged(house)).hasSize(2);
      undelete(house, Optional.empty(), Optional.empty());
      assertThat(expunged(house)).isEmpty();
      assertThat(house.uids(house.account().find(new MailboxName("Play")).orElseThrow().id()))
          .containsExactly(1);
      long version = house.account().version();
      undelete(house, Optional.empty(), Optional.empty());
      assertThat(house.account().version()).as("nothing was left to do").isEqualTo(version);
      assertThatThrownBy(() -> undelete(house, Optional.of(Set.of(99L)), Optional.empty()))
          .isInstanceOf(MailboxException.NotFound.class);
    }
  }

  @Test
  default void expungedMessagesComeBackIntoAMailboxThatIsNamed() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.fill(inbox, 2);
      house.change(draft -> draft.copy(inbox, UidSet.of(1), inbox));
      house.expunge(inbox, UidSet.of(1, 2, 3));
      undelete(house, Optional.empty(), Optional.of(new MailboxName("Rescued")));

      MailboxId rescued = house.account().find(new MailboxName("Rescued")).orElseThrow().id();
      assertThat(house.uids(rescued)).containsExactly(1, 2);
      assertThat(last(house).events())
          .containsExactly(
              new Change.Created(rescued, new MailboxName("Rescued")),
              new Change.BroughtBack(rescued, UidSet.of(1, 2)));
    }
  }

  private static List<Gone> expunged(AccountHouse house) {
    return new TimeMachine(house.account())
        .expunged(
            new UndeleteWish(Optional.empty(), Optional.empty(), Instant.MIN, Optional.empty()),
            100);
  }

  private static void undelete(
      AccountHouse house, Optional<Set<Long>> emails, Optional<MailboxName> into) {
    var _ =
        new TimeMachine(house.account())
            .undelete(
                AccountHouse.ACTOR, new UndeleteWish(emails, Optional.empty(), Instant.MIN, into));
  }

  @Test
  default void quotaDoesNotStopARestore() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.fill(inbox, 3);
      long version = house.account().version();
      house.expunge(inbox, UidSet.of(1, 2, 3));
      var _ =
          house.change(draft -> {
            draft.setQuota(new QuotaLimits(1, 0));
            return draft;
          });
      restore(house, version, false);

      assertThat(house.uids(inbox)).hasSize(3);
    }
  }

  @Test
  default void nothingIsWrittenWhereAllIsAsItWas() {
    try (var house = house()) {
      house.fill(house.inbox(), 1);
      long version = house.account().version();
      restore(house, version, true);
      house.store(house.inbox(), UidSet.of(1), FlagChange.ADD, "\\Seen");
      house.store(house.inbox(), UidSet.of(1), FlagChange.REMOVE, "\\Seen");
      restore(house, version, true);

      assertThat(house.account().version()).isEqualTo(version + 2);
      assertThatThrownBy(() -> restore(house, version + 9, true))
          .isInstanceOf(MailboxException.NotPermitted.class);
      assertThatThrownBy(() -> restore(house, 0, true))
          .isInstanceOf(MailboxException.HistoryTrimmed.class);
    }
  }

  @Test
  default void aLargeRestoreIsOneChange() {
    try (var house = house()) {
      MailboxId inbox = house.inbox();
      house.fill(inbox, 5_000);
      Snapshot before = Snapshot.of(house.account());
      long version = house.account().version();
      house.store(inbox, UidSet.range(1, 5_000), FlagChange.ADD, "\\Deleted");
      house.expunge(inbox, UidSet.range(1, 5_000));
      restore(house, version, true);

      assertThat(Snapshot.of(house.account())).isEqualTo(before);
      assertThat(house.account().version()).isEqualTo(version + 3);
      house.reopen();
      assertThat(Snapshot.of(house.account())).isEqualTo(before);
    }
  }

  @Test
  default void historyIsForgottenWhenItHasHadItsTime() {
    try (var house = house()) {
      Account account = house.account();
      MailboxId inbox = house.inbox();
      MailboxId work = house.change(draft -> draft.create(WORK, Optional.empty())).id();
      house.fill(inbox, 4);
      house.fill(work, 1);
      long moved = house.view(inbox).emailId(0);
      long expunged = house.view(inbox).emailId(1);
      house.change(draft -> draft.move(inbox, UidSet.of(1), work));
      house.expunge(inbox, UidSet.of(2));
      Instant old = house.clock().instant();
      long trimmed = account.version();
      house.clock().forward(Duration.ofDays(20));
      house.expunge(inbox, UidSet.of(3));
      house.delete(work);
      Snapshot snapshot = Snapshot.of(account);
      long version = account.version();
      assertThat(house.upkeep()).isEqualTo(Accounts.Kept.NOTHING);
      house.clock().forward(Duration.ofDays(11));

      assertThat(house.upkeep()).isEqualTo(new Accounts.Kept(6, 1, 0));
      assertThat(house.upkeep()).isEqualTo(Accounts.Kept.NOTHING);
      house.reopen();
      account = house.account();
      assertThat(account.version()).as("no version is made").isEqualTo(version);
      assertThat(account.exactSince()).isEqualTo(trimmed);
      assertThat(account.email(expunged)).isEmpty();
      assertThat(account.email(moved)).as("the history needs it").isPresent();
      assertThat(account.history(trimmed, 10)).hasSize(2);
      assertThat(account.vanishedSince(inbox, trimmed, _ -> true)).isEqualTo(UidSet.of(3));
      assertTrimmed(house, trimmed, old);
      restore(house, trimmed, true);
      assertThat(house.uids(inbox)).containsExactly(4, 5);
      assertThat(house.account().find(WORK)).isPresent();
      restore(house, version, true);
      assertThat(Snapshot.of(house.account())).isEqualTo(snapshot);
    }
  }

  private static void assertTrimmed(AccountHouse house, long trimmed, Instant old) {
    Account account = house.account();
    var machine = new TimeMachine(account);
    assertThat(machine.versionAt(old)).isEqualTo(trimmed);
    assertThat(machine.when(trimmed)).contains(old);
    assertThatThrownBy(() -> machine.versionAt(old.minusSeconds(1)))
        .isInstanceOf(MailboxException.HistoryTrimmed.class)
        .hasMessageContaining("begins at " + old);
    assertThatThrownBy(() -> restore(house, trimmed - 1, true))
        .isInstanceOf(MailboxException.HistoryTrimmed.class)
        .hasMessageContaining("begins at version " + trimmed + ", of " + old);
    assertThatThrownBy(() -> account.history(trimmed - 1, 10))
        .isInstanceOf(MailboxException.HistoryTrimmed.class);
    assertThatThrownBy(() -> account.vanishedSince(house.inbox(), trimmed - 1, _ -> true))
        .isInstanceOf(MailboxException.HistoryTrimmed.class);
  }

  /// What was done then is as old as what was done next.
  @Test
  default void aClockThatWasAheadKeepsNoHistory() {
    try (var house = house()) {
      house.clock().forward(AHEAD);
      house.fill(house.inbox(), 3);
      house.clock().forward(AHEAD.negated().plusSeconds(60));
      Instant last = house.clock().instant();
      house.expunge(house.inbox(), UidSet.of(1));
      house.clock().forward(Duration.ofDays(20));
      house.expunge(house.inbox(), UidSet.of(2));
      house.clock().forward(Duration.ofDays(11));

      assertThat(house.upkeep()).isEqualTo(new Accounts.Kept(3, 1, 0));
      assertThat(house.upkeep()).isEqualTo(Accounts.Kept.NOTHING);
      assertThat(house.account().exactSince()).isEqualTo(3);
      assertThat(new TimeMachine(house.account()).when(3)).contains(last);
      assertThat(new TimeMachine(house.account()).versionAt(last.plusSeconds(1))).isEqualTo(3);
    }
  }

  @Test
  default void aClockThatWasBehindTakesNoYoungHistoryAlong() {
    try (var house = house()) {
      house.fill(house.inbox(), 1);
      house.clock().forward(Duration.ofDays(29));
      house.fill(house.inbox(), 1);
      house.clock().forward(AHEAD.negated());
      house.fill(house.inbox(), 1);
      house.clock().forward(AHEAD);
      house.fill(house.inbox(), 1);
      house.clock().forward(Duration.ofDays(2));

      assertThat(house.upkeep().changesForgotten()).isEqualTo(2);
      assertThat(house.account().exactSince()).isEqualTo(2);
    }
  }

  /// However much was done while it was ahead.
  @Test
  default void manyChangesOfAClockThatWasAheadAreForgotten() {
    try (var house = house()) {
      house.clock().forward(Duration.ofDays(31));
      assertThat(house.upkeep().changesForgotten()).isEqualTo(1);
      house.clock().forward(AHEAD);
      for (int i = 0; i < 2_100; i++) {
        subscribe(house, WORK, i % 2 == 0);
      }
      house.clock().forward(AHEAD.negated());
      assertThat(house.upkeep()).isEqualTo(Accounts.Kept.NOTHING);
      house.fill(house.inbox(), 1);
      house.clock().forward(Duration.ofDays(31));

      assertThat(house.upkeep().changesForgotten()).isEqualTo(2_101);
    }
  }

  @Test
  default void aClockThatWasAheadKeepsNoMessage() {
    try (var house = house()) {
      MailboxId trash = house.account().find(new MailboxName("Trash")).orElseThrow().id();
      house.clock().forward(AHEAD);
      house.fill(trash, 1);
      house.clock().forward(AHEAD.negated());
      house.fill(trash, 1);
      house.clock().forward(Duration.ofDays(8));
      house.fill(trash, 1);
      assertThat(house.upkeep().messagesExpunged()).isZero();
      house.clock().forward(Duration.ofDays(3));

      assertThat(house.upkeep().messagesExpunged()).isEqualTo(2);
      assertThat(house.uids(trash)).containsExactly(3);
    }
  }

  @Test
  default void alsoTheLastChangeIsForgotten() {
    try (var house = house()) {
      house.fill(house.inbox(), 2_500);
      house.expunge(house.inbox(), UidSet.range(1, 2_499));
      house.clock().forward(Duration.ofDays(31));

      assertThat(house.upkeep()).isEqualTo(new Accounts.Kept(3, 2_499, 0));
      assertThat(house.account().exactSince()).isEqualTo(house.account().version());
      assertThat(new TimeMachine(house.account()).versionAt(house.clock().instant())).isEqualTo(3);
      restore(house, 3, true);
      assertThat(house.account().version()).isEqualTo(3);
    }
  }

  @Test
  default void aMailboxIsEmptiedByTimeAndThatCanBeUndone() {
    try (var house = house()) {
      MailboxId trash = house.account().find(new MailboxName("Trash")).orElseThrow().id();
      MailboxId junk = house.account().find(new MailboxName("Junk")).orElseThrow().id();
      house.fill(trash, 2);
      house.fill(junk, 1);
      house.fill(house.inbox(), 1);
      retain(house, house.inbox(), OptionalInt.of(12));
      house.clock().forward(Duration.ofDays(5));
      house.fill(trash, 1);
      house.clock().forward(Duration.ofDays(6));

      assertThat(house.upkeep()).isEqualTo(new Accounts.Kept(0, 0, 2));
      assertThat(house.uids(trash)).containsExactly(3);
      assertThat(house.uids(junk)).containsExactly(1);
      assertThat(house.uids(house.inbox())).containsExactly(1);
      assertThat(last(house).actor().login()).isEqualTo("retention");
      restore(house, house.account().version() - 1, true);
      assertThat(house.upkeep()).as("what came back stays").isEqualTo(Accounts.Kept.NOTHING);
      house.clock().forward(Duration.ofDays(2));
      assertThat(house.upkeep().messagesExpunged()).isEqualTo(1);
      retain(house, trash, OptionalInt.of(0));
      house.clock().forward(Duration.ofDays(15));
      assertThat(house.upkeep().messagesExpunged()).isZero();
      house.reopen();
      assertThat(house.view(trash).info().retentionDays()).hasValue(0);
    }
  }

  private static void retain(AccountHouse house, MailboxId mailbox, OptionalInt days) {
    var _ =
        house.change(draft -> {
          draft.retain(mailbox, days);
          return draft;
        });
  }

  /// Whatever was done, each version can be had back, and the log stays whole.
  @Test
  default void everyVersionOfARandomHistoryCanBeHadBack() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    try (var house = house()) {
      Map<Long, Snapshot> snapshots = new TreeMap<>();
      Map<Long, Long> nextEmails = new TreeMap<>();
      for (int step = 0; step < steps(); step++) {
        act(house, random);
        Account account = house.account();
        snapshots.put(account.version(), Snapshot.of(account));
        nextEmails.put(account.version(), account.state().row().nextEmailId());
        house.clock().forward(Duration.ofHours(random.nextInt(12)));
        if (random.nextInt(20) == 0) {
          house.upkeep();
          snapshots.put(account.version(), Snapshot.of(account));
          nextEmails.put(account.version(), account.state().row().nextEmailId());
        }
        if (random.nextInt(12) == 0) {
          long since = account.exactSince();
          List<Long> versions = snapshots.keySet().stream().filter(v -> v >= since).toList();
          long version = versions.get(random.nextInt(versions.size()));
          boolean exact = random.nextBoolean();
          long firstNew = nextEmails.getOrDefault(version, 0L);
          Snapshot wanted = snapshots.getOrDefault(version, Snapshot.of(account));
          List<String> newMail = newMail(account, firstNew);
          restore(house, version, exact);
          String what = "seed %d, step %d, to %d".formatted(seed, step, version);
          if (exact) {
            assertThat(Snapshot.of(account)).as(what).isEqualTo(wanted);
          } else {
            Snapshot old = Snapshot.of(account, firstNew);
            wanted
                .mailboxes()
                .forEach(
                    (name, box) -> assertThat(old.in(name)).as(what).isEqualTo(box.messages()));
            assertThat(newMail(account, firstNew)).as(what).isEqualTo(newMail);
          }
        }
        if (random.nextInt(40) == 0) {
          house.reopen();
        }
      }
      long since = house.account().exactSince();
      List<Change> log = house.account().history(since, 1_000_000);
      assertThat(log)
          .extracting(Change::version)
          .containsExactlyElementsOf(
              LongStream.rangeClosed(since + 1, house.account().version()).boxed().toList());
    }
  }

  /// The emails that came in since, with their flags.
  private static List<String> newMail(Account account, long firstNew) {
    List<String> all = new ArrayList<>();
    for (MailboxInfo mailbox : account.mailboxes()) {
      MailboxView view = account.view(mailbox.id()).orElseThrow();
      for (int i = 0; i < view.size(); i++) {
        if (view.emailId(i) >= firstNew) {
          all.add(view.emailId(i) + " " + view.flags(i));
        }
      }
    }
    all.sort(null);
    return all;
  }

  private static void act(AccountHouse house, Random random) {
    List<MailboxInfo> all = house.account().mailboxes();
    MailboxInfo from = all.get(random.nextInt(all.size()));
    MailboxInfo to = all.get(random.nextInt(all.size()));
    var name = new MailboxName("M" + random.nextInt(6));
    UidSet some = some(house.view(from.id()), random);
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> house.fill(to.id(), random.nextInt(1, 6));
      case 3 -> house.change(draft -> draft.copy(from.id(), some, to.id()));
      case 4, 5 -> house.change(draft -> draft.move(from.id(), some, to.id()));
      case 6 -> house.expunge(from.id(), some);
      case 7, 8 ->
          house.store(
              from.id(),
              some,
              random.nextBoolean() ? FlagChange.ADD : FlagChange.REMOVE,
              random.nextBoolean() ? "\\Seen" : "work");
      case 9 -> {
        if (house.account().find(name).isEmpty()) {
          house.change(draft -> draft.create(name, Optional.empty()));
        } else {
          subscribe(house, name, random.nextBoolean());
        }
      }
      case 10 -> {
        if (!from.name().isInbox()) {
          house.delete(from.id());
        }
      }
      default -> {
        if (house.account().find(name).isEmpty() && !name.isBelow(from.name())) {
          house.rename(from.name().value(), name.value());
        }
      }
    }
  }

  private static void subscribe(AccountHouse house, MailboxName name, boolean on) {
    var _ =
        house.change(draft -> {
          draft.subscribe(name, on);
          return draft;
        });
  }

  private static UidSet some(MailboxView view, Random random) {
    return UidSet.of(
        LongStream.range(0, view.size())
            .filter(_ -> random.nextInt(3) == 0)
            .map(i -> view.uid((int) i))
            .toArray());
  }

  private static void restore(AccountHouse house, long version, boolean exact) {
    var _ =
        new TimeMachine(house.account())
            .restore(AccountHouse.ACTOR, new RestoreWish(version, ALL, exact));
  }

  private static Change last(AccountHouse house) {
    return house.account().history(house.account().version() - 1, 1).getFirst();
  }
}
