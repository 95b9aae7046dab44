package org.posthorn.smtp.outbound;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import org.posthorn.net.SendQueue;

/// How long what goes on over a line may take, and the line as a whole. Closes it when that has
/// passed, since a blocked write ends in no other way. The line's own thread says what it waits
/// for; another one watches.
final class LineWatch {
  private static final String SILENT = "said nothing";
  private static final String STUCK = "took next to nothing";
  private static final Duration LOOK_EVERY = Duration.ofMillis(250);

  private final long endNanos;
  private final long totalNanos;
  private volatile long deadlineNanos;

  /// How long what is going on may take.
  private volatile long allowedNanos;

  /// A write goes on, since so much on the clock of `System.nanoTime`.
  private volatile boolean writing;

  private volatile long writeNanos;

  /// The line was closed from here.
  private volatile boolean givenUp;

  LineWatch(Duration total) {
    totalNanos = total.toNanos();
    endNanos = System.nanoTime() + totalNanos;
    deadlineNanos = endNanos;
  }

  /// From now on somebody looks after `line`, until it is closed.
  void begin(RemoteLine line, Optional<Socket> network) {
    Thread.ofVirtual().name("outbound-watch").start(() -> watch(line, network.map(SendQueue::new)));
  }

  private void watch(RemoteLine line, Optional<SendQueue> queue) {
    while (!line.isClosed()) {
      if (isOver(queue)) {
        givenUp = true;
        line.close();
        return;
      }
      long left = deadlineNanos - System.nanoTime();
      long every = LOOK_EVERY.toNanos();
      try {
        Thread.sleep(Duration.ofNanos(left > 0 ? Math.min(left, every) : every));
      } catch (InterruptedException _) {
        line.close();
        return;
      }
    }
  }

  /// A write whose bytes are taken, however slowly, has until the end of all.
  private boolean isOver(Optional<SendQueue> queue) {
    long now = System.nanoTime();
    long startNanos = writeNanos;
    if (queue.isPresent() && writing && !isPastEnd()) {
      return queue.get().isStuck(startNanos, allowedNanos);
    }
    return deadlineNanos - now <= 0;
  }

  /// What it waits for next may take `limit`.
  void allow(Duration limit) {
    long now = System.nanoTime();
    allowedNanos = Math.min(endNanos - now, limit.toNanos());
    deadlineNanos = now + allowedNanos;
  }

  void writeBegins(Duration limit) {
    allow(limit);
    writeNanos = System.nanoTime();
    writing = true;
  }

  void writeEnds() {
    writing = false;
  }

  /// Why a write ended.
  IOException notTaken(IOException seen) {
    return isPastEnd()
        ? new SocketTimeoutException("it did not take all within " + words(totalNanos))
        : ended(seen, STUCK);
  }

  /// Why a read ended.
  IOException notSaid(IOException seen) {
    return ended(seen, SILENT);
  }

  /// At the deadline it makes no difference who noticed first, the socket or the watcher that
  /// closes it.
  private IOException ended(IOException seen, String what) {
    boolean late = seen instanceof SocketTimeoutException || givenUp || isPastDeadline();
    return late ? tooLate(what) : seen;
  }

  /// For how long a read may wait, more than 0. Throws when the time is up.
  int readMillis() throws SocketTimeoutException {
    long left = Duration.ofNanos(deadlineNanos - System.nanoTime()).toMillis();
    if (left <= 0) {
      throw tooLate(SILENT);
    }
    return (int) Math.min(left, Integer.MAX_VALUE);
  }

  /// Whether there is time for one more mail: half of all that it has. A mail that is cut off
  /// behind its end comes twice.
  boolean hasTimeAt(long nanos) {
    return endNanos - nanos > totalNanos / 2;
  }

  /// A write may go on behind it.
  private boolean isPastDeadline() {
    return !writing && deadlineNanos - System.nanoTime() <= 0;
  }

  private boolean isPastEnd() {
    return endNanos - System.nanoTime() <= 0;
  }

  private SocketTimeoutException tooLate(String what) {
    return new SocketTimeoutException("it " + what + " for " + words(allowedNanos));
  }

  private static String words(long nanos) {
    Duration time = Duration.ofNanos(Math.max(0, nanos));
    return time.toSeconds() > 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
  }
}
