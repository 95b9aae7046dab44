package org.posthorn.storage.follow;

import java.util.List;
import java.util.Optional;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;

/// How far the comparison of all accounts with what a follower has reached has come: page by page,
/// first through the accounts that there are, then through those that the follower knows. Used by
/// one thread at a time.
final class Comparison {
  private static final int PAGE = 200;

  private boolean going = true;
  private boolean afresh;
  private boolean known;
  private Optional<AccountId> last = Optional.empty();
  private long dueAt;

  /// The first one is due at once.
  Comparison(long now) {
    this.dueAt = now;
  }

  /// Where a page begins.
  record Place(boolean known, Optional<AccountId> after) {
    List<AccountId> page(Accounts accounts, Follower follower) {
      return known ? follower.known(after, PAGE) : accounts.list(after, PAGE);
    }
  }

  /// From the first account once more.
  void again() {
    going = true;
    afresh = true;
  }

  boolean isOver() {
    return !going;
  }

  boolean isDue(long now) {
    return going && now - dueAt >= 0;
  }

  /// Until the next page is due; no time at all: there is none.
  long nanosLeft(long now) {
    return going ? dueAt - now : Long.MAX_VALUE;
  }

  Place next() {
    if (afresh) {
      afresh = false;
      last = Optional.empty();
      known = false;
    }
    return new Place(known, last);
  }

  /// This was the page behind a place.
  void compared(Place place, List<AccountId> page) {
    boolean end = page.size() < PAGE;
    last = end ? Optional.empty() : Optional.of(page.getLast());
    known = place.known() || end;
    going = afresh || !(end && place.known());
  }

  /// The page could not be read: not before then.
  void putOff(long until) {
    dueAt = until;
  }
}
