package org.posthorn.attachment;

/// Ends this process when a document takes too long. Safe for use by many threads.
final class Deadline {
  private static final int TOO_LONG = 3;

  private final long limitMillis;

  /// The number of the document that is read, negative between two.
  private long work = -1;

  private long last;

  Deadline(int limitSeconds) {
    this.limitMillis = limitSeconds * 1000L;
    Thread.ofPlatform().daemon().name("deadline").start(this::watch);
  }

  synchronized void begin() {
    work = ++last;
    notifyAll();
  }

  synchronized void end() {
    work = -1;
    notifyAll();
  }

  private synchronized void watch() {
    try {
      while (true) {
        while (work < 0) {
          wait();
        }
        long watched = work;
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
