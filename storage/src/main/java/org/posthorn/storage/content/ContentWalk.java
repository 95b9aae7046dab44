package org.posthorn.storage.content;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One walk through all contents and notes as they stand, segment by segment and then file by file,
/// which tells its visitor of each. What the disk cannot read is told once for each file and stops
/// nothing. Used by one thread; others go on writing and reading meanwhile.
final class ContentWalk {
  private static final Logger log = LoggerFactory.getLogger(ContentWalk.class);

  private final Segments segments;
  private final OwnFiles ownFiles;
  private final SegmentContentStore.Visitor visitor;

  ContentWalk(Segments segments, OwnFiles ownFiles, SegmentContentStore.Visitor visitor) {
    this.segments = segments;
    this.ownFiles = ownFiles;
    this.visitor = visitor;
  }

  void run() throws IOException {
    for (int number : segments.numbers()) {
      Optional<Segment> segment = holdWhole(number);
      if (segment.isPresent()) {
        try {
          walk(segment.get());
        } finally {
          segment.get().file().letGo();
        }
      }
    }
    for (Place.OwnFile place : ownFiles.places()) {
      visitor.content(found(place, trailer(place)));
    }
  }

  private void walk(Segment segment) throws IOException {
    var told = new AtomicBoolean();
    SegmentWalk.Trouble trouble =
        why -> {
          if (!told.getAndSet(true)) {
            unreadable(segment.file().path(), why);
          }
        };
    new SegmentWalk(segment, trouble)
        .forEach(step -> {
          switch (step) {
            case SegmentWalk.Step.Content(var place, _, var trailer) ->
                visitor.content(found(place, trailer));
            case SegmentWalk.Step.Notes(_, _, var notes) -> notes.forEach(visitor::note);
          }
        });
  }

  private void unreadable(Path file, IOException why) {
    log.atError().addKeyValue("file", file).setCause(why).log("contents-unreadable");
    visitor.unreadable(file, why);
  }

  /// Empty also when its begin is damaged or cannot be read, which is said.
  private Optional<Segment> holdWhole(int number) {
    try {
      return segments.hold(number);
    } catch (IOException e) {
      unreadable(segments.path(number), e);
    }
    return Optional.empty();
  }

  private RecordForm.@Nullable Trailer trailer(Place.OwnFile place) {
    try (DataFile file = ownFiles.find(place).orElseThrow(() -> new ContentMissing(place.id()))) {
      return StoredRecord.read(place.id(), file, place).trailer();
    } catch (ContentDamaged _) {
      return null;
    } catch (IOException e) {
      unreadable(ownFiles.path(place), e);
      return null;
    }
  }

  private static SegmentContentStore.Found found(
      Place place, RecordForm.@Nullable Trailer trailer) {
    if (trailer == null) {
      return new SegmentContentStore.Found(
          place.id(), 0, Instant.EPOCH, "", Optional.of("not whole"));
    }
    return new SegmentContentStore.Found(
        place.id(),
        trailer.contentBytes(),
        Instant.ofEpochMilli(trailer.receivedMillis()),
        trailer.sha256(),
        Optional.empty());
  }
}
