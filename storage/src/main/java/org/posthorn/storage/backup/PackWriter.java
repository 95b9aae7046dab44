package org.posthorn.storage.backup;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.ContentId;

/// Writes contents into packs, one behind the other, each once as far as [KnownContents] remembers.
/// A pack that has become large is ended and the next one begun. Used by one thread.
final class PackWriter implements AutoCloseable {
  /// Larger ones are read twice: for their name, and then into the pack.
  private static final int IN_MEMORY_MAX_BYTES = 1 << 20;

  private static final long PACK_BYTES = 1L << 30;
  private static final int RECENT_MAX = 20_000;
  private static final int COPY_BYTES = 64 << 10;

  private final BackupFolder folder;
  private final KnownContents known;

  /// One message to a thousand recipients is read once.
  private final Map<ContentId, ContentPlace> recent =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ContentId, ContentPlace> eldest) {
          return size() > RECENT_MAX;
        }
      };

  private int pack;
  private @Nullable FileChannel channel;
  private @Nullable Path file;
  private long at;
  private long writtenBytes;
  private long contents;

  /// Opens the bytes of a content; more than once.
  @FunctionalInterface
  interface Source {
    InputStream open() throws IOException;
  }

  PackWriter(BackupFolder folder, KnownContents known) {
    this.folder = folder;
    this.known = known;
    this.pack = folder.nextPack();
  }

  /// Where the content of this id is now. Throws the `IOException` of its source, and
  /// [BackupException.Failed] for trouble with the pack.
  ContentPlace add(ContentId id, Source source) throws IOException {
    ContentPlace place = recent.get(id);
    if (place == null) {
      place = add(source);
      recent.put(id, place);
    }
    return place;
  }

  private ContentPlace add(Source source) throws IOException {
    try (InputStream in = source.open()) {
      byte[] bytes = in.readNBytes(IN_MEMORY_MAX_BYTES);
      if (bytes.length < IN_MEMORY_MAX_BYTES) {
        return small(bytes);
      }
    }
    return large(source);
  }

  private ContentPlace small(byte[] bytes) {
    Sha256 sha256 = Sha256.of(bytes);
    ContentPlace there = known.find(sha256);
    if (there != null) {
      return there;
    }
    Packing.Packed packed = Packing.ZSTD.pack(bytes);
    var head = new PackRecord(packed.packing(), sha256, bytes.length, packed.bytes().length);
    try {
      FileChannel to = channel();
      long begin = at;
      write(to, begin, head.encode());
      write(to, begin + PackRecord.HEAD_BYTES, ByteBuffer.wrap(packed.bytes()));
      return end(head, begin);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private ContentPlace large(Source source) throws IOException {
    long size;
    Sha256 sha256;
    try (var digest = new DigestInputStream(source.open(), Sha256.digest())) {
      size = copy(digest, OutputStream.nullOutputStream());
      sha256 = Sha256.end(digest.getMessageDigest());
    }
    ContentPlace there = known.find(sha256);
    if (there != null) {
      return there;
    }
    FileChannel to = channelOrFail();
    long begin = at;
    var again = new DigestInputStream(source.open(), Sha256.digest());
    try (again) {
      try (OutputStream out = Packing.compressing(pack(to, begin + PackRecord.HEAD_BYTES))) {
        copy(again, out);
      }
    }
    if (!Sha256.end(again.getMessageDigest()).equals(sha256)) {
      throw new IOException("its bytes are others each time they are read");
    }
    try {
      long stored = to.position() - begin - PackRecord.HEAD_BYTES;
      var head = new PackRecord(Packing.ZSTD, sha256, size, stored);
      write(to, begin, head.encode());
      return end(head, begin);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private OutputStream pack(FileChannel to, long position) {
    try {
      return new Open(Channels.newOutputStream(to.position(position)));
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private ContentPlace end(PackRecord head, long begin) {
    at = begin + PackRecord.HEAD_BYTES + head.storedBytes();
    writtenBytes += at - begin;
    contents++;
    var place = new ContentPlace(head.sha256(), pack, begin, head.sizeBytes());
    known.add(place);
    return place;
  }

  private static long copy(InputStream in, OutputStream out) throws IOException {
    var buffer = new byte[COPY_BYTES];
    long bytes = 0;
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      out.write(buffer, 0, n);
      bytes += n;
    }
    return bytes;
  }

  private static void write(FileChannel to, long position, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      to.write(bytes, position + bytes.position());
    }
  }

  private FileChannel channelOrFail() {
    try {
      return channel();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private FileChannel channel() throws IOException {
    if (channel != null && at >= PACK_BYTES) {
      close();
      pack++;
    }
    if (channel == null) {
      file = folder.pack(pack);
      channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      at = 0;
    }
    return channel;
  }

  /// Bytes that all packs of this run have.
  long writtenBytes() {
    return writtenBytes;
  }

  long contents() {
    return contents;
  }

  /// Ends the last pack: all is on the disk when this returns.
  @Override
  public void close() {
    if (channel != null) {
      try (FileChannel ended = channel) {
        ended.truncate(at);
        ended.force(true);
        channel = null;
      } catch (IOException e) {
        throw failed(e);
      }
    }
  }

  private BackupException failed(IOException e) {
    return new BackupException.Failed("Cannot write " + file, e);
  }

  /// Stays open when whoever writes to it closes it. Its trouble is that of the pack, and not of
  /// what is copied there.
  private final class Open extends OutputStream {
    private final OutputStream out;

    Open(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      try {
        out.write(bytes, offset, length);
      } catch (IOException e) {
        throw failed(e);
      }
    }
  }
}
