package org.posthorn.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How far a file is written that has zeroes behind that, as the log of the rows has.
public final class Written {
  private Written() {}

  /// Without the zeroes at its end.
  public static long bytes(Path file) throws IOException {
    byte[] all = Files.readAllBytes(file);
    int end = all.length;
    while (end > 0 && all[end - 1] == 0) {
      end--;
    }
    return end;
  }
}
