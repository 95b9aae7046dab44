package org.posthorn.app.admin;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.directory.AppPassword;
import org.posthorn.storage.directory.AppPasswords;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.Service;
import org.posthorn.storage.directory.User;

/// Passwords for single programs of a user.
final class AppPasswordRoutes {
  private final Directory directory;
  private final AppPasswords passwords;
  private final Json json;

  AppPasswordRoutes(Directory directory, AppPasswords passwords, Json json) {
    this.directory = directory;
    this.passwords = passwords;
    this.json = json;
  }

  private record View(
      int id,
      String name,
      List<String> scope,
      String made,
      Optional<String> expires,
      Optional<String> lastUse,
      Optional<String> lastUseBy,
      Optional<String> lastUseFrom) {
    static View of(AppPassword password) {
      return new View(
          password.id(),
          password.name(),
          password.scope().stream().map(AppPasswordRoutes::word).sorted().toList(),
          password.made().toString(),
          password.expires().map(Instant::toString),
          password.lastUse().map(use -> use.at().toString()),
          password.lastUse().map(use -> word(use.service())),
          password.lastUse().map(AppPassword.LastUse::address));
    }
  }

  private record All(boolean only, List<View> passwords) {}

  private record Made(int id, String password) {}

  private record NewBody(
      @Nullable String name, @Nullable List<String> scope, @Nullable String expires) {}

  private record OnlyBody(Boolean only) {}

  List<Route> routes() {
    return List.of(
        new Route(
            "GET",
            "/users/{login}/app-passwords",
            "The app passwords of a user, without the passwords; `only`: whether the user's own password is refused.",
            (_, path) -> AdminAnswer.ok(all(user(path)))),
        new Route(
            "POST",
            "/users/{login}/app-passwords",
            "Make an app password: if you like `name`, `scope` (of `imap`, `pop3`, `smtp`; all), `expires` (such as `2027-01-01T00:00:00Z`). The password is in this answer and nowhere else.",
            this::add),
        new Route(
            "PATCH",
            "/users/{login}/app-passwords",
            "Refuse the user's own password and end the sessions that were begun without an app password, or take it again: `{\"only\": true}`.",
            this::only),
        new Route(
            "DELETE",
            "/users/{login}/app-passwords/{id}",
            "Remove an app password: nobody can log in with it any more.",
            (_, path) -> remove(path)));
  }

  private All all(User user) {
    return new All(passwords.isOnlyWay(user), passwords.of(user).stream().map(View::of).toList());
  }

  private AdminAnswer add(AdminRequest request, Map<String, String> path) {
    NewBody body = json.read(request, NewBody.class);
    AppPasswords.Made made =
        passwords.add(
            user(path).login(),
            body.name() == null ? "" : body.name(),
            scope(body.scope() == null ? List.of() : body.scope()),
            Optional.ofNullable(body.expires()).map(AppPasswordRoutes::time));
    return AdminAnswer.created(new Made(made.password().id(), made.text()));
  }

  private AdminAnswer only(AdminRequest request, Map<String, String> path) {
    boolean only = json.read(request, OnlyBody.class).only();
    User user = user(path);
    passwords.onlyWay(user.login(), only);
    return AdminAnswer.ok(all(user));
  }

  private AdminAnswer remove(Map<String, String> path) {
    String id = Names.part(path, "id");
    User user = user(path);
    if (!id.matches("\\d{1,9}") || !passwords.remove(user.login(), Integer.parseInt(id))) {
      throw Declined.notFound(
          "%s has no app password %s; see  posthorn user app-password list %s"
              .formatted(user.login(), id, user.login()));
    }
    return AdminAnswer.done();
  }

  private User user(Map<String, String> path) {
    return UserRoutes.find(directory, Names.part(path, "login"));
  }

  /// None named: all.
  private static Set<Service> scope(List<String> names) {
    Set<Service> scope = EnumSet.noneOf(Service.class);
    for (String name : names) {
      scope.add(
          switch (name.toLowerCase(Locale.ROOT)) {
            case "imap" -> Service.IMAP;
            case "pop3" -> Service.POP3;
            case "smtp" -> Service.SMTP;
            default ->
                throw Declined.badRequest(
                    "\"" + name + "\" is no scope; there are imap, pop3 and smtp");
          });
    }
    return scope.isEmpty() ? EnumSet.allOf(Service.class) : scope;
  }

  private static Instant time(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException _) {
      throw Declined.badRequest(
          "\"" + text + "\" is not a time; write for example 2027-01-01T00:00:00Z");
    }
  }

  private static String word(Service service) {
    return service.name().toLowerCase(Locale.ROOT);
  }
}
