package org.posthorn.storage.follow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.StorageUnavailable;

final class TroublesTest {
  private final Troubles troubles = new Troubles();

  @Test
  void theSameIsToldOnce() {
    assertThat(troubles.isNew("ann", damaged("row 1"))).isTrue();
    assertThat(troubles.isNew("ann", damaged("row 1"))).isFalse();
    assertThat(troubles.isNew("bob", damaged("row 1"))).isTrue();
    assertThat(troubles.isNew("ann", damaged("row 2"))).as("another cause").isTrue();
    assertThat(troubles.isNew("ann", damaged("row 2"))).isFalse();
    troubles.isOver("ann");
    assertThat(troubles.isNew("ann", damaged("row 2"))).as("it had gone well").isTrue();
    assertThat(troubles.isNew("bob", damaged("row 1"))).isFalse();
  }

  private static StorageUnavailable damaged(String what) {
    return new StorageUnavailable("A row is damaged", new IOException(what));
  }
}
