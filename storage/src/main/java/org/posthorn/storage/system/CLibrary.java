package org.posthorn.storage.system;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/// The functions of the C library that this process runs with.
final class CLibrary {
  private CLibrary() {}

  /// Null where there is none of this name, or Java cannot call it.
  @SuppressWarnings("restricted") // The server is started with native access, for its storage.
  static @Nullable MethodHandle find(
      String name, FunctionDescriptor form, Linker.Option... options) {
    try {
      Linker linker = Linker.nativeLinker();
      return linker
          .defaultLookup()
          .find(name)
          .map(at -> linker.downcallHandle(at, form, options))
          .orElse(null);
    } catch (RuntimeException | LinkageError _) {
      return null;
    }
  }
}
