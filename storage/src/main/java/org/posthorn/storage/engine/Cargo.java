package org.posthorn.storage.engine;

import java.nio.ByteBuffer;

/// Bytes that are no row and go with a commit all the same ([Batch#carry]): durable when it is,
/// until they are so where they belong. Two places cost one `fsync`.
public interface Cargo {
  /// The same each time.
  byte[] bytes();

  /// The commit that carries it is durable. Called by whoever writes commits: it must not wait.
  void arrived();

  /// Where cargo belongs. Used by one engine.
  interface Home {
    /// For an engine whose commits carry nothing.
    Home NONE =
        new Home() {
          @Override
          public void bring(ByteBuffer cargo) {
            throw new IllegalStateException("There is cargo, and nobody whose it is");
          }

          @Override
          public void settle() {}
        };

    /// At opening, in the order of the commits, of all that a crash may have kept from where it
    /// belongs; also of what is there. Nothing else is done with the engine or the place meanwhile.
    /// Throws [org.posthorn.storage.StorageUnavailable].
    void bring(ByteBuffer cargo);

    /// Returns when all cargo that arrived or was brought before is durable where it belongs: the
    /// engine may forget it. Throws [org.posthorn.storage.StorageUnavailable] when that cannot be;
    /// then the engine must not. Called by any thread.
    void settle();
  }
}
