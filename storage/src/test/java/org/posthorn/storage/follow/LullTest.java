package org.posthorn.storage.follow;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LullTest {
  @Test
  void isOverWhenAllProcessorsAreAtWork() throws Exception {
    var working = new AtomicBoolean(true);
    int processors = Runtime.getRuntime().availableProcessors();
    var threads =
        IntStream.range(0, processors)
            .mapToObj(_ -> Thread.ofPlatform().start(() -> work(working)))
            .toList();
    Lull lull = Lull.ofProcessors(Duration.ofHours(1));
    boolean _ = lull.isNow();
    boolean busy = false;
    for (int i = 0; i < 100 && !busy; i++) {
      Thread.sleep(Lull.LOOK);
      busy = !lull.isNow();
    }
    working.set(false);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(busy).isTrue();
  }

  private static void work(AtomicBoolean going) {
    while (going.get()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void isAlwaysForWorkThatNeverWaits() {
    assertThat(Lull.always().isNow()).isTrue();
    assertThat(Lull.always().patience()).isZero();
  }
}
