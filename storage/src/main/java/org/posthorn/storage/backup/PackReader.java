package org.posthorn.storage.backup;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/// Reads contents from packs, and proves them by their SHA-256. Safe for use by many threads.
final class PackReader {
  /// Larger ones are unpacked as they are read.
  private static final int IN_MEMORY_MAX_BYTES = 1 << 20;

  private final BackupFolder folder;

  PackReader(BackupFolder folder) {
    this.folder = folder;
  }

  /// The whole content. Whoever reads it to its end has read what was saved: otherwise an
  /// `IOException` says that it is damaged, here or while reading. The caller closes it.
  InputStream open(ContentPlace place) throws IOException {
    Path file = folder.pack(place.pack());
    FileChannel channel;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      throw new IOException(file + " is missing", e);
    }
    try {
      PackRecord record = record(channel, place, file);
      return new Proved(channel, unpacked(channel, place, record), place, file);
    } catch (BackupException.Damaged e) {
      channel.close();
      throw new IOException(file + " is damaged at byte " + place.offset(), e);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static InputStream unpacked(FileChannel channel, ContentPlace place, PackRecord record)
      throws IOException {
    channel.position(place.offset() + PackRecord.HEAD_BYTES);
    var stored = new Limited(Channels.newInputStream(channel), record.storedBytes());
    if (Math.max(record.storedBytes(), record.sizeBytes()) > IN_MEMORY_MAX_BYTES) {
      return record.packing().unpacking(new BufferedInputStream(stored));
    }
    return new ByteArrayInputStream(
        record.packing().unpack(stored.readAllBytes(), (int) record.sizeBytes()));
  }

  private static PackRecord record(FileChannel channel, ContentPlace place, Path file)
      throws IOException {
    var head = ByteBuffer.allocate(PackRecord.HEAD_BYTES);
    while (head.hasRemaining() && channel.read(head, place.offset() + head.position()) >= 0) {}
    return PackRecord.decode(head.flip())
        .filter(record -> record.sha256().equals(place.sha256()))
        .filter(record -> record.sizeBytes() == place.sizeBytes())
        .orElseThrow(() ->
            new IOException(file + " is damaged at byte " + place.offset() + ": no such content"));
  }

  private static final class Proved extends FilterInputStream {
    private final FileChannel channel;
    private final ContentPlace place;
    private final Path file;
    private final MessageDigest digest = Sha256.digest();
    private boolean proved;

    Proved(FileChannel channel, InputStream in, ContentPlace place, Path file) {
      super(in);
      this.channel = channel;
      this.place = place;
      this.file = file;
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int count;
      try {
        count = in.read(into, offset, length);
      } catch (IOException e) {
        throw new IOException(what() + e.getMessage(), e);
      }
      if (count > 0) {
        digest.update(into, offset, count);
      } else if (count < 0 && !proved) {
        proved = true;
        if (!Sha256.end(digest).equals(place.sha256())) {
          throw new IOException(what() + "its bytes are not those that were saved");
        }
      }
      return count;
    }

    private String what() {
      return "Content %s in %s is damaged: ".formatted(place.sha256(), file.getFileName());
    }

    @Override
    public void close() throws IOException {
      try {
        in.close();
      } finally {
        channel.close();
      }
    }
  }
}
