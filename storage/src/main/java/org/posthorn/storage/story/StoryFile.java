package org.posthorn.storage.story;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;
import org.posthorn.storage.system.SystemErrors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A file that is written no more: its frames are compressed, the last one says when it begins and
/// ends and which keys are not in it, and eight bytes behind that say where it is. Whatever is
/// damaged is left out; without its last frame a file is read as a whole. Immutable.
record StoryFile(Path path, long number, long bytes, Instant first, Instant last) {
  private static final Logger log = LoggerFactory.getLogger(StoryFile.class);
  private static final int FILE_MAX = 64 << 20;
  private static final int BLOCK_BYTES = 128 << 10;
  private static final int TRAILER_BYTES = 8;
  private static final int INDEX_FORM = 1;

  private record Index(Instant first, Instant last, KeyFilter filter) {}

  /// As it is on the disk.
  static StoryFile open(Path path, Frames frames) throws IOException {
    Optional<Index> index = index(path, frames);
    Instant written = Files.getLastModifiedTime(path).toInstant();
    return new StoryFile(
        path,
        frames.file(),
        Files.size(path),
        index.map(Index::first).orElse(Instant.EPOCH),
        index.map(Index::last).orElse(written));
  }

  /// The bytes of such a file, of one that is written; empty when there is nothing in that.
  static Optional<byte[]> closed(byte[] written, Frames frames) {
    List<byte[]> pieces = new ArrayList<>();
    batches(written, frames, batch -> pieces.addAll(StoryCodec.pieces(batch)));
    if (pieces.isEmpty()) {
      return Optional.empty();
    }
    var out = new Bytes(frames.head());
    List<byte[]> block = new ArrayList<>();
    int blockBytes = 0;
    Set<Long> hashes = new HashSet<>();
    long first = Long.MAX_VALUE;
    long last = Long.MIN_VALUE;
    for (byte[] piece : pieces) {
      Optional<StoryEntry> entry = StoryCodec.read(piece);
      if (entry.isPresent()) {
        entry.get().keys(key -> hashes.add(KeyFilter.hash(key)));
        first = Math.min(first, entry.get().at().toEpochMilli());
        last = Math.max(last, entry.get().at().toEpochMilli());
      }
      block.add(piece);
      blockBytes += piece.length;
      if (blockBytes >= BLOCK_BYTES) {
        out.add(frames.frame(Frames.Kind.BATCH, StoryCodec.batch(block), true, out.size));
        block.clear();
        blockBytes = 0;
      }
    }
    if (!block.isEmpty()) {
      out.add(frames.frame(Frames.Kind.BATCH, StoryCodec.batch(block), true, out.size));
    }
    var index = new RowWriter(hashes.size() * 2 + 64).raw(INDEX_FORM).signed(first).signed(last);
    KeyFilter.of(hashes).write(index);
    long at = out.size;
    out.add(frames.frame(Frames.Kind.INDEX, index.toBytes(), false, at));
    out.add(ByteBuffer.allocate(TRAILER_BYTES).putLong(at).array());
    return Optional.of(out.toBytes());
  }

  /// Entries that have one of the keys; none when it is gone meanwhile.
  List<StoryEntry> find(Set<String> keys, Frames frames) throws IOException {
    Optional<Index> index = index(path, frames);
    boolean mayBe =
        index.isEmpty()
            || keys.contains(StoryEntry.EVERY_KEY)
            || keys.stream().anyMatch(key -> index.get().filter().mayHave(KeyFilter.hash(key)));
    return mayBe && bytes <= FILE_MAX ? find(read(path), keys, frames) : List.of();
  }

  static List<StoryEntry> find(byte[] file, Set<String> keys, Frames frames) {
    List<StoryEntry> found = new ArrayList<>();
    batches(
        file,
        frames,
        batch -> {
          for (StoryEntry entry : StoryCodec.readBatch(batch)) {
            if (StoryShelf.isAbout(entry, keys)) {
              found.add(entry);
            }
          }
        });
    return found;
  }

  private interface EachBatch {
    void take(byte[] batch);
  }

  private static void batches(byte[] file, Frames frames, EachBatch each) {
    frames.checkHead(file);
    int at = Frames.HEAD_BYTES;
    for (int end = Frames.end(file, at); end >= 0; end = Frames.end(file, at)) {
      try {
        if (Frames.isSound(file, at, end)) {
          Frames.Frame frame = frames.open(file, at, end, at);
          if (frame.is(Frames.Kind.BATCH)) {
            each.take(frame.payload());
          }
        }
      } catch (StorageUnavailable e) {
        log.atWarn().addKeyValue("file", frames.file()).setCause(e).log("story-damaged");
      }
      at = end;
    }
  }

  /// The bytes of any file of stories. What the disk cannot read is damaged as other bytes are.
  static byte[] read(Path path) throws IOException {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      if (!SystemErrors.areUnreadable(String.valueOf(e.getMessage()))) {
        throw e;
      }
      throw new StorageUnavailable("The disk cannot read " + path, e);
    }
  }

  /// Where the last whole and sound frame ends.
  static int soundBytes(byte[] file) {
    int at = Frames.HEAD_BYTES;
    for (int end = Frames.end(file, at);
        end >= 0 && Frames.isSound(file, at, end);
        end = Frames.end(file, at)) {
      at = end;
    }
    return at;
  }

  private static Optional<Index> index(Path path, Frames frames) throws IOException {
    try (var file = new RandomAccessFile(path.toFile(), "r")) {
      long size = file.length();
      if (size < Frames.HEAD_BYTES + TRAILER_BYTES) {
        return Optional.empty();
      }
      file.seek(size - TRAILER_BYTES);
      long at = file.readLong();
      long length = size - TRAILER_BYTES - at;
      if (at < Frames.HEAD_BYTES || length < Frames.FRAME_HEAD_BYTES || length > FILE_MAX) {
        return Optional.empty();
      }
      byte[] bytes = new byte[(int) length];
      file.seek(at);
      file.readFully(bytes);
      int end = Frames.end(bytes, 0);
      if (end != bytes.length || !Frames.isSound(bytes, 0, end)) {
        return Optional.empty();
      }
      return index(frames.open(bytes, 0, end, at));
    } catch (StorageUnavailable _) {
      return Optional.empty();
    } catch (IOException e) {
      if (!SystemErrors.areUnreadable(String.valueOf(e.getMessage()))) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private static Optional<Index> index(Frames.Frame frame) {
    if (!frame.is(Frames.Kind.INDEX)) {
      return Optional.empty();
    }
    var in = new RowReader(frame.payload());
    in.form(INDEX_FORM);
    return Optional.of(
        new Index(
            Instant.ofEpochMilli(in.signed()),
            Instant.ofEpochMilli(in.signed()),
            KeyFilter.read(in)));
  }

  /// Bytes that grow at their end.
  private static final class Bytes {
    private final List<byte[]> parts = new ArrayList<>();
    private int size;

    Bytes(byte[] first) {
      add(first);
    }

    void add(byte[] part) {
      parts.add(part);
      size += part.length;
    }

    byte[] toBytes() {
      var all = ByteBuffer.allocate(size);
      parts.forEach(all::put);
      return all.array();
    }
  }
}
