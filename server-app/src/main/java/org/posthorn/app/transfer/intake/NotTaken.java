package org.posthorn.app.transfer.intake;

import java.io.IOException;

/// What keeps a message from being taken.
public final class NotTaken extends IOException {
  private static final long serialVersionUID = 1L;
  private final Oddity oddity;

  public NotTaken(Oddity oddity) {
    super(oddity.text());
    this.oddity = oddity;
  }

  public Oddity oddity() {
    return oddity;
  }
}
