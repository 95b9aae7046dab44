package org.posthorn.spool.chain;

/// What becomes of mail that went through all steps of a processor.
sealed interface AtEnd {
  String DROP = "drop";
  String KEEP = "keep";

  /// Goes on in another processor.
  record Route(String processor) implements AtEnd {}

  /// Is done.
  record Drop() implements AtEnd {}

  /// Stays in the queue for an operator to look at.
  record Keep() implements AtEnd {}
}
