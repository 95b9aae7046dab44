package org.posthorn.storage.extract;

import java.util.Locale;

/// What became of a document, and the text that could be read, which may be a part of it.
public record Extracted(Outcome outcome, String text) {
  /// The names are part of the index's form.
  public enum Outcome {
    READ,
    /// There is more text than is kept.
    CUT,
    /// No document of a known form.
    UNKNOWN,
    /// Encrypted with a password.
    LOCKED,
    DAMAGED,
    TOO_LARGE,
    /// It took too long.
    TIMED_OUT,
    /// The process that read it died of it: mostly, its memory was not enough.
    DIED;

    /// As the index and the command line have it, such as `timed-out`.
    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// Whether it took as long as a document may, or a process: what one mail has of these keeps
    /// others waiting.
    public boolean isCostly() {
      return this == TIMED_OUT || this == DIED;
    }

    /// Whether somebody who looks for its text will miss some.
    public boolean isFailure() {
      return this != READ && this != UNKNOWN;
    }
  }

  static Extracted without(Outcome outcome) {
    return new Extracted(outcome, "");
  }
}
