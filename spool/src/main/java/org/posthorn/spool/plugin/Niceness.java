package org.posthorn.spool.plugin;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/// Tells the system that a thread may wait: code that computes without end then takes only what
/// nobody else wants of the processors. Java's own thread priorities do nothing on Linux. Where the
/// system has no such calls, nothing happens.
final class Niceness {
  /// The least urgent.
  private static final int LAST = 19;

  private static final int ONE_THREAD = 0; // PRIO_PROCESS, which on Linux is a thread.

  private static final @Nullable MethodHandle GETTID =
      find("gettid", FunctionDescriptor.of(ValueLayout.JAVA_INT));
  private static final @Nullable MethodHandle SETPRIORITY =
      find(
          "setpriority",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT));

  private Niceness() {}

  /// The system's number of the calling thread; 0 where there is none.
  static int thread() {
    try {
      return GETTID == null ? 0 : (int) GETTID.invokeExact();
    } catch (Throwable _) {
      return 0;
    }
  }

  /// From now on all other threads go before this one. It cannot be undone.
  static void last(int thread) {
    try {
      if (SETPRIORITY == null
          || thread == 0
          || (int) SETPRIORITY.invokeExact(ONE_THREAD, thread, LAST) != 0) {
        return; // Then it competes with the others.
      }
    } catch (Throwable _) {
      // Then it competes with the others.
    }
  }

  @SuppressWarnings("restricted") // Two calls of the C library.
  private static @Nullable MethodHandle find(String name, FunctionDescriptor form) {
    try {
      Linker linker = Linker.nativeLinker();
      return linker
          .defaultLookup()
          .find(name)
          .map(at -> linker.downcallHandle(at, form))
          .orElse(null);
    } catch (RuntimeException | LinkageError _) {
      return null;
    }
  }
}
