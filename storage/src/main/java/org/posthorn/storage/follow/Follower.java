package org.posthorn.storage.follow;

import java.util.List;
import java.util.Optional;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;

/// Somebody who follows all accounts and keeps what it makes of them, with a note for each account
/// how far it has come. [Following] leads it. What it may rely on is tested in `FollowerContract`:
///
/// - Every account with changes after [#reached] is given to [#follow], also changes that were made
///   while nobody followed, and again and again until all are taken.
/// - Where the history does not reach back to that point (it was trimmed, or the account restored)
///   [#restart] comes first: what was made of the account before is void.
/// - An account that is gone is given to [#forget], also one that went while nobody followed.
/// - One thread calls all but [#reached]. A call that throws is made again later, and keeps no
///   other account waiting.
/// - After a crash it starts from what [#reached] says then: so what was made and the note of how
///   far it goes must become durable together, at the latest when [#settle] returns. What was not
///   is given again.
public interface Follower {
  /// One word, for the log and the thread.
  String name();

  /// How far it has come with an account; [Point#START] for an unknown one. Any thread may ask.
  Point reached(AccountId account);

  /// Accounts that it knows, in order, after `after` (empty: from the first).
  List<AccountId> known(Optional<AccountId> after, int limit);

  /// Begins an account anew.
  void restart(Account account);

  /// Takes over some of what came after the point that was reached, a second's work at most, and
  /// notes the new point. `account.history` has the changes.
  void follow(Account account);

  /// Drops what it has of an account.
  void forget(AccountId account);

  /// The end is near: a [#follow] that takes longer than a moment returns early. Any thread may
  /// call it.
  default void stop() {}

  /// Makes durable what was done since the last time.
  void settle();

  /// Nothing has happened for a while: what is costly to hold may go.
  default void rest() {}
}
