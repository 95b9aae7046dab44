package org.posthorn.storage.keys;

import java.time.Instant;
import org.posthorn.message.Domain;

/// What is known of a key that signs mail of a domain, without its secret. `algorithm` is for
/// whoever signs; `since` when it came into its state.
public record DomainKey(
    Domain domain, String selector, String algorithm, State state, Instant made, Instant since) {
  /// The codes are part of the stored format.
  public enum State {
    /// Made, and not seen in the DNS yet: nothing is signed with it.
    WAITING(1),
    SIGNING(2),
    /// Another one signs; mail that was signed with it is still under way.
    RESTING(3),
    /// Nobody needs it any more: its record may go.
    SPENT(4);

    private final int code;

    State(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }

    static State of(int code) {
      for (State state : values()) {
        if (state.code == code) {
          return state;
        }
      }
      throw new IllegalArgumentException("No state of a key: " + code);
    }
  }

  DomainKey in(State other, Instant now) {
    return new DomainKey(domain, selector, algorithm, other, made, now);
  }
}
