package org.posthorn.storage.system;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The memory in which the system keeps what files hold.
public final class PageCache {
  private static final int O_RDONLY = 0;
  private static final int POSIX_FADV_DONTNEED = 4;

  private static final @Nullable MethodHandle OPEN =
      CLibrary.find(
          "open",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final @Nullable MethodHandle CLOSE =
      CLibrary.find("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final @Nullable MethodHandle POSIX_FADVISE =
      CLibrary.find(
          "posix_fadvise",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));

  private PageCache() {}

  /// The system need not keep this file any longer; what is not on the disk yet it keeps. Whoever
  /// reads it later waits for the disk, as after a start. Returns whether the system was asked: not
  /// when there is no such file, or no such call.
  public static boolean forget(Path file) {
    if (OPEN == null || CLOSE == null || POSIX_FADVISE == null) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      int descriptor = (int) OPEN.invokeExact(arena.allocateFrom(file.toString()), O_RDONLY);
      if (descriptor < 0) {
        return false;
      }
      int refused = (int) POSIX_FADVISE.invokeExact(descriptor, 0L, 0L, POSIX_FADV_DONTNEED);
      return (int) CLOSE.invokeExact(descriptor) == 0 && refused == 0;
    } catch (Throwable _) {
      return false;
    }
  }
}
