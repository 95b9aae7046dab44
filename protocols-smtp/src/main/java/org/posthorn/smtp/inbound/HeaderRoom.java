package org.posthorn.smtp.inbound;

/// Memory for the longest of the headers that come in. A header is looked at as a whole, so it is
/// kept until its end has come, and who sends it may take hours: what is beyond [#FREE_BYTES] of it
/// is taken from here, so many slow senders cannot fill the memory. Safe for use by many threads.
public final class HeaderRoom {
  /// Nearly every header is shorter.
  static final int FREE_BYTES = 64 * 1024;

  private static final long USUAL_BYTES = 16L * 1024 * 1024;

  private final long roomBytes;
  private long takenBytes;

  public HeaderRoom() {
    this(USUAL_BYTES);
  }

  HeaderRoom(long roomBytes) {
    this.roomBytes = roomBytes;
  }

  /// False if there is no room for so much.
  synchronized boolean take(long bytes) {
    if (bytes > roomBytes - takenBytes) {
      return false;
    }
    takenBytes += bytes;
    return true;
  }

  synchronized void giveBack(long bytes) {
    takenBytes -= bytes;
  }

  synchronized long takenBytes() {
    return takenBytes;
  }
}
