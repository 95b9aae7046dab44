package org.posthorn.storage.system;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import org.jspecify.annotations.Nullable;

/// Tells the system that a thread may wait. Java's own thread priorities do nothing on Linux. Where
/// the system has no such calls, nothing happens. What was said cannot be taken back.
public final class Niceness {
  /// A third of the time that another gets.
  private static final int BEHIND = 5;

  /// Only what nobody else wants.
  private static final int LAST = 19;

  /// The longest time at one go that Linux lets a thread ask for. Who asks for less goes first as
  /// soon as it wakes up (since 6.12; before, nothing is asked for): otherwise this thread keeps
  /// the processor for a millisecond and more, however nice it is. Its part of the time stays the
  /// same.
  private static final long LONG_SLICE_NANOS = 100_000_000;

  private static final int ONE_THREAD = 0; // PRIO_PROCESS, which on Linux is a thread.
  private static final long SCHED_FLAG_KEEP_POLICY = 0x08;

  /// `struct sched_attr` as it was first.
  private static final int ATTRIBUTES_BYTES = 48;

  private static final int FLAGS_AT = 8;
  private static final int NICE_AT = 16;
  private static final int RUNTIME_AT = 24;

  private static final @Nullable MethodHandle GETTID =
      CLibrary.find("gettid", FunctionDescriptor.of(JAVA_INT));
  private static final @Nullable MethodHandle SETPRIORITY =
      CLibrary.find("setpriority", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));

  /// The C library has no function for `sched_setattr`, or only lately.
  private static final @Nullable MethodHandle SYSCALL =
      CLibrary.find(
          "syscall",
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG),
          Linker.Option.firstVariadicArg(1));

  private static final long SCHED_SETATTR =
      numberOfSetAttributes(ManagementFactory.getOperatingSystemMXBean());

  private Niceness() {}

  /// 0 where it is not known.
  private static long numberOfSetAttributes(OperatingSystemMXBean system) {
    return switch (system.getName() + ' ' + system.getArch()) {
      case "Linux amd64" -> 314;
      case "Linux aarch64", "Linux riscv64" -> 274;
      default -> 0;
    };
  }

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
      boolean _ = askForLongSlice(thread, nice);
    } catch (Throwable _) {
      // Then it competes with the others.
    }
  }

  /// Whether the system takes note of it.
  private static boolean askForLongSlice(int thread, int nice) throws Throwable {
    if (SYSCALL == null || SCHED_SETATTR == 0) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, Long.BYTES);
      attributes.set(JAVA_INT, 0, ATTRIBUTES_BYTES);
      attributes.set(JAVA_LONG, FLAGS_AT, SCHED_FLAG_KEEP_POLICY);
      attributes.set(JAVA_INT, NICE_AT, nice);
      attributes.set(JAVA_LONG, RUNTIME_AT, LONG_SLICE_NANOS);
      return (long) SYSCALL.invokeExact(SCHED_SETATTR, (long) thread, attributes, 0L) == 0;
    }
  }
}
