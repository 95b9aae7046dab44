package org.posthorn.senderauth;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// Data of others that tests read: `../shared/data` seen from the project, or what the system
/// property `posthorn.data` names. Where there is none, the test is skipped.
public final class SharedData {
  private SharedData() {}

  public static Path folder(String name) {
    Path folder =
        Stream.of(
                Path.of(System.getProperty("posthorn.data", "/nowhere")),
                Path.of("../../shared/data"),
                Path.of("../shared/data"))
            .map(place -> place.resolve(name))
            .filter(Files::isDirectory)
            .findFirst()
            .orElse(Path.of("/nowhere"));
    Assumptions.assumeTrue(
        Files.isDirectory(folder),
        "There is no ../shared/data/" + name + "; -Dposthorn.data=FOLDER names another folder");
    return folder;
  }
}
