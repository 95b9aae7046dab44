package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.posthorn.message.ContentId;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.queue.Arrival;
import org.posthorn.storage.queue.DueKey;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueueChange;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;

final class DueWindowTest {
  private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

  private final QueueStore queue = new QueueStore(new InMemoryEngine());

  @Test
  void takesWhatIsDueInItsOrderAndNothingElse() {
    var window = new DueWindow(queue, 100);
    window.refill();
    window.add(storeDueIn(3));
    window.add(storeDueIn(1));
    window.add(storeDueIn(2));
    assertThat(window.poll(NOON)).isEmpty();
    assertThat(window.poll(NOON.plusSeconds(2))).contains(key(1));
    assertThat(window.poll(NOON.plusSeconds(2))).contains(key(2));
    assertThat(window.poll(NOON.plusSeconds(2))).isEmpty();
  }

  /// With room for a few only, whatever the order of adding, reading and taking: all come up once,
  /// in their order.
  @Test
  void aSmallWindowLosesNothing() {
    long seed = System.nanoTime();
    for (int round = 0; round < 20; round++) {
      playWithSmallWindow(seed + round);
    }
  }

  private static void playWithSmallWindow(long seed) {
    var random = new Random(seed);
    var store = new QueueStore(new InMemoryEngine());
    var window = new DueWindow(store, 8);
    Set<DueKey> expected = new TreeSet<>();
    Instant now = NOON;
    int next = 0;
    int taken = 0;
    while (next < 300 || !expected.isEmpty()) {
      switch (random.nextInt(4)) {
        case 0, 1 -> {
          if (next < 300) {
            DueKey key = store(store, next++, now.plusSeconds(random.nextInt(40) - 5));
            expected.add(key);
            window.add(key);
          }
        }
        case 2 -> window.refill();
        default -> {
          now = now.plusSeconds(next < 300 ? 1 : 100);
          window.refill();
          Optional<DueKey> first = window.poll(now);
          while (first.isPresent()) {
            DueKey key = first.get();
            if (expected.remove(key)) {
              taken++;
              remove(store, key);
            }
            assertThat(expected.stream().filter(other -> other.compareTo(key) < 0))
                .as("seed %d: nothing was passed over", seed)
                .isEmpty();
            window.refill();
            first = window.poll(now);
          }
        }
      }
      assertThat(window.size()).as("seed " + seed).isLessThanOrEqualTo(8 + 4);
    }
    assertThat(taken).as("seed " + seed).isEqualTo(300);
  }

  /// The store knows them under the time at which they were due, which is read already.
  @Test
  void whatIsToBeLookedAtAgainComesUpHoweverMuchTheStoreHas() {
    for (int i = 0; i < 20; i++) {
      storeDueIn(i);
    }
    var window = new DueWindow(queue, 8);
    window.refill();
    DueKey failed = window.poll(NOON).orElseThrow();
    var later = new DueKey(NOON.plusSeconds(10), failed.mail(), failed.number());
    window.addAgain(later);
    List<DueKey> taken = new ArrayList<>();
    for (int second = 1; second < 20; second++) {
      window.refill();
      window.poll(NOON.plusSeconds(second)).ifPresent(taken::add);
    }
    assertThat(taken).hasSize(19).contains(later).isSorted();
  }

  @Test
  void whereTooMuchIsToBeLookedAtAgainNothingElseIsBegun() throws InterruptedException {
    var window = new DueWindow(queue, 8);
    storeDueIn(0);
    window.refill();
    for (int i = 1; i <= 8; i++) {
      window.addAgain(new DueKey(NOON.plusSeconds(10), new MailId("m" + i), 0));
    }
    assertThat(window.poll(NOON)).isEmpty();
    assertThat(window.await(NOON, Duration.ofMillis(1))).isTrue();
    assertThat(window.poll(NOON.plusSeconds(10)).orElseThrow().mail().value()).isEqualTo("m1");
    assertThat(window.poll(NOON.plusSeconds(10))).contains(key(0));
  }

  @Test
  void whoeverWaitsIsWokenBySomethingNewThatComesFirst() throws InterruptedException {
    var window = new DueWindow(queue, 100);
    window.refill();
    window.add(storeDueIn(50));
    var waiting =
        Thread.ofVirtual()
            .start(() -> {
              try {
                assertThat(window.await(NOON, Duration.ofHours(1))).isTrue();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    window.add(storeDueIn(1));
    waiting.join(Duration.ofSeconds(10));
    assertThat(waiting.isAlive()).isFalse();
    window.close();
    assertThat(window.await(NOON, Duration.ofHours(1))).isFalse();
  }

  @Test
  void aMillionRowsStartFast() {
    var start = System.nanoTime();
    for (int i = 0; i < 30_000; i++) {
      storeDueIn(i);
    }
    var window = new DueWindow(queue, 1_000);
    long filled = System.nanoTime();
    window.refill();
    long opened = System.nanoTime() - filled;
    assertThat(window.size()).isEqualTo(500);
    assertThat(opened).as("reads a part only").isLessThan(filled - start);
  }

  private DueKey storeDueIn(int seconds) {
    return store(queue, seconds, NOON.plusSeconds(seconds));
  }

  private static DueKey key(int seconds) {
    return new DueKey(NOON.plusSeconds(seconds), new MailId("m" + seconds), 0);
  }

  private static DueKey store(QueueStore store, int number, Instant due) {
    var id = new MailId("m" + number);
    QueuedRecipient row = row(due);
    store.change(new QueueChange(id).add(row).accept(ARRIVAL, FORM));
    return DueKey.of(id, row);
  }

  private static void remove(QueueStore store, DueKey key) {
    store.change(
        new QueueChange(key.mail()).remove(row(key.due())).finish(List.of(0), new ArrayList<>()));
  }

  private static QueuedRecipient row(Instant due) {
    return new QueuedRecipient(
        0,
        0,
        new MailAddress("ann", Domain.of("example.org")),
        Optional.empty(),
        Set.of(),
        new RecipientState.Waiting(new RecipientState.Place("root", "")),
        0,
        due,
        Optional.empty(),
        false);
  }

  private static final Arrival ARRIVAL =
      new Arrival(
          Optional.empty(),
          "",
          Optional.empty(),
          "local",
          "c1",
          NOON,
          false,
          false,
          Optional.empty(),
          Optional.empty());

  private static final MailForm FORM =
      new MailForm(0, Optional.empty(), new ContentId("c"), "", List.of(), Map.of());
}
