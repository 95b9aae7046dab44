package org.posthorn.storage.rocksdb;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.posthorn.storage.StorageUnavailable;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;

/// Loads RocksDB's native library from a folder, and unpacks it there the first time: left alone,
/// RocksDB unpacks its 17 MB into a temporary file at every start.
final class NativeLibrary {
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
      if (Files.notExists(file)) {
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

  private static void unpack(URLConnection connection, Path folder, Path file) throws IOException {
    Files.createDirectories(folder);
    Path whole = Files.createTempFile(folder, "unpacking", ".part");
    try (InputStream in = connection.getInputStream()) {
      Files.copy(in, whole, StandardCopyOption.REPLACE_EXISTING);
      Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(whole);
    }
  }
}
