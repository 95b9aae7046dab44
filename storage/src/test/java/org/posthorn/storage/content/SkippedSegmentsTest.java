package org.posthorn.storage.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.storage.content.ContentStoreContract.message;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.message.ContentId;
import org.posthorn.storage.account.SteppedClock;

/// A round of collection reads only segments in which something may have died.
final class SkippedSegmentsTest {
  private static final Duration GRACE = Duration.ofDays(1);
  private static final int MESSAGE_BYTES = 3_000;
  private static final int PER_SEGMENT = 20;

  private final SteppedClock clock = new SteppedClock();
  private final List<ContentId> written = new ArrayList<>();
  private final Set<ContentId> needed = new HashSet<>();
  private SegmentContentStore store;

  @TempDir private Path directory;

  @BeforeEach
  void fill() throws IOException {
    open();
    for (int i = 0; i < 10 * PER_SEGMENT; i++) {
      written.add(store.write(new ByteArrayInputStream(message(MESSAGE_BYTES + i))).id());
    }
    written.forEach(store::sync);
    needed.addAll(written);
    clock.forward(GRACE.plusHours(1));
    age();
  }

  @AfterEach
  void nothingThatIsNeededIsMissing() {
    assertThat(needed).allSatisfy(id -> assertThat(store.find(id)).isPresent());
    store.close();
  }

  @Test
  void aRoundInWhichNothingHasChangedReadsOnlyTheSegmentThatIsWritten() throws IOException {
    Reclaimed first = collect(0.25);
    Reclaimed second = collect(0.25);
    assertThat(first.skippedFiles()).isZero();
    assertThat(second.skippedFiles()).isEqualTo(segments() - 1);
    assertThat(second.keptContents()).isEqualTo(first.keptContents()).isEqualTo(needed.size());
    assertThat(second.keptBytes()).isEqualTo(first.keptBytes());
  }

  @Test
  void whereSomethingDiedIsReadAndTheRestIsSkipped() throws IOException {
    var _ = collect(0.25);
    written.subList(0, PER_SEGMENT / 2).forEach(needed::remove);
    Reclaimed round = collect(0.25);
    assertThat(round.skippedFiles()).isEqualTo(segments() - 2);
    assertThat(round.freedContents()).isEqualTo(PER_SEGMENT / 2);
    assertThat(collect(0.25).skippedFiles())
        .as("what was written anew is looked through once more")
        .isEqualTo(segments() - 2);
    assertThat(collect(0.25).skippedFiles()).isEqualTo(segments() - 1);
  }

  @Test
  void whatWasNotWorthFreeingIsFreedWhenItIs() throws IOException {
    needed.remove(written.getFirst());
    Reclaimed first = collect(0.25);
    Reclaimed second = collect(0.25);
    assertThat(first.deadContents()).isEqualTo(1);
    assertThat(second.deadContents()).isEqualTo(1);
    assertThat(second.skippedFiles()).isEqualTo(segments() - 1);
    assertThat(collect(0.01).freedContents()).isEqualTo(1);
    assertThat(store.find(written.getFirst())).isEmpty();
  }

  @Test
  void aSegmentWithYoungContentsIsReadUntilTheyAreOld() throws IOException {
    for (int i = 0; i < 2 * PER_SEGMENT; i++) {
      byte[] bytes = message(2 * MESSAGE_BYTES + i);
      ContentId id = store.write(new ByteArrayInputStream(bytes)).id();
      if (i % 2 == 0) {
        needed.add(id);
      }
    }
    var _ = collect(0.25);
    long skipped = collect(0.25).skippedFiles();
    assertThat(skipped).isLessThan(segments() - 2);
    clock.forward(GRACE.plusHours(1));
    age();
    assertThat(collect(0.25).freedContents()).isPositive();
  }

  /// Somebody was about to name it and did not come to it: nobody says that the name is gone again.
  @Test
  void whatWasOnlyAboutToBeNamedIsNotKeptForEver() throws IOException {
    List<ContentId> about = written.subList(0, PER_SEGMENT / 2);
    about.forEach(needed::remove);
    try (CollectionRound round = store.collect(1_000)) {
      needed.forEach(round::needs);
      about.forEach(store::sync);
      assertThat(round.reclaim(rules(0.25), Pace.FULL).freedContents()).isZero();
    }
    assertThat(collect(0.25).freedContents()).isEqualTo(about.size());
  }

  @Test
  void theFirstRoundAfterAStartReadsAll() throws IOException {
    var _ = collect(0.25);
    store.close();
    open();
    assertThat(collect(0.25).skippedFiles()).isZero();
  }

  /// Names come and go at random: in the end as much is freed as when every round reads all.
  @Test
  void nothingIsKeptBecauseItWasSkipped() throws IOException {
    var random = new Random(1);
    while (!needed.isEmpty()) {
      int segment = random.nextInt(1 + (written.size() - 1) / PER_SEGMENT);
      int from = segment * PER_SEGMENT;
      written
          .subList(from, Math.min(written.size(), from + PER_SEGMENT))
          .forEach(id -> {
            if (random.nextInt(3) == 0) {
              needed.remove(id);
            }
          });
      var _ = collect(0.1);
      assertThat(needed).allSatisfy(id -> assertThat(store.find(id)).isPresent());
    }
    var _ = collect(0.1);
    long left = written.stream().filter(id -> store.find(id).isPresent()).count();
    assertThat(left).as("but a few kept by chance").isLessThan(written.size() / 20);
  }

  private void open() {
    var settings =
        new SegmentContentStore.Settings(
            PER_SEGMENT * (MESSAGE_BYTES + 800L), 32 << 10, 8 << 20, 1 << 20, 1_000, GRACE);
    store = SegmentContentStore.openIn(directory, settings, clock);
  }

  private Reclaimed collect(double deadShare) {
    try (CollectionRound round = store.collect(1_000)) {
      needed.forEach(round::needs);
      return round.reclaim(rules(deadShare), Pace.FULL);
    }
  }

  private CollectionRound.Rules rules(double deadShare) {
    return new CollectionRound.Rules(clock.instant().minus(GRACE), deadShare, false);
  }

  private long segments() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("segments"))) {
      return files.count();
    }
  }

  /// Files are as old as the clock says.
  private void age() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("segments"))) {
      for (Path file : files.toList()) {
        Files.setLastModifiedTime(
            file, FileTime.from(clock.instant().minus(GRACE).minusSeconds(60)));
      }
    }
  }
}
