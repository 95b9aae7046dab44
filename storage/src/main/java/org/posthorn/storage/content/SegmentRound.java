package org.posthorn.storage.content;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.posthorn.message.ContentId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A round of collection over segments and files of large contents.
///
/// Of a segment that nobody writes to any more it takes a census: which records are needed, which
/// are too young to tell, which are dead. With none left its file is deleted; with enough dead ones
/// it is written anew beside the old one without them, made durable, and put in its place at once.
/// So a crash leaves the old one or the new one, and there is nothing to go on with: what is freed
/// is freed. A segment in which the same contents are named as when it was last looked through is
/// not looked through again ([KnownSegments]).
///
/// Somebody may name a content in the very moment in which it is found dead: [#isNamed] first puts
/// it among those that are needed, and then looks whether it is dying; the round first says what is
/// dying, and then looks once more whether it is needed. One of the two sees the other.
final class SegmentRound implements CollectionRound {
  private static final Logger log = LoggerFactory.getLogger(SegmentRound.class);

  private final Segments segments;
  private final OwnFiles ownFiles;
  private final RecentContents recent;
  private final Syncer syncer;
  private final Disk disk;
  private final Runnable whenClosed;
  private final NeededContents needed;
  private final KnownSegments known;
  private final KnownSegments.Names names = new KnownSegments.Names();
  private volatile Dying dying = Dying.NOBODY;
  private Reclaimed sum = Reclaimed.NOTHING;

  /// What is being freed at this moment.
  private interface Dying {
    Dying NOBODY = _ -> false;

    boolean has(Place place);
  }

  SegmentRound(
      Segments segments,
      OwnFiles ownFiles,
      RecentContents recent,
      Syncer syncer,
      Disk disk,
      KnownSegments known,
      long expected,
      Runnable whenClosed) {
    this.known = known;
    this.syncer = syncer;
    this.segments = segments;
    this.ownFiles = ownFiles;
    this.recent = recent;
    this.disk = disk;
    this.whenClosed = whenClosed;
    this.needed = new NeededContents(expected);
  }

  @Override
  public void needs(ContentId id) {
    Place.of(id)
        .ifPresent(place -> {
          needed.add(place);
          names.add(place);
        });
  }

  /// A row is going to name this content. Throws [ContentMissing] when it is too late for that.
  void isNamed(ContentId id, Place place) {
    needed.add(place);
    names.mayCome(place);
    if (dying.has(place)) {
      throw new ContentMissing(id);
    }
  }

  @Override
  public Reclaimed reclaim(Rules rules, Pace pace) {
    sum = Reclaimed.NOTHING;
    recent.collecting(rules.olderThan(), this::needs);
    try {
      List<Integer> numbers = segments.numbers();
      known.retain(numbers);
      for (int number : numbers) {
        pace.pause();
        try {
          segment(number, rules, pace);
        } catch (IOException e) {
          failed("segment", Integer.toHexString(number), e);
        }
      }
      ownFiles(rules, pace);
    } catch (IOException e) {
      failed("folder", "contents", e);
    }
    return sum;
  }

  @Override
  public void close() {
    recent.collected();
    whenClosed.run();
  }

  private void segment(int number, Rules rules, Pace pace) throws IOException {
    Optional<Reclaimed> before = known.unchanged(number, names, rules);
    if (before.isPresent()) {
      sum = sum.plus(before.get().skipped());
      return;
    }
    Optional<Segment> held = segments.hold(number);
    if (held.isEmpty()) {
      return;
    }
    Segment segment = held.get();
    try {
      take(segment, rules, pace);
    } finally {
      segment.file().letGo();
    }
  }

  private void take(Segment segment, Rules rules, Pace pace) throws IOException {
    if (segment.condition() == Segment.Condition.UNREADABLE) {
      sum = sum.plus(Reclaimed.kept(segment.file().size()));
      return;
    }
    boolean untouched = segments.isFinal(segment);
    SegmentCensus census = SegmentCensus.of(segment, needed, rules, pace);
    if (!census.isWorthFreeing(rules)) {
      sum = sum.plus(census.left());
      if (untouched && census.isSettled()) {
        known.learn(segment.number(), names, census.left());
      }
      return;
    }
    if (rules.tryOut()) {
      sum = sum.plus(census.freed());
      return;
    }
    if (!untouched && (rules.pressing() || !census.hasYoung())) {
      segments.end(segment);
      untouched = segments.isFinal(segment);
      census = SegmentCensus.of(segment, needed, rules, pace);
    }
    known.forget(segment.number());
    sum = sum.plus(untouched && free(segment, census, pace) ? census.freed() : census.left());
  }

  /// False when one of the dead was named meanwhile: then nothing has changed.
  private boolean free(Segment segment, SegmentCensus census, Pace pace) throws IOException {
    Stretches kept = census.kept();
    dying =
        place ->
            place instanceof Place.InSegment(int number, long offset)
                && number == segment.number()
                && kept.positionOf(offset) < 0;
    try {
      if (census.anyDead(needed::mayHave)) {
        return false;
      }
      if (segment.isBusy()) {
        syncer.sync(segment);
      }
      if (kept.count() == 0) {
        segments.delete(segment, disk);
      } else {
        SegmentRewrite.write(segment, kept, segments.part(segment.number()), disk, pace);
        segments.replace(segment, disk);
      }
      return true;
    } finally {
      dying = Dying.NOBODY;
    }
  }

  private void ownFiles(Rules rules, Pace pace) throws IOException {
    boolean deleted = false;
    for (Place.OwnFile place : ownFiles.places()) {
      pace.pause();
      try {
        deleted |= ownFile(place, rules);
      } catch (IOException e) {
        failed("file", place.fileName(), e);
      }
    }
    if (deleted) {
      ownFiles.forceDirectory(disk);
    }
  }

  /// Whether it was deleted.
  private boolean ownFile(Place.OwnFile place, Rules rules) throws IOException {
    if (needed.mayHave(place)) {
      sum = sum.plus(Reclaimed.kept(ownFiles.fileBytes(place)));
      return false;
    }
    Optional<OwnFiles.Age> age = ownFiles.age(place);
    if (age.isEmpty()) {
      return false;
    }
    long bytes = age.get().fileBytes();
    Instant received = age.get().received();
    var kept = Reclaimed.kept(bytes);
    var freed = Reclaimed.freed(bytes);
    if (!received.isBefore(rules.olderThan())) {
      sum = sum.plus(Reclaimed.young(bytes, received.toEpochMilli()));
      return false;
    }
    if (rules.tryOut()) {
      sum = sum.plus(freed);
      return false;
    }
    dying = place::equals;
    try {
      boolean named = needed.mayHave(place);
      if (!named) {
        ownFiles.delete(place, disk);
      }
      sum = sum.plus(named ? kept : freed);
      return !named;
    } finally {
      dying = Dying.NOBODY;
    }
  }

  private void failed(String what, String name, IOException e) {
    sum = sum.plus(Reclaimed.FAILURE);
    log.atError().addKeyValue(what, name).setCause(e).log("collection-fails");
  }
}
