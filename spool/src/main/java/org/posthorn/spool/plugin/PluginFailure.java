package org.posthorn.spool.plugin;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Why a call into a plugin came to nothing, in words and with a stack trace, and without anything
/// of the plugin's own classes in it: it may be kept when they are gone.
@SuppressWarnings("OverrideThrowableToString") // It is to look like what it stands for.
public final class PluginFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int FRAMES_MAX = 200;
  private static final int CAUSES_MAX = 8;
  private static final int TEXT_MAX = 2_000;

  private PluginFailure(String text, @Nullable PluginFailure cause, StackTraceElement[] frames) {
    super(text, cause, false, true);
    int count = Math.min(frames.length, FRAMES_MAX);
    var first = new StackTraceElement[count];
    System.arraycopy(frames, 0, first, 0, count);
    setStackTrace(first);
  }

  /// What was thrown. Runs code of the plugin's: its exceptions may have methods of their own.
  static PluginFailure of(Throwable thrown) {
    try {
      return of(thrown, CAUSES_MAX);
    } catch (Throwable _) { // And these may throw in turn.
      return new PluginFailure(thrown.getClass().getName(), null, new StackTraceElement[0]);
    }
  }

  private static PluginFailure of(Throwable thrown, int depth) {
    @Nullable Throwable cause = depth > 0 ? thrown.getCause() : null;
    return new PluginFailure(
        text(thrown), cause == null ? null : of(cause, depth - 1), thrown.getStackTrace());
  }

  /// `where` is what it was doing when it was given up.
  static PluginFailure overdue(String what, Duration limit, StackTraceElement[] where) {
    return new PluginFailure(
        "%s took longer than %s and was given up; it was at".formatted(what, words(limit)),
        null,
        where);
  }

  /// Not called at all.
  static PluginFailure refused(String why) {
    return refused(why, null);
  }

  /// Not called at all, since it failed before.
  static PluginFailure refused(String why, @Nullable PluginFailure last) {
    return new PluginFailure(why, last, new StackTraceElement[0]);
  }

  /// In the form of the configuration.
  static String words(Duration time) {
    return time.toMillis() % 1_000 == 0 ? time.toSeconds() + "s" : time.toMillis() + "ms";
  }

  private static String text(Throwable thrown) {
    String text = String.valueOf(thrown.toString());
    return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + "…";
  }

  /// As the plugin's own exception would look.
  @Override
  public String toString() {
    return String.valueOf(getMessage());
  }
}
