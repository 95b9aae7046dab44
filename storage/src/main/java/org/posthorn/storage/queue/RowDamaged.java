package org.posthorn.storage.queue;

/// A row of the queue is not one that this program wrote. The message names the mail.
public final class RowDamaged extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RowDamaged(String what) {
    super("A row of the queue is damaged: " + what);
  }

  RowDamaged(String what, Throwable cause) {
    super("A row of the queue is damaged: " + what, cause);
  }
}
