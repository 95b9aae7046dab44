package org.posthorn.storage;

/// The disk or the engine below failed: our trouble, not the client's mistake and not a refusal.
/// Protocols answer 451 or `[SERVERBUG]`/`[UNAVAILABLE]`; nothing that was asked for may be taken
/// as done.
public final class StorageUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StorageUnavailable(String message, Throwable cause) {
    super(message, cause);
  }

  public StorageUnavailable(String message) {
    super(message);
  }
}
