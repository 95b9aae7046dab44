package org.posthorn.storage.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.storage.SmallDisk;

final class WritabilityTest {
  @TempDir private Path directory;

  private final AtomicLong nanos = new AtomicLong();

  private void aMinuteGoesBy() {
    nanos.addAndGet(Duration.ofMinutes(1).toNanos());
  }

  @Test
  void whatTheDiskDoesNotTellIsKnownForAMinute() {
    var contents = new Writability(directory, nanos::get);
    assertThat(contents.failed(new IOException("Disk quota exceeded")).isFull()).isTrue();
    assertThat(contents.whyNot()).contains("The disk is full: free space on it");
    aMinuteGoesBy();
    assertThat(contents.whyNot()).isEmpty();
    assertThat(contents.failed(new IOException("Input/output error")).isFull()).isFalse();
    assertThat(contents.whyNot()).contains("A content cannot be written");
    contents.worked();
    assertThat(contents.whyNot()).isEmpty();
  }

  /// The last room may be for this server alone.
  @Test
  void whoHasJustWrittenKnowsBetterThanTheDisk() throws IOException {
    try (var small = SmallDisk.mount(directory.resolve("disk"), 8)) {
      var contents = new Writability(small.path(), nanos::get);
      small.fill(0);
      contents.worked();
      assertThat(contents.whyNot()).isEmpty();
      aMinuteGoesBy();
      assertThat(contents.whyNot()).contains("The disk is full: free space on it");
    }
  }
}
