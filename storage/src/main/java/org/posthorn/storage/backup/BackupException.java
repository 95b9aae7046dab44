package org.posthorn.storage.backup;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/// A backup that cannot be made or read, in words for the operator.
public abstract sealed class BackupException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BackupException(String message) {
    super(message);
  }

  BackupException(String message, Throwable cause) {
    super(message, cause);
  }

  /// There is no such folder, run or account.
  public static final class NotFound extends BackupException {
    private static final long serialVersionUID = 1L;

    NotFound(String message) {
      super(message);
    }
  }

  /// What is there stands in the way.
  public static final class InTheWay extends BackupException {
    private static final long serialVersionUID = 1L;

    InTheWay(String message) {
      super(message);
    }
  }

  /// Bytes of the backup are not those that were written.
  public static final class Damaged extends BackupException {
    private static final long serialVersionUID = 1L;

    Damaged(String message) {
      super(message);
    }

    Damaged(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /// The folder's disk failed.
  public static final class Failed extends BackupException {
    private static final long serialVersionUID = 1L;

    Failed(String message, IOException cause) {
      super(message + ": " + words(cause), cause);
    }

    /// Java says only which file it is.
    static String words(IOException cause) {
      return switch (cause) {
        case AccessDeniedException denied -> "permission denied: " + denied.getMessage();
        case NoSuchFileException missing -> "there is no " + missing.getMessage();
        default -> String.valueOf(cause.getMessage());
      };
    }
  }
}
