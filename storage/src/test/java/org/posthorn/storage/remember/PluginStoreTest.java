package org.posthorn.storage.remember;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.memory.InMemoryEngine;

@Timeout(120)
class PluginStoreTest {
  private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);

  private final PluginStore store = store(Duration.ofMillis(200));
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch mayEnd = new CountDownLatch(1);
  private final AtomicReference<Throwable> thrown = new AtomicReference<>();

  @Test
  void aChangeThatNeverEndsHoldsUpNobodyForLongAndChangesNothing() throws InterruptedException {
    put("a", "1");
    Thread hanging = Thread.ofPlatform().daemon().start(this::hang);
    begun.await();

    put("b", "2");
    put("a", store.find("a").orElse("") + "1");

    assertThat(store.find("a")).contains("11");
    assertThat(store.find("half")).isEmpty();
    assertThat(hanging.isAlive()).isTrue();

    mayEnd.countDown();
    hanging.join();
    assertThat(thrown.get())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("nothing of it was kept");
    assertThat(store.find("half")).isEmpty();
    put("b", "3");
    assertThat(store.find("b")).contains("3");
  }

  /// The thread that asks is the one that edits: whose time is over is known by it.
  @Test
  void anEditRunsOnTheThreadThatAsksForIt() {
    assertThat(store(Duration.ofMinutes(1)).<Thread>change(_ -> Thread.currentThread()))
        .isSameAs(Thread.currentThread());
  }

  @Test
  void anInterruptIsKeptForWhoeverWaitsNext() {
    Thread.currentThread().interrupt();
    put("a", "1");
    assertThat(Thread.interrupted()).isTrue();
    assertThat(store.find("a")).isEqualTo(Optional.of("1"));
  }

  private void hang() {
    try {
      var _ =
          store.change(draft -> {
            draft.put("half", "written");
            begun.countDown();
            await(mayEnd);
            return true;
          });
    } catch (RuntimeException e) {
      thrown.set(e);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Until it is done: on a busy machine any change may take longer than it may here.
  private void put(String key, String value) {
    boolean done = false;
    while (!done) {
      try {
        done =
            store.change(draft -> {
              draft.put(key, value);
              return true;
            });
      } catch (IllegalStateException e) {
        assertThat(e).hasMessageContaining("nothing of it was kept");
      }
    }
  }

  private static PluginStore store(Duration changeMax) {
    var partition = new Partition(Partition.Kind.SYSTEM, "plugins/test");
    return new PluginStore(new InMemoryEngine(), partition, CLOCK, changeMax);
  }
}
