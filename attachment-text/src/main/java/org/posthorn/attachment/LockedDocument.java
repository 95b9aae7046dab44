package org.posthorn.attachment;

import java.io.IOException;

/// Thrown when a document cannot be read without a password.
final class LockedDocument extends IOException {
  private static final long serialVersionUID = 1L;
}
