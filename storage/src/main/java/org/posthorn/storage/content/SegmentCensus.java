package org.posthorn.storage.content;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.function.Predicate;
import org.posthorn.message.ContentId;
import org.posthorn.storage.content.CollectionRound.Rules;

/// Which records of a segment are needed, which are too young to tell, and which are dead. Notes
/// are needed with one of their contents. What is no whole record is kept as it is: it may be one
/// that was damaged, and somebody may want to have a look at it. Used by one thread.
final class SegmentCensus {
  private static final int PAUSE_RECORDS = 256;

  private final Segment segment;
  private final NeededContents needed;
  private final Pace pace;
  private final long olderThanMillis;

  /// A note does not say when it was written: it is as old as the last that was written here.
  private final boolean notesAreOld;

  private final Stretches.Builder keep = new Stretches.Builder();
  private long[] dead = new long[16];
  private int deadCount;
  private long deadBytes;
  private long keptCount;
  private long keptBytes;
  private long youngCount;

  /// Of the young ones that nothing needs.
  private long unneededCount;

  private long unneededBytes;
  private long youngestMillis;
  private long cursor;

  private SegmentCensus(Segment segment, NeededContents needed, Rules rules, Pace pace)
      throws IOException {
    this.segment = segment;
    this.needed = needed;
    this.pace = pace;
    this.olderThanMillis = rules.olderThan().toEpochMilli();
    this.notesAreOld =
        Files.getLastModifiedTime(segment.file().path()).toMillis() < olderThanMillis;
  }

  static SegmentCensus of(Segment segment, NeededContents needed, Rules rules, Pace pace)
      throws IOException {
    var census = new SegmentCensus(segment, needed, rules, pace);
    var walk = new SegmentWalk(segment);
    for (int i = 0; i < segment.stretches().count(); i++) {
      census.cursor = segment.stretches().start(i);
      walk.forEachOf(i, census::count);
      census.keepUntil(walk.endOf(i));
    }
    return census;
  }

  /// What is left of the segment without the dead.
  Stretches kept() {
    return keep.build();
  }

  boolean hasYoung() {
    return youngCount > 0;
  }

  /// Whether time alone changes nothing here any more: all records and notes are old enough.
  boolean isSettled() {
    return youngCount == 0 && notesAreOld;
  }

  boolean isWorthFreeing(Rules rules) {
    return isWorthFreeing(left(), rules);
  }

  static boolean isWorthFreeing(Reclaimed found, Rules rules) {
    long dead = found.deadBytes();
    long kept = found.keptBytes();
    return dead > 0 && (kept == 0 || dead >= rules.deadShare() * (dead + kept));
  }

  boolean anyDead(Predicate<Place> is) {
    return Arrays.stream(dead, 0, deadCount)
        .anyMatch(offset -> is.test(new Place.InSegment(segment.number(), offset)));
  }

  /// The sum when nothing is freed.
  Reclaimed left() {
    return sum(deadCount, deadBytes, 0, 0);
  }

  /// The sum when the dead are freed.
  Reclaimed freed() {
    return sum(0, 0, deadCount, deadBytes);
  }

  private Reclaimed sum(long leftCount, long leftBytes, long freedCount, long freedBytes) {
    return new Reclaimed(
        keptCount,
        keptBytes,
        leftCount,
        leftBytes,
        freedCount,
        freedBytes,
        0,
        0,
        unneededCount,
        unneededBytes,
        youngestMillis);
  }

  private void count(SegmentWalk.Step step) {
    switch (step) {
      case SegmentWalk.Step.Content(var place, var bytes, var trailer) -> {
        if (trailer != null) {
          content(place, bytes, trailer.receivedMillis());
        }
      }
      case SegmentWalk.Step.Notes(var place, var bytes, var notes) -> {
        boolean dead =
            notesAreOld
                && !notes.isEmpty()
                && notes.stream().noneMatch(note -> mayBeNeeded(note.content()));
        if (dead) {
          die(place.offset(), bytes);
        }
      }
    }
  }

  private void content(Place.InSegment place, long bytes, long receivedMillis) {
    boolean young = receivedMillis >= olderThanMillis;
    boolean isNeeded = needed.mayHave(place);
    if ((keptCount + deadCount) % PAUSE_RECORDS == 0) {
      pace.pause();
    }
    youngCount += young ? 1 : 0;
    if (young && !isNeeded) {
      unneededCount++;
      unneededBytes += bytes;
      youngestMillis = Math.max(youngestMillis, receivedMillis);
    }
    if (young || isNeeded) {
      keptCount++;
      keepUntil(place.offset() + bytes);
      return;
    }
    if (deadCount == dead.length) {
      dead = Arrays.copyOf(dead, 2 * deadCount);
    }
    dead[deadCount++] = place.offset();
    die(place.offset(), bytes);
  }

  private boolean mayBeNeeded(ContentId content) {
    return Place.of(content).filter(needed::mayHave).isPresent();
  }

  private void die(long offset, long bytes) {
    keepUntil(offset);
    deadBytes += bytes;
    cursor = offset + bytes;
  }

  /// What a stretch has before `end` and was not counted as dead.
  private void keepUntil(long end) {
    keep.keep(cursor, end);
    keptBytes += end - cursor;
    cursor = end;
  }
}
