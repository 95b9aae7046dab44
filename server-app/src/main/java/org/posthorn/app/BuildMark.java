package org.posthorn.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// Tells builds apart that are of the same version: a sum over what is in the program's own jars.
/// Builds of the same sources have the same.
public final class BuildMark {
  private static final String OURS = "posthorn-*.jar";

  private BuildMark() {}

  /// Of the program that lies now where this one was started from; empty where that are no jars.
  public static Optional<String> onDisk() {
    try {
      CodeSource source = BuildMark.class.getProtectionDomain().getCodeSource();
      if (source == null) {
        return Optional.empty();
      }
      Path jar = Path.of(source.getLocation().toURI());
      return Files.isDirectory(jar) ? Optional.empty() : of(jar.resolveSibling("."));
    } catch (URISyntaxException | RuntimeException _) {
      return Optional.empty();
    }
  }

  /// Of the jars in a folder; empty where there are none, or one cannot be read.
  static Optional<String> of(Path folder) {
    List<String> entries = new ArrayList<>();
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(folder, OURS)) {
      for (Path jar : jars) {
        try (var zip = new ZipFile(jar.toFile())) {
          zip.stream().map(BuildMark::line).forEach(entries::add);
        }
      }
    } catch (IOException _) {
      return Optional.empty();
    }
    if (entries.isEmpty()) {
      return Optional.empty();
    }
    Collections.sort(entries);
    var sum = new CRC32C();
    entries.forEach(entry -> sum.update(entry.getBytes(UTF_8)));
    return Optional.of("%08x".formatted(sum.getValue()));
  }

  /// The checksum of the bytes is in the list of the archive: none of them need be read.
  private static String line(ZipEntry entry) {
    return "%s %x %d\n".formatted(entry.getName(), entry.getCrc(), entry.getSize());
  }
}
