package org.posthorn.storage.account;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;

/// A clock that stands still until it is told.
public final class SteppedClock implements InstantSource {
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-11-22T10:00:00Z"));

  @Override
  public Instant instant() {
    return now.get();
  }

  public void forward(Duration by) {
    now.updateAndGet(instant -> instant.plus(by));
  }
}
