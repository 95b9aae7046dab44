package org.posthorn.imap.view;

/// Messages next to each other: indexes counted from 0, `to` not included.
public record Run(int from, int to) {
  public int size() {
    return to - from;
  }
}
