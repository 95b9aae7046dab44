package org.posthorn.app.admin;

/// Why a client of the admin API did not get what it asked for. The message is for people and says
/// what to do.
public final class AdminFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// What kind of failure it is.
  public enum Kind {
    NOT_RUNNING,
    WRONG_REQUEST,
    NOT_POSSIBLE,
    FAILED
  }

  private final Kind kind;

  AdminFailure(Kind kind, String message) {
    super(message, null, false, false);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
