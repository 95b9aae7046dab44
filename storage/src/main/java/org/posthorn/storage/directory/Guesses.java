package org.posthorn.storage.directory;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.posthorn.message.AddressText;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.directory.LoginAttack.Tries;

/// Who has tried wrong passwords, so that people can see it: networks in clear, and the logins that
/// are users. Any other login is counted without its name, for people type passwords where a login
/// belongs.
///
/// In memory only, and bounded whoever attacks: the network that was seen longest ago goes first.
/// Decides nothing: that is the matter of the [BackOff]. Safe for use by many threads.
final class Guesses {
  static final int NETWORKS_MAX = 1_000;
  static final int LOGINS_MAX = 20;

  /// After such a pause the tries of a network are another attack.
  private static final Duration PAUSE = Duration.ofHours(1);

  private static final Duration SHOWN_FOR = Duration.ofDays(1);
  private static final Tries WRONG = new Tries(1, 0);
  private static final Tries REFUSED = new Tries(0, 1);

  private final InstantSource clock;
  private final Map<Network, Row> rows = new LinkedHashMap<>();

  /// `only` is there when all came from that address.
  private record Row(
      Optional<InetAddress> only,
      Map<String, Tries> logins,
      Tries others,
      Instant first,
      Instant last) {
    boolean isOver(Instant now, Duration after) {
      return last.plus(after).isBefore(now);
    }

    Row with(Optional<String> login, Tries more, InetAddress from, Instant now) {
      Map<String, Tries> named = new HashMap<>(logins);
      Optional<String> shown =
          login.filter(name -> named.containsKey(name) || named.size() < LOGINS_MAX);
      shown.ifPresent(name -> named.merge(name, more, Tries::plus));
      return new Row(
          only.filter(from::equals),
          named,
          shown.isPresent() ? others : others.plus(more),
          first,
          now);
    }

    Row without(String login) {
      Map<String, Tries> named = new HashMap<>(logins);
      named.remove(login);
      return new Row(only, named, others, first, last);
    }
  }

  Guesses(InstantSource clock) {
    this.clock = clock;
  }

  /// `user` is whose login it is, if there is such a user.
  void wrong(Optional<User> user, InetAddress from) {
    note(user, from, WRONG);
  }

  /// A try that was not looked at, since it has to wait.
  void refused(Optional<User> user, InetAddress from) {
    note(user, from, REFUSED);
  }

  private synchronized void note(Optional<User> user, InetAddress from, Tries more) {
    Instant now = clock.instant();
    var network = Network.of(from);
    Row before = rows.remove(network);
    if (before == null || before.isOver(now, PAUSE)) {
      before = new Row(Optional.of(from), Map.of(), Tries.NONE, now, now);
    }
    // Added last: the map begins with the one seen longest ago.
    rows.put(
        network, before.with(user.map(User::login).map(MailAddress::toString), more, from, now));
    if (rows.size() > NETWORKS_MAX) {
      rows.remove(rows.keySet().iterator().next());
    }
  }

  /// Of the last day, the latest at the end, without those that wait.
  synchronized Map<Network, LoginAttack> all() {
    Instant now = clock.instant();
    rows.values().removeIf(row -> row.isOver(now, SHOWN_FOR));
    Map<Network, LoginAttack> all = new LinkedHashMap<>();
    rows.forEach((network, row) -> all.put(network, attack(network, row)));
    return all;
  }

  private static LoginAttack attack(Network network, Row row) {
    return new LoginAttack(
        network.toString(),
        row.only.map(AddressText::of),
        row.logins,
        row.others,
        Optional.of(row.first),
        Optional.of(row.last),
        Optional.empty(),
        Optional.empty());
  }

  synchronized void forget(Network network) {
    rows.remove(network);
  }

  /// What is left of a network may be nothing; who has to wait there is still known by its name.
  synchronized void forget(User user) {
    String login = user.login().toString();
    rows.replaceAll((_, row) -> row.without(login));
  }
}
