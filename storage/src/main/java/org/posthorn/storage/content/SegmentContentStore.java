package org.posthorn.storage.content;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.ContentId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.CacheFigures;
import org.posthorn.storage.engine.Cargo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Contents in append-only segment files, and large ones in files of their own; in a directory of
/// this machine. Safe for use by many threads.
///
/// A small content is gathered in memory and written at once with all that is known of it (see
/// [RecordForm]); a large one goes to its file as it comes in. A thread of its own waits for the
/// disk ([Syncer]); a small one may be made durable by the commit that names it ([SegmentCargo]).
/// The id says where a content is, so opening the store reads nothing, and a crash leaves nothing
/// to repair.
///
/// [ContentWriter] writes, [ContentReader] reads, [ContentWalk] goes through all there is, and
/// [SegmentRound] frees what nobody needs. What is left here is who may have the store, and that
/// what was written becomes durable.
public final class SegmentContentStore implements ContentStore {
  private static final Logger log = LoggerFactory.getLogger(SegmentContentStore.class);

  private static final long UNSYNCED_BYTES_MAX = 4 << 20;

  /// Of large contents.
  private static final long WARM_BYTES = 64 << 20;

  private final DirectoryLock lock;
  private final Segments segments;
  private final OwnFiles ownFiles;
  private final Syncer syncer = Syncer.start();
  private final Zstandard zstandard;
  private final ContentReader reader;
  private final ContentWriter writer;
  private final RecentContents recent;
  private final Disk disk;
  private final Writability writability;
  private final KnownSegments collected = new KnownSegments();
  private volatile @Nullable SegmentRound round;
  private volatile boolean carries;

  /// About what came in since it was last synced without need.
  private final AtomicLong unsyncedBytes = new AtomicLong();

  private volatile boolean closed;

  /// Why not everything was durable where it belongs when this was closed.
  private volatile @Nullable StorageUnavailable unsettled;

  /// How contents are kept: `segmentBytes` is where a file of small contents ends,
  /// `largeContentBytes` from where on a content gets its own, `bufferBytes` how much memory all
  /// contents take that are coming in, `cacheBytes` roughly what structures take that were seen a
  /// short while ago; a quarter as much on top is for the texts of short ones that just came in.
  ///
  /// The same bytes are kept once as long as they are remembered: the last `recentContents` that
  /// came in, each for `recentFor`. Nothing may be collected that came in twice that time ago or
  /// later.
  public record Settings(
      long segmentBytes,
      int largeContentBytes,
      long bufferBytes,
      long cacheBytes,
      int recentContents,
      Duration recentFor) {

    /// With as much of what is recent as most servers need.
    public Settings(long segmentBytes, int largeContentBytes, long bufferBytes, long cacheBytes) {
      this(segmentBytes, largeContentBytes, bufferBytes, cacheBytes, 50_000, Duration.ofHours(12));
    }
  }

  private SegmentContentStore(
      DirectoryLock lock,
      Segments segments,
      OwnFiles ownFiles,
      Settings settings,
      Zstandard zstandard,
      ContentForm form,
      InstantSource clock,
      Disk disk,
      Writability writability) {
    this.disk = disk;
    this.writability = writability;
    this.recent = new RecentContents(settings.recentContents(), settings.recentFor(), clock);
    this.lock = lock;
    this.segments = segments;
    this.ownFiles = ownFiles;
    this.zstandard = zstandard;
    var codec = new BlockCodec(zstandard, form.compression() == ContentForm.Compression.ZSTD);
    this.reader = new ContentReader(segments, ownFiles, codec, settings.cacheBytes());
    this.writer =
        new ContentWriter(
            new ContentWriter.Surroundings(
                segments, ownFiles, reader, recent, writability, unsyncedBytes),
            new Buffers(settings.largeContentBytes(), settings.bufferBytes()),
            codec,
            form,
            clock);
  }

  /// How the structures that are kept in memory serve.
  public CacheFigures structures() {
    return reader.structures();
  }

  /// Opens the store in `directory`, and makes it when there is none. Throws [StorageUnavailable],
  /// with a text for the operator, when that cannot be.
  public static SegmentContentStore openIn(Path directory, Settings settings, InstantSource clock) {
    return openIn(directory, settings, ContentForm.DEFAULT, clock);
  }

  /// The same for contents that are written in another form.
  public static SegmentContentStore openIn(
      Path directory, Settings settings, ContentForm form, InstantSource clock) {
    return openIn(directory, settings, form, clock, Disk.REAL);
  }

  static SegmentContentStore openIn(
      Path directory, Settings settings, ContentForm form, InstantSource clock, Disk disk) {
    return openIn(directory, settings, form, clock, disk, Optional.empty());
  }

  private static SegmentContentStore openIn(
      Path directory,
      Settings settings,
      ContentForm form,
      InstantSource clock,
      Disk disk,
      Optional<NewestSegment> newest) {
    DirectoryLock lock = lock(directory);
    @Nullable Segments segments = null;
    try {
      segments = Segments.open(segments(directory), settings.segmentBytes(), newest);
      return new SegmentContentStore(
          lock,
          segments,
          OwnFiles.open(large(directory), new WarmFiles(WARM_BYTES)),
          settings,
          Zstandard.load(directory.resolve("native")),
          form,
          clock,
          disk,
          new Writability(directory, System::nanoTime));
    } catch (IOException | RuntimeException e) {
      closeOpened(lock, segments);
      throw new StorageUnavailable("Cannot open the contents in " + directory, e);
    }
  }

  /// The same for contents that go with the commits of an engine whose home `cargo` is.
  public static SegmentContentStore openIn(
      Path directory,
      Settings settings,
      ContentForm form,
      InstantSource clock,
      SegmentCargo cargo) {
    Optional<NewestSegment> newest = Optional.of(NewestSegment.of(directory));
    SegmentContentStore store = openIn(directory, settings, form, clock, Disk.REAL, newest);
    store.carries = true;
    LargeFolder.of(directory).use();
    cargo.belongsTo(store::settle);
    return store;
  }

  private static void closeOpened(DirectoryLock lock, @Nullable Segments segments) {
    try (lock) {
      if (segments != null) {
        segments.close();
      }
    } catch (IOException e) {
      log.atWarn().setCause(e).log("contents-not-closed");
    }
  }

  static DirectoryLock lock(Path directory) {
    return DirectoryLock.take(
        directory, "posthorn content 3\n", "posthorn content 2\n", "posthorn content 1\n");
  }

  static Path segments(Path directory) {
    return directory.resolve("segments");
  }

  static Path large(Path directory) {
    return directory.resolve("large");
  }

  @Override
  public StoredContent write(InputStream bytes) throws IOException {
    syncer.checkWorks();
    return writer.write(bytes);
  }

  @Override
  public Optional<String> writesStopped() {
    return syncer.whyStopped().or(writability::whyNot);
  }

  @Override
  public void sync(ContentId id) {
    Place place = ContentReader.place(id);
    SegmentRound collecting = round;
    if (collecting != null) {
      collecting.isNamed(id, place);
    }
    switch (place) {
      case Place.InSegment inSegment -> sync(id, inSegment);
      case Place.OwnFile ownFile -> {
        if (ownFiles.isUnsynced(ownFile)) {
          syncer.sync(ownFiles.syncable(ownFile));
        } else {
          reader.known(id, place);
        }
        reader.checkThere(id, place); // Last: it may just have been released.
      }
    }
  }

  private void sync(ContentId id, Place.InSegment place) {
    try (ContentReader.Held held = reader.hold(place)) {
      if (held.segment().isUnsynced(place.offset())) {
        syncer.sync(held.segment());
        return;
      }
    }
    reader.known(id, place);
  }

  @Override
  public List<Cargo> cargo(Collection<ContentId> ids) {
    var cargo = new ArrayList<Cargo>();
    for (ContentId id : ids) {
      Optional<Cargo> one =
          carries && ContentReader.place(id) instanceof Place.InSegment place
              ? cargo(id, place)
              : Optional.empty();
      one.ifPresentOrElse(cargo::add, () -> sync(id));
    }
    return cargo;
  }

  /// Empty when the content is durable already, or too large to be carried.
  private Optional<Cargo> cargo(ContentId id, Place.InSegment place) {
    syncer.checkWorks();
    SegmentRound collecting = round;
    if (collecting != null) {
      collecting.isNamed(id, place);
    }
    try (ContentReader.Held held = reader.hold(place)) {
      Segment segment = held.segment();
      return segment.isUnsynced(place.offset())
          ? segment
              .unsynced(place.offset(), SegmentCargo.RECORD_BYTES_MAX)
              .map(record -> SegmentCargo.of(segment, place.offset(), record, this::arrived))
          : Optional.empty();
    } catch (IOException e) {
      throw new StorageUnavailable("Content " + id + " cannot be read", e);
    }
  }

  /// From time to time, so that there is never much to settle.
  private void arrived() {
    if (unsyncedBytes.get() >= UNSYNCED_BYTES_MAX) {
      unsyncedBytes.set(0);
      segments.unsynced().forEach(syncer::syncLater);
    }
  }

  /// All that is in segments is durable there when this returns.
  private void settle() {
    StorageUnavailable why = unsettled;
    if (why != null) {
      throw why.again();
    }
    if (!closed) {
      segments.unsynced().forEach(syncer::sync);
    }
  }

  /// What is in a segment stays until a collection writes that anew.
  @Override
  public void release(ContentId id) {
    if (ContentReader.place(id) instanceof Place.OwnFile place) {
      recent.givenBack(id, () -> isDeletedUnnamed(id, place));
    }
  }

  private boolean isDeletedUnnamed(ContentId id, Place.OwnFile place) {
    try {
      boolean gone = ownFiles.deleteUnnamed(place, disk);
      if (gone) {
        reader.forget(id);
      }
      return gone;
    } catch (IOException e) {
      log.atWarn().setCause(e).log("content-not-released");
      return false;
    }
  }

  @Override
  public Optional<StoredContent> find(ContentId id) {
    return reader.find(id);
  }

  @Override
  public InputStream open(ContentId id, long offset, long length) {
    return reader.open(id, offset, length);
  }

  @Override
  public synchronized CollectionRound collect(long expected) {
    syncer.checkWorks();
    if (round != null) {
      throw new IllegalStateException("A round of collection is under way");
    }
    var begun =
        new SegmentRound(
            segments, ownFiles, recent, syncer, disk, collected, expected, () -> round = null);
    round = begun;
    return begun;
  }

  @Override
  public void close() {
    try {
      settleAtTheEnd();
    } finally {
      closeAll();
    }
  }

  private void closeAll() {
    syncer.close();
    try {
      segments.close();
    } catch (IOException e) {
      throw new StorageUnavailable("Cannot close the contents", e);
    } finally {
      zstandard.close();
      lock.close();
    }
  }

  /// When it fails, the log of the rows has what is missing.
  private void settleAtTheEnd() {
    if (carries) {
      try {
        settle();
      } catch (StorageUnavailable e) {
        log.atError().setCause(e).log("contents-not-settled");
        unsettled = e;
      }
      closed = true;
    }
  }

  @Override
  public List<String> faults() {
    return segments.faults();
  }

  @Override
  public List<String> inspect() {
    try {
      segments.lookThrough();
    } catch (IOException e) {
      throw new StorageUnavailable("The files of messages cannot be looked through", e);
    }
    return segments.faults();
  }

  /// What a walk found: `damage` says what is wrong, of a content that is not whole or, when
  /// contents are read, not what was written.
  public record Found(
      ContentId id, long sizeBytes, Instant received, String sha256, Optional<String> damage) {}

  /// Who is told what a walk finds, by the thread that walks.
  @FunctionalInterface
  public interface Visitor {
    void content(Found found);

    /// Comes before or after its content, and perhaps again.
    default void note(Note note) {}

    /// The disk cannot read all of a file; what stands there is not found.
    default void unreadable(Path file, IOException why) {}
  }

  /// Walks through all contents and notes without any help of rows: for salvage, and for checks. A
  /// record that a crash cut short is found as damaged; nobody was told of it. The bytes of
  /// contents are not looked at: whoever reads them is told.
  public void walk(Visitor visitor) {
    try {
      new ContentWalk(segments, ownFiles, visitor).run();
    } catch (IOException e) {
      throw new StorageUnavailable("The contents cannot be walked through", e);
    }
  }

  @Override
  public void note(List<Note> notes) {
    syncer.checkWorks();
    writer.note(notes);
  }

  /// How much memory contents take that are coming in now.
  long bufferedBytes() {
    return writer.bufferedBytes();
  }
}
