package org.posthorn.app.dns;

/// What the DNS says about one thing. `found` is what is there, `todo` what to do, empty where
/// nothing is.
public record Finding(
    String what, String name, String type, State state, String found, String todo) {
  public enum State {
    RIGHT,
    /// Right, and could be better.
    ADVICE,
    /// Not there, and mail arrives all the same.
    OPTIONAL,
    MISSING,
    WRONG,
    /// Nobody answered.
    UNKNOWN;

    /// Whether mail is in trouble until something is done.
    public boolean isTrouble() {
      return this == MISSING || this == WRONG || this == UNKNOWN;
    }
  }
}
