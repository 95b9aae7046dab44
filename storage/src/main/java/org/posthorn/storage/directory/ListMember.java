package org.posthorn.storage.directory;

import java.time.Instant;
import org.posthorn.message.MailAddress;

/// Somebody who gets the mail of a list. `token` is known to nobody else: who shows it may
/// unsubscribe. `bounceDays`: on how many days mail came back, the last time on `lastBounce` (days
/// since 1970).
public record ListMember(
    MailAddress address,
    String name,
    State state,
    Instant since,
    String token,
    int bounceDays,
    long lastBounce) {
  public enum State {
    ACTIVE,

    /// Gets nothing, because somebody said so.
    SUSPENDED,

    /// Gets nothing, because too much came back.
    BOUNCING
  }

  ListMember with(State other) {
    return new ListMember(
        address,
        name,
        other,
        since,
        token,
        other == State.ACTIVE ? 0 : bounceDays,
        other == State.ACTIVE ? 0 : lastBounce);
  }

  ListMember bounced(int days, long day) {
    return new ListMember(address, name, state, since, token, days, day);
  }
}
