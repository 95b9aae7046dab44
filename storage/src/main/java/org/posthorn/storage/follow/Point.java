package org.posthorn.storage.follow;

import org.posthorn.storage.account.Standing;

/// How far a follower has come with an account: all changes up to `version` are taken over. `epoch`
/// is the account's of that time: in another one versions mean something else.
public record Point(long version, int epoch) {
  /// Nothing yet.
  public static final Point START = new Point(0, 0);

  public static Point of(Standing standing) {
    return new Point(standing.version(), standing.epoch());
  }

  /// Whether there is nothing new.
  public boolean hasReached(Standing standing) {
    return epoch == standing.epoch() && version >= standing.version();
  }

  /// Whether [org.posthorn.storage.account.Account#history] tells all that came after this.
  public boolean isInHistory(Standing standing) {
    return epoch == standing.epoch() && version >= standing.exactSince();
  }
}
