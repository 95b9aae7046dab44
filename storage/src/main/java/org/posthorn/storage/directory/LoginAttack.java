package org.posthorn.storage.directory;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// Wrong tries to log in from one network (an IPv4 /24, an IPv6 /56), with less than an hour
/// between any two of them.
///
/// `address` is there when all of them came from that one. `logins` are users; `others` is what was
/// tried besides. `everybodyUntil`: so long nobody there has a password looked at, but for those
/// who are trusted; `someUntil`: so long some logins are not looked at there. Without `first` and
/// `last` no try is known, only that somebody waits.
public record LoginAttack(
    String network,
    Optional<String> address,
    Map<String, Tries> logins,
    Tries others,
    Optional<Instant> first,
    Optional<Instant> last,
    Optional<Instant> everybodyUntil,
    Optional<Instant> someUntil) {
  public LoginAttack {
    logins = Map.copyOf(logins);
  }

  /// Of a network from which no try is known.
  static LoginAttack unknown(Network network) {
    return new LoginAttack(
        network.toString(),
        Optional.empty(),
        Map.of(),
        Tries.NONE,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /// `wrong` ones were looked at, `refused` ones were not.
  public record Tries(int wrong, int refused) {
    static final Tries NONE = new Tries(0, 0);

    Tries plus(Tries more) {
      return new Tries(wrong + more.wrong, refused + more.refused);
    }
  }

  LoginAttack waiting(BackOff.Wait wait) {
    return new LoginAttack(
        network, address, logins, others, first, last, wait.everybody(), wait.some());
  }

  /// All that was tried there is forgotten.
  boolean isForgotten() {
    return sum().equals(Tries.NONE);
  }

  /// All tries.
  public Tries sum() {
    return logins.values().stream().reduce(others, Tries::plus);
  }
}
