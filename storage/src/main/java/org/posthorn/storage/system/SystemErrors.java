package org.posthorn.storage.system;

/// What the C library says where a program is told no more than its words; `bin/posthorn` sees to
/// it that they are English.
public final class SystemErrors {
  private SystemErrors() {}

  /// Whether there is no room, or none for us.
  public static boolean isFull(String message) {
    return message.contains("No space left") || isOverQuota(message);
  }

  public static boolean isOverQuota(String message) {
    return message.contains("Disk quota exceeded");
  }

  /// Whether the disk has lost some bytes: it can read all others.
  public static boolean areUnreadable(String message) {
    return message.contains("Input/output error");
  }

  /// Of this program, or of all.
  public static boolean areTooManyFiles(String message) {
    return message.contains("Too many open files");
  }
}
