package org.posthorn.app;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.posthorn.storage.extract.ExtractorProgram;

/// Where the program lies that reads attachments: in a folder of its own beside this program's
/// jars, so that nothing of it is on the server's class path.
final class ExtractorPlace {
  private static final String FOLDER = "attachment-text";

  private ExtractorPlace() {}

  /// It may not be installed.
  static ExtractorProgram find() {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    return new ExtractorProgram(lib().resolve(FOLDER), java);
  }

  private static Path lib() {
    try {
      Path own =
          Path.of(ExtractorPlace.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      // Tests run the classes that the jar was made of.
      return Files.isDirectory(own)
          ? own.resolveSibling("posthorn").resolve("lib")
          : own.resolveSibling("");
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
