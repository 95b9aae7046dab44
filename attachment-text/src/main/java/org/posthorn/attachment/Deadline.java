package org.posthorn.attachment;

import org.jspecify.annotations.Nullable;

/// Ends this process when a document takes too long. Safe for use by many threads.
final class Deadline {
  private static final int TOO_LONG = 3;

  private final long limitMillis;
  private @Nullable Object work;

  Deadline(int limitSeconds) {
    this.limitMillis = limitSeconds * 1000L;
    Thread.ofPlatform().daemon().name("deadline").start(this::watch);
  }

  synchronized void begin() {
    work = new Object();
    notifyAll();
  }

  synchronized void end() {
    work = null;
    notifyAll();
  }

  private synchronized void watch() {
    try {
      while (true) {
        while (work == null) {
          wait();
        }
        Object watched = work;
        long until = System.nanoTime() + limitMillis * 1_000_000;
        while (work == watched) {
          long left = (until - System.nanoTime()) / 1_000_000;
          if (left <= 0) {
            Runtime.getRuntime().halt(TOO_LONG);
          }
          wait(left);
        }
      }
    } catch (InterruptedException _) {
      Runtime.getRuntime().halt(TOO_LONG);
    }
  }
}
