package org.posthorn.imap.command;

import java.io.IOException;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.storage.StorageUnavailable;

/// News that may come later: what was done stays done, and is not to be done again, when it cannot
/// be told now. It comes with the next command.
final class LateNews {
  private LateNews() {}

  /// Tells what has been done.
  @FunctionalInterface
  interface Telling {
    void tell() throws IOException;
  }

  /// Whether it was told.
  static boolean told(ImapWriter writer, Telling telling) throws IOException {
    try {
      telling.tell();
      return true;
    } catch (StorageUnavailable _) {
      // Whoever tells the rest of the news says in the log why they wait.
      if (!writer.takeBackUnfinished()) {
        throw new IOException("A response was cut off");
      }
      return false;
    }
  }
}
