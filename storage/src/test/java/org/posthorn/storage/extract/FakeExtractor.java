package org.posthorn.storage.extract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Extractors whose child is a [FakeWorker].
public final class FakeExtractor {
  public static final AttachmentsConfig CONFIG =
      new AttachmentsConfig(true, 10_000, Duration.ofSeconds(3), 1_000, 64L << 20);

  private FakeExtractor() {}

  /// `arguments`: any, for a child that ends at once.
  static Extractor of(Path starts, AttachmentsConfig config, String... arguments) {
    return of(starts, config, Extractor.Patience.endless(1), arguments);
  }

  static Extractor of(
      Path starts, AttachmentsConfig config, Extractor.Patience patience, String... arguments) {
    try {
      Files.writeString(starts, "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<String> command = new ArrayList<>(command(starts));
    command.addAll(List.of(arguments));
    return new Extractor(command, config, patience);
  }

  /// A program that runs it, for who starts it by himself.
  public static ExtractorProgram program(Path folder, Path starts) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("posthorn-attachment-fake.jar"), "");
    Files.writeString(starts, "");
    Path java = folder.resolve("java");
    Files.writeString(java, "#!/bin/sh\nexec '" + String.join("' '", command(starts)) + "'\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
    return new ExtractorProgram(folder, java);
  }

  private static List<String> command(Path starts) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-cp",
        classes().toString(),
        FakeWorker.class.getName(),
        starts.toAbsolutePath().toString());
  }

  /// Where the worker's own class lies, whichever module's tests these are.
  private static Path classes() {
    try {
      return Path.of(FakeWorker.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  public static int starts(Path starts) {
    try {
      return Files.readAllLines(starts).size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
