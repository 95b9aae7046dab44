package org.posthorn.storage.content;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.posthorn.message.ContentId;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.CacheFigures;

/// Contents where they stand, in segments and in files of their own: their bytes, their structures,
/// and whether they are there at all. What was seen a short while ago is known without the disk,
/// but never taken for there without a look: it may have been collected. Takes no lock of its own;
/// safe for use by many threads.
final class ContentReader {
  private final Segments segments;
  private final OwnFiles ownFiles;
  private final BlockCodec codec;
  private final FreshTexts fresh;
  private final Cache<ContentId, KnownContent> cache;

  /// A segment whose file stays open, and where in it a record is, until it is closed.
  record Held(Segment segment, long position) implements AutoCloseable {
    @Override
    public void close() {
      try {
        segment.file().letGo();
      } catch (IOException e) {
        throw new StorageUnavailable("A file of contents cannot be closed", e);
      }
    }
  }

  /// From one byte of a content to another (exclusive); with the content as it stands on disk where
  /// that was read already.
  private record Piece(long from, long end, Optional<ByteBuffer> content) {}

  /// Of a content that is damaged before its first byte: reading says so.
  private static final class DamagedStream extends InputStream {
    private final ContentId id;

    DamagedStream(ContentId id) {
      this.id = id;
    }

    @Override
    public int read() throws ContentDamaged {
      throw new ContentDamaged(id, "what was kept with it is not right");
    }

    @Override
    public int read(byte[] into, int offset, int length) throws ContentDamaged {
      return read();
    }
  }

  /// Structures take about `cacheBytes` of memory, texts of short contents that just came in a
  /// quarter as much on top.
  ContentReader(Segments segments, OwnFiles ownFiles, BlockCodec codec, long cacheBytes) {
    this.segments = segments;
    this.ownFiles = ownFiles;
    this.codec = codec;
    this.fresh = new FreshTexts(cacheBytes / 4);
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(cacheBytes)
            .weigher((ContentId _, KnownContent known) -> known.weight())
            .executor(Runnable::run)
            .recordStats()
            .build();
  }

  /// How the structures that are kept in memory serve.
  CacheFigures structures() {
    CacheStats stats = cache.stats();
    long used =
        cache.policy().eviction().map(eviction -> eviction.weightedSize().orElse(0)).orElse(0L);
    long max = cache.policy().eviction().map(eviction -> eviction.getMaximum()).orElse(0L);
    return new CacheFigures("structures", used, max, stats.hitCount(), stats.missCount());
  }

  static Place place(ContentId id) {
    return Place.of(id).orElseThrow(() -> new ContentMissing(id));
  }

  Optional<StoredContent> find(ContentId id) {
    try {
      KnownContent known = known(id, place(id));
      return Optional.of(known.stored(codec, () -> open(id, 0, known.sizeBytes())));
    } catch (ContentMissing _) {
      return Optional.empty();
    } catch (ContentDamaged e) {
      throw new UncheckedIOException(e);
    }
  }

  InputStream open(ContentId id, long offset, long length) {
    if (offset < 0 || length < 0) {
      throw new IllegalArgumentException("No such piece: " + length + " bytes from " + offset);
    }
    Place place = place(id);
    Optional<byte[]> text = fresh.find(id);
    if (text.isPresent()) {
      checkThere(id, place);
      int from = (int) Math.min(offset, text.get().length);
      int count = (int) Math.min(length, text.get().length - from);
      return new ByteArrayInputStream(text.get(), from, count);
    }
    KnownContent known = cache.getIfPresent(id);
    Optional<ByteBuffer> content = Optional.empty();
    if (known == null) {
      try {
        StoredRecord record = read(id, place);
        content = record.content();
        known = remember(id, record);
      } catch (UncheckedIOException _) {
        return new DamagedStream(id);
      }
    }
    long size = known.sizeBytes();
    long from = Math.min(offset, size);
    var piece = new Piece(from, from + Math.min(length, size - from), content);
    return switch (place) {
      case Place.InSegment inSegment -> {
        Held held = hold(inSegment);
        yield open(id, known, held.segment().file(), held.position(), piece);
      }
      case Place.OwnFile ownFile -> open(id, known, file(ownFile), 0, piece);
    };
  }

  /// Of a record that begins at `position` in a file that is held.
  private InputStream open(
      ContentId id, KnownContent known, DataFile file, long position, Piece piece) {
    long start = position + RecordForm.HEADER_BYTES;
    long count = piece.end - piece.from;
    return switch (known.layout()) {
      case RecordForm.Layout.Whole(int crc) ->
          new ContentStream(
              new ContentStream.Piece(
                  id,
                  file,
                  start + piece.from,
                  count,
                  count == known.sizeBytes() ? Optional.of(crc) : Optional.empty()));
      case RecordForm.Layout.InBlocks(Blocks blocks, _) ->
          new BlockStream(
              new BlockStream.Source(id, known.key(), file, start, blocks, piece.content),
              codec,
              piece.from,
              piece.end);
    };
  }

  /// What cannot be had is written once more. So all of it is read, which is less work than to take
  /// it in was.
  boolean isThere(ContentId id) {
    try {
      Place place = place(id);
      return read(id, place).trailer().layout() instanceof RecordForm.Layout.InBlocks(var blocks, _)
          && !isDamaged(place, blocks);
    } catch (ContentMissing | UncheckedIOException | StorageUnavailable _) {
      return false;
    }
  }

  /// Of the bytes as they are stored.
  private boolean isDamaged(Place place, Blocks blocks) {
    try {
      switch (place) {
        case Place.InSegment inSegment -> {
          try (Held held = hold(inSegment)) {
            check(place, held.segment().file(), held.position(), blocks);
          }
        }
        case Place.OwnFile ownFile -> {
          try (DataFile file = file(ownFile)) {
            check(place, file, 0, blocks);
          }
        }
      }
      return false;
    } catch (IOException _) {
      return true;
    }
  }

  private void check(Place place, DataFile file, long position, Blocks blocks) throws IOException {
    long start = position + RecordForm.HEADER_BYTES;
    var source =
        new BlockStream.Source(place.id(), Optional.empty(), file, start, blocks, Optional.empty());
    new BlockStream(source, codec, 0, 0).check();
  }

  /// A content that is there from now on.
  StoredContent remember(ContentId id, MessageStructure structure, RecordForm.Trailer trailer) {
    var stored = new StoredContent(id, trailer.contentBytes(), structure);
    cache.put(id, KnownContent.of(id, structure, trailer));
    return stored;
  }

  private KnownContent remember(ContentId id, StoredRecord record) {
    try {
      var known = KnownContent.of(id, record);
      cache.put(id, known);
      return known;
    } catch (ContentDamaged e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Its bytes too, where they are short: all of them are in `incoming`.
  void rememberText(StoredContent stored, Incoming incoming) {
    if (fresh.wants(stored.sizeBytes())) {
      fresh.keep(stored.id(), incoming.text());
    }
  }

  void forget(ContentId id) {
    cache.invalidate(id);
  }

  /// Also of what is remembered: it may have been collected.
  void checkThere(ContentId id, Place place) {
    switch (place) {
      case Place.InSegment inSegment -> hold(inSegment).close();
      case Place.OwnFile ownFile -> {
        if (!ownFiles.has(ownFile)) {
          throw new ContentMissing(id);
        }
      }
    }
  }

  /// Throws [ContentMissing] when it is not there, and an `UncheckedIOException` when it is
  /// damaged.
  KnownContent known(ContentId id, Place place) {
    KnownContent known = cache.getIfPresent(id);
    if (known != null) {
      checkThere(id, place);
      return known;
    }
    return remember(id, read(id, place));
  }

  private StoredRecord read(ContentId id, Place place) {
    try {
      return switch (place) {
        case Place.InSegment inSegment -> {
          try (Held held = hold(inSegment)) {
            yield StoredRecord.read(id, held.segment(), inSegment);
          }
        }
        case Place.OwnFile ownFile -> {
          try (DataFile file = file(ownFile)) {
            yield StoredRecord.read(id, file, ownFile);
          }
        }
      };
    } catch (ContentDamaged e) {
      throw new UncheckedIOException(e);
    } catch (IOException e) {
      throw new StorageUnavailable("Content " + id + " cannot be read", e);
    }
  }

  /// For the caller to close. Throws like [#known].
  Held hold(Place.InSegment place) {
    try {
      Segment segment =
          segments.hold(place.segment()).orElseThrow(() -> new ContentMissing(place.id()));
      var held = new Held(segment, segment.positionOf(place.offset()));
      if (held.position < 0) {
        held.close();
        if (segment.condition() != Segment.Condition.UNREADABLE) {
          throw new ContentMissing(place.id());
        }
        throw new ContentDamaged(place.id(), "it is not found in a file that is damaged");
      }
      return held;
    } catch (ContentDamaged e) {
      throw new UncheckedIOException(e);
    } catch (Segment.Damaged e) {
      throw new UncheckedIOException(
          new ContentDamaged(place.id(), String.valueOf(e.getMessage())));
    } catch (IOException e) {
      throw new StorageUnavailable("A file of contents cannot be read", e);
    }
  }

  /// Opened anew, for the caller to close.
  private DataFile file(Place.OwnFile place) {
    try {
      return ownFiles.find(place).orElseThrow(() -> new ContentMissing(place.id()));
    } catch (IOException e) {
      throw new StorageUnavailable("A file of contents cannot be read", e);
    }
  }
}
