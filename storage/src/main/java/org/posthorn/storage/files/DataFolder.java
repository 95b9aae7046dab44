package org.posthorn.storage.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/// The data directory, as far as the operator puts files there for the server to read: keys,
/// certificates, passwords. A name with a `/` in front is that of a file elsewhere. Safe for use by
/// many threads.
public record DataFolder(Path root) {
  private static final int FILES_MAX = 10_000;

  /// What is thrown says the name of a file that is not there.
  public byte[] read(String name) throws IOException {
    try {
      return Files.readAllBytes(root.resolve(name));
    } catch (NoSuchFileException e) {
      throw new IOException("there is no file " + root.resolve(name), e);
    }
  }

  /// The first line, as of a file with a password. Refuses an empty one.
  public String firstLine(String name) throws IOException {
    String line =
        new String(read(name), java.nio.charset.StandardCharsets.UTF_8)
            .lines()
            .findFirst()
            .orElse("")
            .strip();
    if (line.isEmpty()) {
      throw new IOException("there is nothing in the first line of " + root.resolve(name));
    }
    return line;
  }

  public Instant changed(String name) throws IOException {
    try {
      return Files.getLastModifiedTime(root.resolve(name)).toInstant();
    } catch (NoSuchFileException e) {
      throw new IOException("there is no file " + root.resolve(name), e);
    }
  }

  /// The names of the files in a folder, in their order; that of a file is its own. At most 10,000.
  public List<String> list(String name) throws IOException {
    Path place = root.resolve(name);
    if (!Files.isDirectory(place)) {
      return List.of(name);
    }
    try (Stream<Path> inside = Files.list(place)) {
      return inside
          .filter(Files::isRegularFile)
          .sorted()
          .limit(FILES_MAX)
          .map(Path::toString)
          .toList();
    }
  }
}
