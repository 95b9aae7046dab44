package org.posthorn.storage.content;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The number of the newest segment whose name is durable, kept outside of the folder of contents:
/// so it is seen when that is an older copy or holds none, and no id is given out twice. Whoever
/// got one twice would read what is somebody else's.
///
/// A file of 7 hexadecimal digits. Nothing depends on it being there: then nothing is known. Safe
/// for use by many threads.
final class NewestSegment {
  private static final Logger log = LoggerFactory.getLogger(NewestSegment.class);
  private static final String NAME = "newest-segment";

  private final Path file;

  private NewestSegment(Path file) {
    this.file = file;
  }

  /// Of the contents in `directory`, and beside that.
  static NewestSegment of(Path directory) {
    return new NewestSegment(directory.resolveSibling(NAME));
  }

  /// Empty when it is not known.
  OptionalInt number() {
    try {
      return OptionalInt.of(Integer.parseInt(Files.readString(file, US_ASCII).strip(), 16));
    } catch (IOException | NumberFormatException _) {
      return OptionalInt.empty();
    }
  }

  /// This one has a durable name.
  synchronized void note(int number) {
    if (number > number().orElse(-1)) {
      try {
        Files.writeString(file, "%07x\n".formatted(number), US_ASCII);
      } catch (IOException e) {
        log.atWarn().setCause(e).log("newest-segment-not-noted");
      }
    }
  }
}
