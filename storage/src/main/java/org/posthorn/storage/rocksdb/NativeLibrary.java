package org.posthorn.storage.rocksdb;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.zip.CRC32;
import org.posthorn.storage.StorageUnavailable;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;

/// Loads RocksDB's native library from a folder, and unpacks it there the first time: left alone,
/// RocksDB unpacks its 17 MB into a temporary file at every start.
final class NativeLibrary {
  private static final int PIECE_BYTES = 64 << 10;

  private NativeLibrary() {}

  /// Safe to call again, and by several processes at once.
  static void load(Path directory) {
    String name = Environment.getJniLibraryFileName("rocksdb");
    URL packed = RocksDB.class.getClassLoader().getResource(name);
    if (packed == null) {
      RocksDB.loadLibrary();
      return;
    }
    try {
      URLConnection connection = packed.openConnection();
      connection.setUseCaches(false);
      Path folder = directory.resolve("rocksdb-" + fingerprint(connection));
      // RocksDB asks for this name, not for the one that its own jar has.
      Path file = folder.resolve(Environment.getJniLibraryFileName("rocksdbjni"));
      if (!isWhole(file, connection)) {
        unpack(connection, folder, file);
      }
      RocksDB.loadLibrary(List.of(folder.toAbsolutePath().toString()));
    } catch (IOException e) {
      throw new StorageUnavailable(
          "Cannot unpack the native library of the engine into " + directory, e);
    }
  }

  /// Another version of the library goes into another folder.
  private static String fingerprint(URLConnection connection) throws IOException {
    return connection instanceof JarURLConnection jar
        ? Long.toHexString(jar.getJarEntry().getCrc())
        : Long.toHexString(connection.getContentLengthLong());
  }

  /// A crash may have left less of the file than was written, or zeroes where its end should be.
  private static boolean isWhole(Path file, URLConnection connection) throws IOException {
    if (Files.notExists(file) || Files.size(file) != connection.getContentLengthLong()) {
      return false;
    }
    return !(connection instanceof JarURLConnection jar)
        || crc32(file) == jar.getJarEntry().getCrc();
  }

  /// 17 MB, which take a few milliseconds.
  private static long crc32(Path file) throws IOException {
    var crc = new CRC32();
    byte[] piece = new byte[PIECE_BYTES];
    try (InputStream in = Files.newInputStream(file)) {
      for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
        crc.update(piece, 0, count);
      }
    }
    return crc.getValue();
  }

  private static void unpack(URLConnection connection, Path folder, Path file) throws IOException {
    Files.createDirectories(folder);
    Path whole = Files.createTempFile(folder, "unpacking", ".part");
    try (InputStream in = connection.getInputStream()) {
      Files.copy(in, whole, StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel channel = FileChannel.open(whole, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(whole);
    }
  }
}
