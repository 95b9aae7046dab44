package org.posthorn.spool.chain;

/// A run of the chain came to no end: a failure of all steps on the way, and of none in particular.
public final class GoesInCircles extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private GoesInCircles(String what) {
    super("The chain goes in circles: " + what);
  }

  /// After more rounds than any sensible chain has.
  static GoesInCircles after(Trail trail) {
    return new GoesInCircles(
        "%s, %d times and no end".formatted(trail.circle(), trail.round() - 1));
  }

  /// After so many steps of all recipients together.
  static GoesInCircles after(int steps, Trail trail) {
    String circle = trail.circle();
    return new GoesInCircles(
        steps + " steps and no end" + (circle.isEmpty() ? "" : ", one way was " + circle));
  }
}
