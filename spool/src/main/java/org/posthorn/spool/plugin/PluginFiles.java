package org.posthorn.spool.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/// The files of one plugin: a jar, or a folder with a jar and its libraries.
record PluginFiles(String name, List<Path> jars) {
  private static final int JARS_MAX = 500;

  PluginFiles {
    jars = List.copyOf(jars);
  }

  /// The plugins in a folder, in the order of their names; none where there is no folder. What
  /// begins with a dot is not looked at.
  static List<Path> in(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    return list(folder).stream()
        .filter(entry -> !name(entry).startsWith("."))
        .filter(entry -> Files.isDirectory(entry) || isJar(entry))
        .toList();
  }

  /// One of those.
  static PluginFiles of(Path entry) throws IOException {
    return new PluginFiles(
        name(entry),
        Files.isDirectory(entry)
            ? list(entry).stream().filter(PluginFiles::isJar).toList()
            : List.of(entry));
  }

  static String name(Path entry) {
    return String.valueOf(entry.getFileName());
  }

  /// Says of two plugins whether they are the same bytes under the same name.
  String fingerprint() throws IOException {
    MessageDigest digest = sha256();
    for (Path jar : jars) {
      digest.update(String.valueOf(jar.getFileName()).getBytes(StandardCharsets.UTF_8));
      try (InputStream in = new DigestInputStream(Files.newInputStream(jar), digest)) {
        in.transferTo(OutputStream.nullOutputStream());
      }
    }
    return name + " " + HexFormat.of().formatHex(digest.digest());
  }

  /// The same plugin in another folder: whoever writes over the jars in the first one does not pull
  /// them away from under a server that runs.
  PluginFiles copiedTo(Path folder) throws IOException {
    Files.createDirectories(folder);
    List<Path> copies = new ArrayList<>();
    for (Path jar : jars) {
      copies.add(Files.copy(jar, folder.resolve(String.valueOf(jar.getFileName()))));
    }
    return new PluginFiles(name, copies);
  }

  private static boolean isJar(Path file) {
    return file.toString().endsWith(".jar");
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.sorted().limit(JARS_MAX).toList();
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
