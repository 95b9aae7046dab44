package org.posthorn.storage.directory;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Saves who has to wait before the next try to log in, so that a restart gives nobody new tries.
/// Looks every few seconds and writes only when something has changed: a wrong try costs no write.
/// On a thread of its own; safe for use by many threads.
final class BackOffSaver {
  private static final Logger log = LoggerFactory.getLogger(BackOffSaver.class);
  private static final Duration EVERY = Duration.ofSeconds(5);

  private final BackOff backOff;
  private final LoginRows rows;
  private boolean closed;
  private @Nullable Thread thread;

  BackOffSaver(BackOff backOff, LoginRows rows) {
    this.backOff = backOff;
    this.rows = rows;
  }

  /// What was saved before counts again. Trouble with it is no reason to serve nobody.
  void restore() {
    try {
      rows.backOff().ifPresent(backOff::restore);
    } catch (StorageUnavailable e) {
      log.atWarn().setCause(e).log("who has to wait before logging in is forgotten");
    }
  }

  synchronized void start() {
    thread = Thread.ofVirtual().name("login-back-off").start(this::run);
  }

  private void run() {
    while (rest()) {
      save();
    }
  }

  /// False: stop.
  private synchronized boolean rest() {
    long end = System.nanoTime() + EVERY.toNanos();
    try {
      for (long left = EVERY.toMillis(); left > 0 && !closed; ) {
        wait(left);
        left = (end - System.nanoTime()) / 1_000_000;
      }
    } catch (InterruptedException _) {
      // Nobody ends this thread this way.
    }
    return !closed;
  }

  /// One at a time, so that what is older does not overwrite what is newer.
  synchronized void save() {
    savePepper();
    backOff
        .changed()
        .ifPresent(changed -> {
          try {
            rows.save(changed);
          } catch (StorageUnavailable e) {
            backOff.unsaved();
            log.atWarn().setCause(e).log("who has to wait before logging in is not saved");
          }
        });
  }

  /// Trouble with it was told when it was made.
  private void savePepper() {
    try {
      rows.savePepper();
    } catch (StorageUnavailable e) {
      log.atDebug().setCause(e).log("the secret of the logins is not written yet");
    }
  }

  /// What was not saved is saved now.
  void close() throws InterruptedException {
    Thread running;
    synchronized (this) {
      closed = true;
      notifyAll();
      running = thread;
    }
    if (running != null) {
      running.join();
    }
    save();
  }
}
