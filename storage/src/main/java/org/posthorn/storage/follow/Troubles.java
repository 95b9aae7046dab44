package org.posthorn.storage.follow;

import java.util.HashMap;
import java.util.Map;

/// What stands in the way of what, so that it is told once and not each time that it is tried
/// again. Used by one thread.
final class Troubles {
  private final Map<String, String> told = new HashMap<>();

  /// Whether this is another trouble than the one that was there before.
  boolean isNew(String work, RuntimeException why) {
    String causes = causes(why);
    return !causes.equals(told.put(work, causes));
  }

  /// It went well.
  void isOver(String work) {
    told.remove(work);
  }

  private static String causes(Throwable why) {
    var causes = new StringBuilder();
    for (Throwable cause = why; cause != null; cause = cause.getCause()) {
      causes.append(cause).append('\n');
    }
    return causes.toString();
  }
}
