package org.posthorn.storage.extract;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Where the program that reads documents is: the folder with its jars, and the Java to run it
/// with. Immutable.
public record ExtractorProgram(Path jars, Path java) {
  private static final String MAIN = "org.posthorn.attachment.TextWorker";
  private static final Path NICE = Path.of("/usr/bin/nice");

  /// Whether there is such a program.
  public boolean isThere() {
    try (Stream<Path> files = Files.list(jars)) {
      return files.anyMatch(
          file -> file.getFileName().toString().startsWith("posthorn-attachment"));
    } catch (IOException _) {
      return false;
    }
  }

  /// Little memory, no files beside its jars, nothing left behind when it dies: neither a dump nor
  /// a log, which would have message text in them.
  List<String> command(AttachmentsConfig config) {
    var command = new ArrayList<String>();
    if (Files.isExecutable(NICE)) {
      command.addAll(List.of(NICE.toString(), "-n", "10"));
    }
    command.add(java.toString());
    command.addAll(
        List.of(
            "-Xmx" + (config.memoryBytes() >> 20) + "m",
            "-Xss1m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:+SuppressFatalErrorMessage",
            "-XX:+DisableAttachMechanism",
            "-XX:-UsePerfData",
            "-Djava.awt.headless=true",
            "-Djdk.net.hosts.file=/dev/null",
            "-cp",
            jars.resolve("*").toString(),
            MAIN,
            Long.toString(config.maxBytes()),
            Long.toString(config.wallTimeout().toSeconds() + 5)));
    return command;
  }
}
