package org.posthorn.storage.system;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/// Tells the system that a thread may wait. Java's own thread priorities do nothing on Linux. Where
/// the system has no such calls, nothing happens. What was said cannot be taken back.
public final class Niceness {
  /// A third of the time that another gets; and who wakes up goes first, where it would otherwise
  /// wait until this one has had its turn of some milliseconds.
  private static final int BEHIND = 5;

  /// Only what nobody else wants.
  private static final int LAST = 19;

  private static final int ONE_THREAD = 0; // PRIO_PROCESS, which on Linux is a thread.

  private static final @Nullable MethodHandle GETTID =
      CLibrary.find("gettid", FunctionDescriptor.of(ValueLayout.JAVA_INT));
  private static final @Nullable MethodHandle SETPRIORITY =
      CLibrary.find(
          "setpriority",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT));

  private Niceness() {}

  /// The system's number of the calling thread; 0 where there is none.
  public static int thread() {
    try {
      return GETTID == null ? 0 : (int) GETTID.invokeExact();
    } catch (Throwable _) {
      return 0;
    }
  }

  /// For work that can wait, but has to be done: all others go before this thread, and it still
  /// gets its part.
  public static void behind(int thread) {
    set(thread, BEHIND);
  }

  /// For what computes without end: it takes only what nobody else wants of the processors.
  public static void last(int thread) {
    set(thread, LAST);
  }

  private static void set(int thread, int nice) {
    try {
      if (SETPRIORITY == null
          || thread == 0
          || (int) SETPRIORITY.invokeExact(ONE_THREAD, thread, nice) != 0) {
        return; // Then it competes with the others.
      }
    } catch (Throwable _) {
      // Then it competes with the others.
    }
  }
}
