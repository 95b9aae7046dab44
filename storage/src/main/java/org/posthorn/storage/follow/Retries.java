package org.posthorn.storage.follow;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.posthorn.storage.account.AccountId;

/// Accounts that made trouble, and when each is tried again. Used by one thread at a time.
final class Retries {
  private final Map<AccountId, Long> times = new HashMap<>();

  /// None is tried before.
  private long first;

  void add(AccountId account, long atNanos) {
    first = times.isEmpty() || atNanos - first < 0 ? atNanos : first;
    times.put(account, atNanos);
  }

  void remove(AccountId account) {
    times.remove(account);
  }

  boolean has(AccountId account) {
    return times.containsKey(account);
  }

  int count() {
    return times.size();
  }

  /// Until one may be tried; no time at all: there is none.
  long nanosLeft(long now) {
    return times.isEmpty() ? Long.MAX_VALUE : first - now;
  }

  /// Those whose time has come, which are no longer here.
  List<AccountId> take(long now) {
    if (nanosLeft(now) > 0) {
      return List.of();
    }
    List<AccountId> due = new ArrayList<>();
    times.forEach((account, at) -> {
      if (at - now <= 0) {
        due.add(account);
      }
    });
    due.forEach(times::remove);
    times.values().stream().mapToLong(at -> at - now).min().ifPresent(left -> first = now + left);
    return due;
  }
}
