package org.posthorn.storage.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.storage.search.SearchHouse.ANN;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.storage.content.FaultyDisk;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.memory.InMemoryEngine;

/// The disk cannot read one email: the index notes that, and goes on with those behind it.
final class UnreadableEmailTest {
  @TempDir private Path directory;

  private final FaultyDisk disk = new FaultyDisk();

  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD, unit = TimeUnit.SECONDS)
  void theEmailsBehindItAreFound() throws IOException {
    try (SegmentContentStore contents = contents();
        var house = new SearchHouse(new InMemoryEngine(), contents)) {
      house.closeSearch();
      house.append(ANN, "One", "first letter");
      long from = Files.size(segment());
      house.append(ANN, "Two", "second letter");
      long to = Files.size(segment());
      house.append(ANN, "Three", "third letter");
      disk.badSectors(segment(), from, to);
      house.searchIn(directory.resolve("index"));
      assertThat(found(house, "third"))
          .containsExactly(Found.Verdict.NO, Found.Verdict.LOOK, Found.Verdict.YES);
      disk.badSectors(segment(), 0, 0);
    }
  }

  private static List<Found.Verdict> found(SearchHouse house, String text) {
    Found found = house.search().find(house.account(ANN), Area.BODY, new Needle(text));
    return LongStream.rangeClosed(1, 3).mapToObj(found::of).toList();
  }

  /// Nothing of them is in memory.
  private SegmentContentStore contents() {
    return SegmentContentStore.openIn(
        disk.at(directory.resolve("content")),
        new SegmentContentStore.Settings(1 << 20, 256 << 10, 8 << 20, 0, 0, Duration.ZERO),
        InstantSource.system());
  }

  private Path segment() {
    return directory.resolve("content/segments/0000000.segment");
  }
}
