package org.posthorn.storage.remember;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.StoppingEngine;
import org.posthorn.storage.memory.InMemoryEngine;

class MemoriesTest {
  private static final Duration DAY = Duration.ofDays(1);

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-11-22T12:00:00Z"));
  private final InstantSource clock = now::get;
  private final InMemoryEngine engine = new InMemoryEngine();
  private final Memories memories = new Memories(engine, clock);

  @Test
  void keepsValuesOverRestarts() {
    put("a", "key", "value");
    put("b", "key", "other");
    assertThat(memories.find("a", "key")).contains("value");
    memories.write();
    var again = new Memories(engine, clock);
    assertThat(again.find("a", "key")).contains("value");
    assertThat(again.find("b", "key")).contains("other");
    assertThat(again.find("a", "none")).isEmpty();
  }

  @Test
  void namesAllThatOneKeeperHas() {
    put("a", "one", "1");
    put("a", "two", "2");
    put("ab", "three", "3");
    put("a", "gone", "4");
    memories.update("a", "gone", DAY, _ -> Optional.empty());
    List<String> seen = new ArrayList<>();
    memories.forEach("a", (key, value) -> seen.add(key + "=" + value));
    assertThat(seen).containsExactly("one=1", "two=2");
    now.set(now.get().plus(DAY));
    memories.forEach("a", (key, value) -> seen.add(key));
    assertThat(seen).hasSize(2);
  }

  @Test
  @Timeout(60)
  void aChangeThatDoesNotEndHoldsUpNobodyElse() throws InterruptedException {
    var begun = new CountDownLatch(1);
    var end = new CountDownLatch(1);
    Thread slow =
        Thread.ofVirtual()
            .start(() ->
                memories.update(
                    "plugin",
                    "key",
                    DAY,
                    before -> {
                      begun.countDown();
                      try {
                        end.await();
                      } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                      }
                      return Optional.of(before.orElse("") + "late");
                    }));
    begun.await();
    for (int i = 0; i < 1_000; i++) {
      put("greylist", "key" + i, "1");
    }
    put("plugin", "key", "early ");
    end.countDown();
    slow.join();
    assertThat(memories.find("plugin", "key")).contains("early late");
  }

  @Test
  void forgetsInTime() {
    put("a", "key", "value");
    memories.write();
    now.set(now.get().plus(DAY));
    assertThat(memories.find("a", "key")).isEmpty();
    assertThat(memories.sweep()).isEqualTo(1);
    assertThat(memories.sweep()).isZero();
  }

  @Test
  void removesWhatIsSaidToBeNothing() {
    put("a", "key", "value");
    memories.write();
    memories.update("a", "key", DAY, before -> before.filter(String::isEmpty));
    assertThat(memories.find("a", "key")).isEmpty();
    memories.write();
    assertThat(new Memories(engine, clock).find("a", "key")).isEmpty();
  }

  @Test
  void changesAValueAsOneStep() throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                for (int n = 0; n < 500; n++) {
                  memories.update("a", "count", DAY, MemoriesTest::plusOne);
                }
              }));
    }
    for (int i = 0; i < 50; i++) {
      memories.write();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(memories.find("a", "count")).contains("4000");
  }

  @Test
  void refusesWhatIsTooLong() {
    assertThatThrownBy(() -> put("a", "k".repeat(256), "v"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> put("a", "k", "v".repeat(4097)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void writesBehindAndAtTheEnd() throws InterruptedException {
    memories.start();
    put("a", "key", "value");
    memories.close();
    assertThat(new Memories(engine, clock).find("a", "key")).contains("value");
  }

  /// On a full disk, for one: what gates learn does not fill the memory, and each connection does
  /// not try the disk again.
  @Test
  void whatCannotBeWrittenIsRefusedBeforeItIsTooMuch() {
    var full = new StoppingEngine(engine);
    var ofFull = new Memories(full, clock);
    full.stopAfter(0);
    int refused = 0;
    for (int i = 0; i < 50_000; i++) {
      String key = "key" + i;
      try {
        ofFull.update("a", key, DAY, _ -> Optional.of("value"));
      } catch (StorageUnavailable _) {
        refused++;
        assertThat(ofFull.find("a", key)).isEmpty();
      }
    }
    assertThat(refused).isEqualTo(30_000);
    assertThat(full.refused()).isBetween(1, 1_000);
    full.goOn();
    ofFull.write();
    var written = new AtomicInteger();
    ofFull.forEach("a", (_, _) -> written.incrementAndGet());
    assertThat(written).hasValue(20_000);
    put(ofFull, "a", "more", "value");
  }

  private static Optional<String> plusOne(Optional<String> before) {
    return Optional.of(String.valueOf(Integer.parseInt(before.orElse("0")) + 1));
  }

  private void put(String name, String key, String value) {
    put(memories, name, key, value);
  }

  private static void put(Memories into, String name, String key, String value) {
    into.update(name, key, DAY, _ -> Optional.of(value));
  }
}
