package org.posthorn.spool.chain;

/// A run of the chain came to no end: a failure of all steps on the way, and of none in particular.
public final class GoesInCircles extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  GoesInCircles(int steps) {
    super("The chain goes in circles: " + steps + " steps and no end");
  }
}
