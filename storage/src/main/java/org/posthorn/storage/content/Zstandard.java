package org.posthorn.storage.content;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import com.github.luben.zstd.util.Native;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.posthorn.storage.StorageUnavailable;

/// Compresses and decompresses blocks. A native call takes some 20 microseconds for a small
/// message, so it runs on the caller's thread; what is dear is its working memory (about 1 MB),
/// which is used again. Safe for use by many threads.
final class Zstandard implements AutoCloseable {
  /// The fastest of the ordinary levels; higher ones cost more time than they save of mail.
  private static final int LEVEL = 1;

  private static final int IDLE_MAX = 2 * Runtime.getRuntime().availableProcessors();

  private final BlockingQueue<ZstdCompressCtx> compressors = new LinkedBlockingQueue<>(IDLE_MAX);
  private final BlockingQueue<ZstdDecompressCtx> decompressors =
      new LinkedBlockingQueue<>(IDLE_MAX);
  private volatile boolean closed;

  private Zstandard() {}

  /// Loads the native library, which is unpacked into `directory`: nobody else uses that.
  static Zstandard load(Path directory) {
    try {
      Files.createDirectories(directory);
      if (!Native.isLoaded()) {
        deleteOld(directory);
        Native.load(directory.toFile());
      }
      return new Zstandard();
    } catch (IOException | UnsatisfiedLinkError e) {
      throw new StorageUnavailable(
          "The native library of zstd cannot be loaded from " + directory, e);
    }
  }

  /// What killed processes left.
  private static void deleteOld(Path directory) throws IOException {
    try (var files = Files.newDirectoryStream(directory, "*zstd*")) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
  }

  /// How many bytes [#compress] may need for so many.
  static int roomFor(int bytes) {
    return bytes + (bytes >> 8) + 128;
  }

  /// Compresses `length` bytes of `from` into `into`, which has [#roomFor] them at `at`. Returns
  /// how many they became.
  int compress(byte[] from, int offset, int length, byte[] into, int at) {
    ZstdCompressCtx idle = compressors.poll();
    ZstdCompressCtx context = idle != null ? idle : new ZstdCompressCtx().setLevel(LEVEL);
    try {
      return context.compressByteArray(into, at, into.length - at, from, offset, length);
    } finally {
      if (closed || !compressors.offer(context)) {
        context.close();
      }
    }
  }

  /// Makes `length` bytes of what they were compressed to. Throws when they are not that.
  void decompress(byte[] from, int offset, int fromLength, byte[] into, int at, int length)
      throws IOException {
    if (decompressUpTo(length, from, offset, fromLength, into, at) != length) {
      throw new IOException("compressed bytes of another length");
    }
  }

  /// Returns how many bytes they were. Throws when they are no such bytes, or more than `max`.
  int decompressUpTo(int max, byte[] from, int offset, int fromLength, byte[] into, int at)
      throws IOException {
    ZstdDecompressCtx idle = decompressors.poll();
    ZstdDecompressCtx context = idle != null ? idle : new ZstdDecompressCtx();
    try {
      return context.decompressByteArray(into, at, max, from, offset, fromLength);
    } catch (ZstdException e) {
      throw new IOException("bytes that cannot be decompressed", e);
    } finally {
      if (closed || !decompressors.offer(context)) {
        context.close();
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    for (var one = compressors.poll(); one != null; one = compressors.poll()) {
      one.close();
    }
    for (var one = decompressors.poll(); one != null; one = decompressors.poll()) {
      one.close();
    }
  }
}
