package org.posthorn.mailets.smime;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Services;
import org.posthorn.storage.files.DataFolder;

/// What stands in files of the operator, read again when they have changed; of a folder, when one
/// of the files in it has. They are looked at now and then when somebody asks; while they cannot be
/// read, what was in them before counts. Safe for use by many threads.
final class Watched<T> {
  private static final Duration LOOK = Duration.ofSeconds(10);

  private final DataFolder data;
  private final List<String> files;
  private final Reading<T> reading;
  private final InstantSource clock;
  private final System.Logger logger;
  private T value;
  private Map<String, Instant> seen;
  private Instant next;

  @FunctionalInterface
  interface Reading<T> {
    T read() throws IOException;
  }

  /// Throws [ParameterException] where they cannot be read at the start.
  Watched(DataFolder data, List<String> files, Services services, Reading<T> reading) {
    this.data = data;
    this.files = List.copyOf(files);
    this.reading = reading;
    this.clock = services.clock();
    this.logger = services.logger("org.posthorn.mailets.smime");
    this.next = clock.instant().plus(LOOK);
    try {
      this.seen = times();
      this.value = reading.read();
    } catch (IOException e) {
      throw new ParameterException(String.valueOf(e.getMessage()));
    }
  }

  synchronized T now() {
    Instant now = clock.instant();
    if (!now.isBefore(next)) {
      next = now.plus(LOOK);
      look();
    }
    return value;
  }

  private void look() {
    try {
      Map<String, Instant> times = times();
      if (!times.equals(seen)) {
        value = reading.read();
        seen = times;
      }
    } catch (IOException e) {
      logger.log(
          System.Logger.Level.WARNING, "S/MIME goes on with what it knew: {0}", e.toString());
    }
  }

  /// A folder changes when files come and go, and not when one is written anew.
  private Map<String, Instant> times() throws IOException {
    Map<String, Instant> times = new HashMap<>();
    for (String place : files) {
      for (String file : data.list(place)) {
        times.put(file, data.changed(file));
      }
    }
    return times;
  }
}
