package org.posthorn.storage.search;

import java.util.BitSet;

/// What the index knows about emails of one account and one question: which ones have it for sure,
/// which ones may have it and must be looked through, and up to which email it knows anything at
/// all. Immutable once it is given out.
public final class Found {
  /// Nothing is known: everything is to be looked through.
  static final Found NOTHING = new Found(0);

  /// Nobody has it.
  static final Found NONE = new Found(Long.MAX_VALUE);

  private final BitSet sure = new BitSet();
  private final BitSet maybe = new BitSet();
  private final long lastEmailId;

  /// What the index says of an email.
  public enum Verdict {
    YES,
    NO,
    LOOK
  }

  Found(long lastEmailId) {
    this.lastEmailId = lastEmailId;
  }

  /// Called before it is given out.
  void add(long emailId, boolean forSure) {
    (forSure ? sure : maybe).set((int) emailId);
  }

  public Verdict of(long emailId) {
    if (emailId > lastEmailId) {
      return Verdict.LOOK;
    }
    int id = (int) emailId;
    return sure.get(id) ? Verdict.YES : maybe.get(id) ? Verdict.LOOK : Verdict.NO;
  }

  /// How much memory it takes, about.
  public long sizeBytes() {
    return ((long) sure.size() + maybe.size()) / 8;
  }

  /// Who passes one of two questions.
  public Found or(Found other) {
    var both = new Found(Math.min(lastEmailId, other.lastEmailId));
    both.sure.or(sure);
    both.sure.or(other.sure);
    both.maybe.or(maybe);
    both.maybe.or(other.maybe);
    return both;
  }

  /// Who may have it has it not.
  Found sureOnly() {
    var known = new Found(Long.MAX_VALUE);
    known.sure.or(sure);
    return known;
  }

  /// Who may pass two questions at once; nobody does for sure.
  Found andMaybe(Found other) {
    var both = new Found(Math.min(lastEmailId, other.lastEmailId));
    both.maybe.or(sure);
    both.maybe.or(maybe);
    var others = (BitSet) other.sure.clone();
    others.or(other.maybe);
    both.maybe.and(others);
    return both;
  }
}
