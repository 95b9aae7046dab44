package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.storage.account.DamagedAccount.repair;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.posthorn.message.MailId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.AccountDraft.FlagChange;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.memory.InMemoryEngine;

/// An account with rows of every kind, of which one after the other is damaged: it opens after a
/// repair, all fits together, and a second repair finds nothing to do.
final class RepairOfMuchTest {
  private static final byte[] EXPUNGED = Keys.email(8);
  private static final AccountId BOB = new AccountId("bob");

  private static AccountHouse house(Engine engine) {
    var house = new AccountHouse(engine, UnaryOperator.identity());
    MailboxId inbox = house.inbox();
    MailboxId old =
        house.change(draft -> draft.create(new MailboxName("Old"), Optional.empty())).id();
    house.fill(old, 3);
    house.expunge(old, UidSet.of(2));
    house.delete(old);
    house.clock().forward(Duration.ofDays(40));
    assertThat(house.upkeep(() -> false).changesForgotten()).isPositive(); // Emails are noted.
    MailboxId work =
        house.change(draft -> draft.create(new MailboxName("Work"), Optional.empty())).id();
    house.fill(inbox, 5);
    house.store(inbox, UidSet.of(3), FlagChange.ADD, "\\Seen", "work");
    house.expunge(inbox, UidSet.of(5));
    var _ = house.delivers(inbox, house.letter("One", ""), new MailId("mail1"), "ann");
    var _ = house.importOnce(work, house.letter("Two", ""), new SourceKey(7, 0, 1));
    var _ =
        house.change(draft -> {
          draft.append(work, house.letterWithId("<1@example.org>", ""));
          draft.setRights(work, "bob@example.org", Rights.ALL);
          draft.annotate(Annotation.shared(work, "/comment"), Optional.of("ours"));
          draft.retain(work, OptionalInt.of(7));
          draft.subscribe(new MailboxName("Else"), true);
          draft.markSeen(work, BOB, UidSet.of(1), true);
          return draft.accessKey(AccountHouse.ID, work, false);
        });
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

  private static List<String> faults(AccountHouse house, String when) {
    return house
        .accounts()
        .verify(AccountHouse.ID, ConsistencyWalk.Depth.ROWS)
        .orElseThrow()
        .faults()
        .stream()
        .map(fault -> fault.what() + " " + when)
        .toList();
  }

  private interface Damage {
    /// Null: the row is not there any more.
    byte @Nullable [] of(byte[] value);
  }

  private static void each(Damage damage, String how) {
    List<byte[]> keys = keys();
    var kinds = new StringBuilder();
    var troubles = new ArrayList<String>();
    for (int i = 0; i < keys.size(); i++) {
      kinds.append((char) keys.get(i)[0]);
      // Nobody has the expunged one any more, but the history tells of it.
      if (!Arrays.equals(keys.get(i), EXPUNGED)) {
        String what = how + " row " + HexFormat.of().formatHex(keys.get(i)) + ": ";
        damageOne(i, damage).forEach(trouble -> troubles.add(what + trouble));
      }
    }
    assertThat(kinds.toString()).contains("a", "b", "c", "d", "e", "g", "h", "k", "l", "m");
    assertThat(kinds.toString()).contains("p", "q", "r", "s", "t", "u", "v", "x");
    assertThat(String.join("\n", troubles)).isEmpty();
  }

  private static List<byte[]> keys() {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      assertThat(house.account().version()).isPositive();
      return rows(engine).stream().map(Page.Row::key).toList();
    }
  }

  /// Damages the row of this number, and says what is wrong after a repair.
  private static List<String> damageOne(int number, Damage damage) {
    var engine = new InMemoryEngine();
    try (var house = house(engine)) {
      Page.Row row = rows(engine).get(number);
      byte[] damaged = damage.of(row.value());
      Batch batch =
          damaged == null ? new Batch().delete(row.key()) : new Batch().put(row.key(), damaged);
      house.accounts().close();
      var partition = Rows.partition(AccountHouse.ID);
      var _ = engine.commit(partition, engine.head(partition).version(), CommitId.random(), batch);
      house.reopen();
      List<String> troubles = new ArrayList<>();
      List<String> done = repair(house);
      troubles.addAll(faults(house, "after " + done));
      repair(house).forEach(again -> troubles.add(again + " again, after " + done));
      assertThat(house.picture()).isNotNull();
      house.fill(house.inbox(), 1);
      house.clock().forward(Duration.ofDays(40));
      assertThat(house.upkeep().changesForgotten()).isPositive();
      troubles.addAll(faults(house, "in time, after " + done));
      return troubles;
    }
  }

  @Test
  void everyRowMayBeCutOff() {
    each(value -> Arrays.copyOf(value, value.length / 2), "half");
  }

  /// Wherever it ends, with the next one all is as if it had not.
  @Test
  void aRepairThatIsInterruptedIsDoneByTheNext() {
    int count = keys().size();
    for (int i = 0; i < count; i++) {
      int commits = 0;
      boolean stopped = true;
      Set<String> whole = afterRepair(i, Integer.MAX_VALUE).orElseThrow();
      for (; stopped; commits++) {
        Optional<Set<String>> after = afterRepair(i, commits);
        stopped = after.isPresent();
        assertThat(after.orElse(whole))
            .as("%s after %d commits", HexFormat.of().formatHex(keys().get(i)), commits)
            .isEqualTo(whole);
      }
    }
  }

  /// What is there after a repair that made so many commits, and another one: of each mailbox how
  /// many messages it has, and whether clients take it for the same. Empty when the first one came
  /// to its end.
  private static Optional<Set<String>> afterRepair(int number, int commits) {
    var engine = new StoppingEngine(new InMemoryEngine());
    try (var house = house(engine)) {
      List<MailboxInfo> before = house.account().mailboxes();
      Page.Row row = rows(engine).get(number);
      house.accounts().close();
      var partition = Rows.partition(AccountHouse.ID);
      var damage = new Batch().put(row.key(), Arrays.copyOf(row.value(), row.value().length / 2));
      var _ = engine.commit(partition, engine.head(partition).version(), CommitId.random(), damage);
      house.reopen();
      engine.stopAfter(commits);
      boolean done;
      try {
        repair(house);
        done = commits < Integer.MAX_VALUE;
      } catch (StorageUnavailable _) {
        done = false;
      }
      engine.goOn();
      house.reopen();
      var _ = repair(house);
      assertThat(faults(house, "after both")).isEmpty();
      return done
          ? Optional.empty()
          : Optional.of(
              house.account().mailboxes().stream()
                  .map(info -> picture(info, before))
                  .collect(Collectors.toSet()));
    }
  }

  private static String picture(MailboxInfo info, List<MailboxInfo> before) {
    boolean same =
        before.stream()
            .anyMatch(was -> was.id().equals(info.id()) && was.uidValidity() == info.uidValidity());
    return "%s: %d messages%s".formatted(info.name(), info.messages(), same ? "" : ", another one");
  }

  @Test
  void everyRowMayBeEmpty() {
    each(_ -> new byte[0], "empty");
  }

  @Test
  void everyRowMayBeZeroes() {
    each(value -> new byte[Math.max(1, value.length)], "zeroes");
  }

  @Test
  void everyRowMayBeGone() {
    each(_ -> null, "gone");
  }
}
