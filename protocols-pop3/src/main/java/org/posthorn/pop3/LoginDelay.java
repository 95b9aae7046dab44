package org.posthorn.pop3;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.posthorn.storage.account.AccountId;

/// Keeps clients from logging in all the time (RFC 2449 §6.5). In memory only. Safe for use by many
/// threads.
final class LoginDelay {
  private static final int REMEMBERED_MAX = 100_000;

  private final Duration delay;
  private final InstantSource clock;
  private final Cache<AccountId, Instant> last;

  LoginDelay(Duration delay, InstantSource clock) {
    this.delay = delay;
    this.clock = clock;
    this.last = Caffeine.newBuilder().maximumSize(REMEMBERED_MAX).expireAfterWrite(delay).build();
  }

  /// How long the user must wait; zero, and then this is the last login.
  Duration enter(AccountId account) {
    if (!delay.isPositive()) {
      return Duration.ZERO;
    }
    Instant now = clock.instant();
    Instant kept =
        last.asMap()
            .merge(
                account, now, (before, mine) -> before.plus(delay).isAfter(mine) ? before : mine);
    return kept.equals(now) ? Duration.ZERO : Duration.between(now, kept.plus(delay));
  }
}
