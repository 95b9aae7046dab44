package org.posthorn.storage;

import java.io.IOException;
import org.posthorn.storage.system.SystemErrors;

/// The disk or the engine below failed: our trouble, not the client's mistake and not a refusal.
/// Protocols answer 451 or `[SERVERBUG]`/`[UNAVAILABLE]`; nothing that was asked for may be taken
/// as done.
public final class StorageUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean full;

  public StorageUnavailable(String message, Throwable cause) {
    this(message, cause, false);
  }

  public StorageUnavailable(String message) {
    super(message);
    this.full = false;
  }

  private StorageUnavailable(String message, Throwable cause, boolean full) {
    super(message, cause);
    this.full = full;
  }

  /// There is no room left; it works again when there is.
  public static StorageUnavailable full(String message, Throwable cause) {
    return new StorageUnavailable(message, cause, true);
  }

  /// The same for another thread, with its own stack trace.
  public StorageUnavailable again() {
    return new StorageUnavailable(String.valueOf(getMessage()), this, full);
  }

  /// Whether all that is missing is room on the disk.
  public boolean isFull() {
    return full;
  }

  /// Whether the disk cannot read the bytes that were asked for; others it can.
  public boolean isUnreadable() {
    return getCause() instanceof IOException e
        && SystemErrors.areUnreadable(String.valueOf(e.getMessage()));
  }
}
