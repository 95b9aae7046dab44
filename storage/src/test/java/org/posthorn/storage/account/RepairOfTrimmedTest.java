package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.memory.InMemoryEngine;

/// What was expunged and forgotten stays so: a repair finds nothing to do in an account that is
/// sound, wherever the upkeep of its history stopped.
final class RepairOfTrimmedTest {
  private static final int STEPS = 120;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void nothingComesBackThatWasExpunged(int seed) {
    var random = new Random(seed);
    var engine = new StoppingEngine(new InMemoryEngine());
    try (var house = new AccountHouse(engine, UnaryOperator.identity())) {
      for (int i = 0; i < STEPS; i++) {
        String what = step(house, engine, random);
        assertThat(house.accounts().repair(AccountHouse.ID, "ann@example.org").orElseThrow())
            .as("seed %d, step %d: %s", seed, i, what)
            .isEmpty();
      }
      assertThat(house.account().exactSince()).as("much was forgotten").isGreaterThan(20);
    }
  }

  private static String step(AccountHouse house, StoppingEngine engine, Random random) {
    List<MailboxInfo> all = new ArrayList<>(house.account().mailboxes());
    MailboxInfo one = all.get(random.nextInt(all.size()));
    MailboxInfo other = all.get(random.nextInt(all.size()));
    UidSet some = UidSet.range(1 + random.nextInt(5), 5 + random.nextInt(20));
    return switch (random.nextInt(9)) {
      case 0 -> {
        var name = new MailboxName("Box " + random.nextInt(1_000_000));
        var _ = house.change(draft -> draft.create(name, Optional.empty()));
        yield "create " + name;
      }
      case 1 -> {
        if (!one.name().isInbox() && all.size() > 4) {
          house.delete(one.id());
        }
        yield "delete " + one.name();
      }
      case 2 -> {
        var _ = house.expunge(one.id(), some);
        yield "expunge " + one.name();
      }
      case 3 -> {
        if (!one.id().equals(other.id())) {
          var _ = house.change(draft -> draft.move(one.id(), some, other.id()));
        }
        yield "move " + one.name();
      }
      case 4 -> {
        var _ = house.change(draft -> draft.copy(one.id(), some, other.id()));
        yield "copy " + one.name();
      }
      case 5 -> {
        var wish =
            new UndeleteWish(Optional.empty(), Optional.empty(), Instant.MIN, Optional.empty());
        RestorePlan plan = new TimeMachine(house.account()).undelete(AccountHouse.ACTOR, wish);
        yield "undelete in steps: " + plan.steps().size();
      }
      case 6 -> {
        house.clock().forward(Duration.ofDays(random.nextInt(20)));
        int[] left = {random.nextInt(4)};
        yield "upkeep " + house.upkeep(() -> left[0]-- > 0);
      }
      case 7 -> {
        house.clock().forward(Duration.ofDays(random.nextInt(20)));
        yield "the power goes: " + interrupted(house, engine, random.nextInt(4));
      }
      default -> {
        house.fill(one.id(), 1 + random.nextInt(4));
        yield "fill " + one.name();
      }
    };
  }

  private static String interrupted(AccountHouse house, StoppingEngine engine, int commits) {
    engine.stopAfter(commits);
    try {
      return house.upkeep().toString();
    } catch (StorageUnavailable e) {
      return String.valueOf(e.getMessage());
    } finally {
      engine.goOn();
      house.reopen();
    }
  }
}
