package org.posthorn.spool;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// Time that passes when a test says so, and, if it says that too, whenever somebody looks. Safe
/// for use by many threads.
final class ManualClock implements InstantSource {
  private volatile Instant now = Instant.parse("2026-11-22T12:00:00Z");

  private volatile Duration eachLook = Duration.ZERO;

  @Override
  public Instant instant() {
    if (!eachLook.isZero()) {
      pass(eachLook);
    }
    return now;
  }

  void passAtEachLook(Duration time) {
    eachLook = time;
  }

  synchronized void pass(Duration time) {
    now = now.plus(time);
  }
}
