package org.posthorn.app.admin;

import java.net.InetAddress;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.LoginAttack;
import org.posthorn.storage.directory.LoginAttack.Tries;
import org.posthorn.storage.directory.LoginAttacks;
import org.posthorn.storage.directory.User;

/// Who guesses passwords, and who is let in again.
final class LoginRoutes {
  /// An address, or the network of one as [LoginAttack] writes it.
  private static final Pattern ADDRESS =
      Pattern.compile(
          "(\\d+\\.\\d+\\.\\d+\\.\\d+)(?:/24)?|([\\p{XDigit}:.]*:[\\p{XDigit}:.]*)(?:/56)?");

  private final Directory directory;
  private final LoginAttacks attacks;

  LoginRoutes(Directory directory, LoginAttacks attacks) {
    this.directory = directory;
    this.attacks = attacks;
  }

  private record LoginView(String login, int wrong, int refused) {
    static LoginView of(Map.Entry<String, Tries> login) {
      Tries tries = login.getValue();
      return new LoginView(login.getKey(), tries.wrong(), tries.refused());
    }
  }

  private record AttackView(
      String network,
      Optional<String> address,
      List<LoginView> logins,
      Tries others,
      int wrong,
      int refused,
      Optional<String> firstTry,
      Optional<String> lastTry,
      Optional<String> waitsUntil,
      Optional<String> someWaitUntil) {
    static AttackView of(LoginAttack attack) {
      return new AttackView(
          attack.network(),
          attack.address(),
          attack.logins().entrySet().stream()
              .map(LoginView::of)
              .sorted(
                  Comparator.comparingInt((LoginView login) -> login.wrong + login.refused)
                      .reversed()
                      .thenComparing(LoginView::login))
              .toList(),
          attack.others(),
          attack.sum().wrong(),
          attack.sum().refused(),
          attack.first().map(Instant::toString),
          attack.last().map(Instant::toString),
          attack.everybodyUntil().map(Instant::toString),
          attack.someUntil().map(Instant::toString));
    }
  }

  private record Overview(String since, List<AttackView> attacks, int unnamed) {}

  private record ForgivenNetwork(String network, boolean waited) {}

  private record ForgivenUser(String login, boolean waited, List<String> networksThatWait) {}

  List<Route> routes() {
    return List.of(
        new Route(
                "GET",
                "/login-attacks",
                "Wrong tries to log in of the last day, by network (IPv4 /24, IPv6 /56), most first; of"
                    + " `?of=` an address or a user only. `address`: all came from it. `wrong` tries were"
                    + " looked at, `refused` ones had to wait; `others` are those with names that no user"
                    + " has. `waitsUntil`: so long everybody there waits whom nobody trusts there;"
                    + " `someWaitUntil`: so long some logins do. Known `since` the start; `unnamed`"
                    + " networks have to wait, of which only a digest is known.",
                (request, _) ->
                    AdminAnswer.ok(request.parameter("of").map(this::of).orElseGet(this::all)))
            .taking("of"),
        new Route(
            "DELETE",
            "/login-attacks/{of}",
            "Forgive wrong tries to log in: from the network of an address, or of a user, who may"
                + " still have to wait in `networksThatWait`.",
            (_, path) -> forgive(Names.part(path, "of"))));
  }

  private Overview all() {
    return view(attacks.overview());
  }

  private static Overview view(LoginAttacks.Overview all) {
    return new Overview(
        all.since().toString(), all.attacks().stream().map(AttackView::of).toList(), all.unnamed());
  }

  private Overview of(String text) {
    LoginAttacks.Overview all = attacks.overview();
    Optional<InetAddress> address = address(text);
    if (address.isPresent()) {
      return view(
          new LoginAttacks.Overview(all.since(), attacks.from(address.get()).stream().toList(), 0));
    }
    String login = user(text).login().toString();
    List<LoginAttack> on =
        all.attacks().stream().filter(attack -> attack.logins().containsKey(login)).toList();
    return view(new LoginAttacks.Overview(all.since(), on, 0));
  }

  private AdminAnswer forgive(String text) {
    Optional<InetAddress> address = address(text);
    if (address.isPresent()) {
      String network = LoginAttacks.network(address.get());
      return AdminAnswer.ok(new ForgivenNetwork(network, attacks.forgive(address.get())));
    }
    User user = user(text);
    LoginAttacks.Forgiven forgiven = attacks.forgive(user);
    return AdminAnswer.ok(
        new ForgivenUser(user.login().toString(), forgiven.waited(), forgiven.networks()));
  }

  private User user(String text) {
    if (text.indexOf('@') < 0) {
      throw Declined.badRequest(
          "\"%s\" is neither an address such as 192.0.2.7 or 2001:db8::7, nor a user such as ann@example.org"
              .formatted(text));
    }
    return UserRoutes.find(directory, text);
  }

  private static Optional<InetAddress> address(String text) {
    var address = ADDRESS.matcher(text);
    if (!address.matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          InetAddress.ofLiteral(address.group(1) == null ? address.group(2) : address.group(1)));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }
}
