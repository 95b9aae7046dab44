package org.posthorn.storage.follow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.StorageUnavailable;

final class TroublesTest {
  private final AtomicLong nanos = new AtomicLong();
  private final Troubles troubles = new Troubles(nanos::get);

  @Test
  void theSameIsToldOnce() {
    assertThat(troubles.isNew("ann", damaged("row 1"))).isTrue();
    assertThat(troubles.isNew("ann", damaged("row 1"))).isFalse();
    assertThat(troubles.isNew("bob", damaged("row 1"))).isTrue();
    assertThat(troubles.isNew("ann", damaged("row 2"))).as("another cause").isTrue();
    assertThat(troubles.isNew("ann", damaged("row 2"))).isFalse();
    troubles.isOver("ann");
    assertThat(troubles.isNew("ann", damaged("row 2"))).as("it had gone well").isFalse();
    nanos.addAndGet(Duration.ofHours(1).toNanos());
    assertThat(troubles.isNew("ann", damaged("row 2"))).as("an hour later").isTrue();
    assertThat(troubles.isNew("ann", damaged("row 2"))).isFalse();
  }

  @Test
  void whatFailsAgainWaitsLonger() {
    for (long pause : new long[] {1, 2, 4, 8, 16, 16}) {
      boolean _ = troubles.isNew("ann", damaged("row 1"));
      assertThat(troubles.pauseNanos("ann", 1)).isEqualTo(pause);
    }
    boolean _ = troubles.isNew("bob", damaged("row 1"));
    assertThat(troubles.pauseNanos("bob", 1)).isEqualTo(1);
    troubles.isOver("ann");
    boolean _ = troubles.isNew("ann", damaged("row 1"));
    assertThat(troubles.pauseNanos("ann", 1)).isEqualTo(1);
  }

  private static StorageUnavailable damaged(String what) {
    return new StorageUnavailable("A row is damaged", new IOException(what));
  }
}
