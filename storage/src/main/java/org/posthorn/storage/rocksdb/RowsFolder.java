package org.posthorn.storage.rocksdb;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Cargo;
import org.posthorn.storage.system.FormatFiles;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/// The folder of the rows as it is found at a start: whether rows were ever kept in it and in which
/// form, how they are opened, and in the operator's words why they cannot be and what to do then.
public final class RowsFolder {
  private static final String FORMAT = "posthorn rows 1\n";

  private static final String WITHOUT_IT =
      "it says which files hold the rows of all accounts, and without it none can be read. ";

  private RowsFolder() {}

  static void checkFormat(Path directory) {
    Path file = directory.resolve("FORMAT");
    try {
      boolean rowsThere = Files.exists(directory.resolve("CURRENT"));
      // ISO-8859-1, so that damaged bytes can be shown too; zeroes are of a loss of power.
      String format =
          Files.exists(file) ? Files.readString(file, ISO_8859_1).replaceFirst("\\x00+$", "") : "";
      if (!format.isEmpty() && (rowsThere || !FORMAT.startsWith(format))) {
        if (!format.equals(FORMAT)) {
          throw new StorageUnavailable(FormatFiles.mismatch(file, "rows", format, FORMAT));
        }
      } else if (rowsThere) {
        throw new StorageUnavailable(
            "%s holds rows but no file FORMAT that says which: it was not written by Posthorn, or is damaged"
                .formatted(directory));
      } else {
        if (!isMissing(directory)) {
          throw new StorageUnavailable(
              "%s is missing: %s"
                  .formatted(directory.resolve("CURRENT"), WITHOUT_IT + wayOut(directory)));
        }
        Files.createDirectories(directory);
        try (var channel =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
          channel.write(ByteBuffer.wrap(FORMAT.getBytes(US_ASCII)));
          channel.force(true);
        }
      }
    } catch (IOException e) {
      throw new StorageUnavailable("Cannot use the directory " + directory, e);
    }
  }

  /// Opening drops the log.
  static void bringHome(Path directory, Cargo.Home home) {
    try {
      CommitLog.forEachCargo(directory, home::bring);
    } catch (IOException e) {
      throw new StorageUnavailable("Cannot read the log of the rows in " + directory, e);
    }
    home.settle();
  }

  /// Again, when all that was wrong is the torn end of the log.
  static RocksDB open(Path directory, RocksOptions options) {
    try {
      return RocksDB.open(options.options(), directory.toString());
    } catch (RocksDBException first) {
      if (!isCorruption(first)) {
        throw whyNotOpen(directory, first);
      }
      try {
        Optional<CommitLog.Damage> damage = CommitLog.mend(directory);
        if (damage.isPresent()) {
          throw new StorageUnavailable(
              "%s: the newest changes, which were acknowledged, are in that file, and those behind"
                      .formatted(damage.get())
                  + " that byte are lost with it. "
                  + wayOut(directory),
              first);
        }
        return RocksDB.open(options.options(), directory.toString());
      } catch (RocksDBException | IOException e) {
        first.addSuppressed(e);
        throw whyNotOpen(directory, first);
      }
    }
  }

  private static StorageUnavailable whyNotOpen(Path directory, RocksDBException e) {
    String message = String.valueOf(e.getMessage());
    if (message.contains("LOCK")) {
      return new StorageUnavailable(
          "Another Posthorn runs on this data directory: it holds %s".formatted(directory), e);
    }
    if (isCorruption(e)) {
      return new StorageUnavailable(
          "%s is damaged (%s): ".formatted(manifest(directory), message.strip())
              + WITHOUT_IT
              + wayOut(directory),
          e);
    }
    return new StorageUnavailable(
        "Cannot open the rows in %s (%s): look whether the disk is sound and has room, and whether"
                .formatted(directory, message.strip())
            + " the files belong to who runs Posthorn",
        e);
  }

  static boolean isCorruption(RocksDBException e) {
    return e.getStatus() != null && e.getStatus().getCode() == Status.Code.Corruption;
  }

  /// The file that RocksDB begins with, or what should name it.
  private static Path manifest(Path directory) {
    Path current = directory.resolve("CURRENT");
    try {
      Path manifest = directory.resolve(Files.readString(current).strip());
      return Files.exists(manifest) ? manifest : current;
    } catch (IOException | InvalidPathException _) {
      return current;
    }
  }

  /// Whether no rows were ever kept in `directory`. Those that a file `CURRENT` should name, and
  /// does not, are no reason to make new ones in their place; nor are those that may not be seen.
  public static boolean isMissing(Path directory) {
    if (Files.notExists(directory)) {
      return true;
    }
    if (!Files.notExists(directory.resolve("CURRENT"))) {
      return false;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.{sst,log}")) {
      return !files.iterator().hasNext();
    } catch (IOException e) {
      throw new StorageUnavailable("Cannot use the directory " + directory, e);
    }
  }

  /// What an operator does next, as it is typed, when the rows are lost; where rows lie in a
  /// server's data directory.
  public static String wayOut(Path directory) {
    return wayOutByBackup(directory)
        + "  Without one, where mail is not encrypted:  posthorn salvage --data %1$s --into %1$s-salvaged"
            .formatted(data(directory));
  }

  /// The same when more than the rows is lost.
  public static String wayOutByBackup(Path directory) {
    return "With a backup:  posthorn backup restore FOLDER --all --data %s-restored"
        .formatted(data(directory));
  }

  private static Path data(Path directory) {
    Path rows = directory.toAbsolutePath();
    return rows.endsWith(Path.of("store", "rows"))
        ? rows.resolve("..").resolve("..").normalize()
        : rows;
  }
}
