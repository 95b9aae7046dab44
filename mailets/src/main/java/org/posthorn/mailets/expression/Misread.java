package org.posthorn.mailets.expression;

/// An expression makes no sense at `position`, counted from 0.
final class Misread extends RuntimeException {
  private static final long serialVersionUID = 1L;

  final int position;

  Misread(int position, String message) {
    super(message);
    this.position = position;
  }
}
