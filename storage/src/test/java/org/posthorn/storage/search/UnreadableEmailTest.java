package org.posthorn.storage.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.storage.search.SearchHouse.ANN;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Random;
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

  /// It has no words, and most of what is written for a message is this.
  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD, unit = TimeUnit.SECONDS)
  void anAttachmentIsNotRead() throws IOException {
    try (SegmentContentStore contents = contents();
        var house = new SearchHouse(new InMemoryEngine(), contents)) {
      house.closeSearch();
      var attached = new byte[100 << 10];
      new Random(1).nextBytes(attached);
      house.append(ANN, withAttachment("first letter", attached));
      long end = Files.size(segment());
      house.append(ANN, "Two", "second letter");
      disk.badSectors(segment(), end - (30 << 10), end - (20 << 10));
      house.searchIn(directory.resolve("index"));
      assertThat(found(house, "first").subList(0, 2))
          .containsExactly(Found.Verdict.YES, Found.Verdict.NO);
      disk.badSectors(segment(), 0, 0);
    }
  }

  private static byte[] withAttachment(String text, byte[] attached) {
    String base64 = Base64.getMimeEncoder().encodeToString(attached);
    return """
    Subject: One
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary=part

    --part

    %s
    --part
    Content-Type: application/octet-stream; name=data.bin
    Content-Transfer-Encoding: base64

    %s
    --part--
    """
        .formatted(text, base64)
        .replaceAll("\r?\n", "\r\n")
        .getBytes(StandardCharsets.US_ASCII);
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
