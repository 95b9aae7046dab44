package org.posthorn.app.transfer.intake;

import java.io.IOException;
import java.nio.file.NoSuchFileException;

/// What keeps a message from being taken.
public final class NotTaken extends IOException {
  private static final long serialVersionUID = 1L;
  private final Oddity oddity;

  public NotTaken(Oddity oddity) {
    super(oddity.text());
    this.oddity = oddity;
  }

  /// What to tell of something that could not be read.
  public static Oddity why(IOException e) {
    return switch (e) {
      case NotTaken known -> known.oddity;
      case NoSuchFileException _ -> Oddity.GONE;
      default -> Oddity.UNREADABLE;
    };
  }

  public Oddity oddity() {
    return oddity;
  }
}
