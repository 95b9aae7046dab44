package org.posthorn.storage.content;

/// How fast work in the background may go on.
@FunctionalInterface
public interface Pace {
  /// As fast as it can.
  Pace FULL = () -> {};

  /// Called between small pieces of work, takes as long as the next one has to wait. Throws
  /// `CancellationException` when the work is to end here.
  void pause();
}
