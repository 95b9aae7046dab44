package org.posthorn.app.admin;

import java.util.concurrent.atomic.AtomicReference;

/// Work that is long and blocks on the disk: done on a platform thread, while the virtual thread of
/// the connection waits.
final class LongWork {
  private LongWork() {}

  /// Throws what the work throws.
  static void run(String name, Runnable work) throws InterruptedException {
    var failure = new AtomicReference<RuntimeException>();
    Thread thread =
        Thread.ofPlatform()
            .name(name)
            .uncaughtExceptionHandler((_, e) ->
                failure.set(e instanceof RuntimeException r ? r : new IllegalStateException(e)))
            .start(work);
    thread.join();
    if (failure.get() != null) {
      throw failure.get();
    }
  }
}
