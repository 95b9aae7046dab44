package org.posthorn.spool.plugin;

import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
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
        text(thrown, depth), cause == null ? null : of(cause, depth - 1), thrown.getStackTrace());
  }

  /// `where` is what it was doing when it was given up; `classes` is the name of the class loader
  /// of its own code.
  static PluginFailure overdue(
      String what, Duration limit, StackTraceElement[] where, String classes) {
    String place = own(where, classes).map(frame -> "; it was at " + words(frame)).orElse("");
    return new PluginFailure(
        "%s took longer than %s and was given up%s".formatted(what, words(limit), place),
        null,
        where);
  }

  /// The last of its own code that was called; where there is none, of what is not the JDK's.
  private static Optional<StackTraceElement> own(StackTraceElement[] where, String classes) {
    return Stream.of(where)
        .filter(frame -> classes.equals(frame.getClassLoaderName()))
        .findFirst()
        .or(() -> Stream.of(where).filter(frame -> frame.getModuleName() == null).findFirst());
  }

  /// Without the class loader: whose it is has been said.
  private static String words(StackTraceElement frame) {
    return new StackTraceElement(
            frame.getClassName(), frame.getMethodName(), frame.getFileName(), frame.getLineNumber())
        .toString();
  }

  /// In the form of the configuration.
  private static String words(Duration time) {
    return time.toMillis() % 1_000 == 0 ? time.toSeconds() + "s" : time.toMillis() + "ms";
  }

  /// Not called at all.
  static PluginFailure refused(String why) {
    return refused(why, null);
  }

  /// Not called at all, since it failed before.
  static PluginFailure refused(String why, @Nullable PluginFailure last) {
    return new PluginFailure(why, last, new StackTraceElement[0]);
  }

  /// In a line, of what a plugin threw. Runs code of the plugin's.
  static String text(Throwable thrown) {
    return text(thrown, CAUSES_MAX);
  }

  /// What says nothing itself is told with its cause.
  private static String text(Throwable thrown, int depth) {
    String text = String.valueOf(thrown.toString());
    @Nullable Throwable cause = depth > 0 ? thrown.getCause() : null;
    if (cause != null) {
      String message = thrown.getMessage();
      if (message == null || isNotInitialised(thrown)) {
        text += ": " + text(cause, depth - 1);
      } else if (text.endsWith(message) && message.equals(cause.toString())) {
        text = text.substring(0, text.length() - message.length()) + text(cause, depth - 1);
      }
    }
    return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + "…";
  }

  /// Whether a class is there and cannot be used, since what it does at its start has failed
  /// before.
  static boolean isNotInitialised(Throwable thrown) {
    return thrown instanceof NoClassDefFoundError
        && thrown.getCause() instanceof ExceptionInInitializerError;
  }

  /// As the plugin's own exception would look.
  @Override
  public String toString() {
    return String.valueOf(getMessage());
  }
}
