package org.posthorn.app.admin;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.Counted;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.smtp.inbound.SendingBrake;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Quota;
import org.posthorn.storage.directory.Allowance;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DirectoryException;
import org.posthorn.storage.directory.DomainInfo;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.directory.Mentions;
import org.posthorn.storage.directory.NewUser;
import org.posthorn.storage.directory.Password;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.directory.UserSettings;

/// Users: added, changed, removed.
final class UserRoutes {
  private static final int PAGE = 1_000;

  private final Directory directory;
  private final Accounts accounts;
  private final SendingBrake brake;
  private final Json json;
  private final DomainRoles roles;

  UserRoutes(Directory directory, Accounts accounts, SendingBrake brake, Json json) {
    this.directory = directory;
    this.accounts = accounts;
    this.brake = brake;
    this.json = json;
    this.roles = new DomainRoles(directory);
  }

  private record UserView(
      String login,
      String fullName,
      boolean enabled,
      OptionalLong quotaBytes,
      OptionalLong quotaMessages,
      String account,
      boolean shared) {
    static UserView of(User user) {
      return new UserView(
          user.login().toString(),
          user.fullName(),
          user.enabled(),
          user.allowance().quotaBytes(),
          user.allowance().quotaMessages(),
          user.account().value(),
          user.shared());
    }
  }

  private record UserDetail(
      String login,
      String fullName,
      boolean enabled,
      OptionalLong quotaBytes,
      OptionalLong quotaMessages,
      String account,
      long usedBytes,
      long messages,
      long limitBytes,
      long limitMessages,
      OptionalInt historyDays,
      String historyKept,
      List<String> aliases) {}

  private record UserBody(
      String login,
      @Nullable String password,
      @Nullable String fullName,
      @Nullable Long quotaBytes,
      @Nullable Long quotaMessages,
      @Nullable Boolean createDomain,
      @Nullable Boolean shared) {
    Allowance allowance() {
      return Allowances.changed(Allowance.NONE, quotaBytes, quotaMessages);
    }
  }

  /// `alsoReceives`: the addresses of the domain's roles, which its first user answers for.
  private record AddedUser(String login, String account, List<String> alsoReceives) {}

  private record PasswordBody(String password) {}

  /// `alias` missing: true.
  private record RenameBody(String login, @Nullable Boolean alias) {}

  /// `alias`: whether the name before leads here. `listsByOldName`: where it is a member or
  /// moderator; what is posted under the new one counts there after a login, if `alias`.
  private record Renamed(
      String login,
      String account,
      boolean alias,
      List<LooseEnds.Place> leadNowhere,
      List<LooseEnds.Place> listsByOldName) {}

  private record ChangeBody(
      @Nullable Boolean enabled,
      @Nullable Long quotaBytes,
      @Nullable Long quotaMessages,
      @Nullable String fullName,
      @Nullable Integer historyDays) {
    UserSettings changed(UserSettings before) {
      UserSettings after = Fields.changed(before, "enabled", enabled, UserSettings::withEnabled);
      after = Fields.changed(after, "fullName", fullName, UserSettings::withFullName);
      after =
          Fields.changed(
              after,
              "historyDays",
              historyDays,
              (settings, days) -> settings.withHistoryDays(DaySettings.said(days)));
      return after.withAllowance(Allowances.changed(before.allowance(), quotaBytes, quotaMessages));
    }
  }

  List<Route> routes() {
    return List.of(
        new Route(
                "GET",
                "/users",
                "All users, or those of `?domain=`.",
                (request, _) -> AdminAnswer.ok(users(request)))
            .taking("domain"),
        new Route(
            "POST",
            "/users",
            "Add a user: `{\"login\": …, \"password\": …}`, and if you like `fullName`,"
                + " `quotaBytes`, `quotaMessages`, `createDomain`. The password may be an Argon2id"
                + " hash; what looks like another hash is refused. With `shared: true` instead of a password it is a shared mailbox, where"
                + " nobody logs in.",
            (request, _) -> add(request)),
        new Route(
                "POST",
                "/users/import",
                "Add many users: the body is CSV with a line of titles (login, password, name, quota,"
                    + " quota-messages); with `createDomain=true` also domains that are not there."
                    + " Answers with a line of JSON for each, in their order, and a last one with"
                    + " `done`, `added` and `notTaken`; `alsoReceives` says who is given the addresses"
                    + " of a domain's roles.",
                (request, _) -> new UserImport(this, roles, request).answer())
            .takingFlags("createDomain"),
        new Route("GET", "/users/{login}", "One user.", (_, path) -> AdminAnswer.ok(user(path))),
        new Route(
            "DELETE",
            "/users/{login}",
            "Remove a user and all their mail. `leadNowhere` names the aliases, catch-alls and lists that"
                + " led to the user and lead nowhere now, also by other aliases.",
            (_, path) -> remove(path)),
        new Route(
            "PATCH",
            "/users/{login}",
            "Change `enabled`, `fullName`, `quotaBytes`, `quotaMessages` (0: no limit, -1: the"
                + " domain's); `historyDays` (-1: as the domain's). All of them or, where one is"
                + " refused, none.",
            this::change),
        new Route(
            "POST",
            "/users/{login}/rename",
            "Give a user another name in the same domain: `{\"login\": \"anna@example.org\"}`. The name"
                + " before becomes an alias, unless `\"alias\": false`; then `leadNowhere` names what"
                + " led to it. `listsByOldName` names the lists where the name before goes on to be the"
                + " member or moderator; with the alias, what is posted under the new one counts"
                + " there after a login. Sessions end.",
            this::rename),
        new Route(
            "PUT",
            "/users/{login}/password",
            "Give a new password: `{\"password\": …}`.",
            this::password));
  }

  private List<UserView> users(AdminRequest request) {
    List<Domain> domains =
        request
            .parameter("domain")
            .map(name -> List.of(Names.domain(name)))
            .orElseGet(() -> directory.domains().all().stream().map(DomainInfo::domain).toList());
    List<UserView> views = new ArrayList<>();
    for (Domain domain : domains) {
      List<User> page = directory.users().page(domain, "", PAGE);
      while (!page.isEmpty()) {
        page.forEach(user -> views.add(UserView.of(user)));
        page =
            page.size() < PAGE
                ? List.of()
                : directory.users().page(domain, page.getLast().login().localPart(), PAGE);
      }
    }
    return views;
  }

  private AdminAnswer add(AdminRequest request) {
    UserBody body = json.read(request, UserBody.class);
    MailAddress address = Names.newAddress(body.login());
    boolean shared = Boolean.TRUE.equals(body.shared());
    boolean first = !shared && roles.isWithoutPerson(address.domain());
    String fullName = body.fullName() == null ? "" : body.fullName();
    String password = body.password();
    if (!shared && password == null) {
      throw Declined.badRequest("A user needs a password, a shared mailbox has  \"shared\": true");
    }
    boolean create = Boolean.TRUE.equals(body.createDomain());
    User user =
        shared || password == null
            ? addShared(address, fullName, body.allowance(), create)
            : add(body.login(), password, fullName, body.allowance(), create);
    return AdminAnswer.created(
        new AddedUser(
            user.login().toString(),
            user.account().value(),
            first ? roles.answerBy(user.login()) : List.of()));
  }

  User add(
      String login, String password, String fullName, Allowance allowance, boolean createDomain) {
    var user = new NewUser(Names.newAddress(login), Password.of(password), allowance, fullName);
    if (createDomain) {
      createDomain(user.address().domain());
    }
    forgetFormer(user.address());
    return directory.users().create(user);
  }

  private User addShared(
      MailAddress address, String fullName, Allowance allowance, boolean createDomain) {
    NewUser.checkName(fullName);
    if (createDomain) {
      createDomain(address.domain());
    }
    forgetFormer(address);
    return directory.users().createShared(address, allowance, fullName);
  }

  /// Before the name is somebody's again: what was sent under it was somebody else's.
  private void forgetFormer(MailAddress login) {
    if (directory.user(login).isEmpty()) {
      brake.forget(login);
    }
  }

  private void createDomain(Domain domain) {
    if (!directory.isLocal(domain)) {
      try {
        directory.domains().create(domain, DomainSettings.STANDARD);
      } catch (DirectoryException.DomainExists _) {
        // Somebody else was faster.
      }
    }
  }

  private UserDetail user(Map<String, String> path) {
    User user = find(path);
    Optional<Quota> quota = accounts.find(user.account()).map(Account::quota);
    return new UserDetail(
        user.login().toString(),
        user.fullName(),
        user.enabled(),
        user.allowance().quotaBytes(),
        user.allowance().quotaMessages(),
        user.account().value(),
        quota.map(Quota::usedBytes).orElse(0L),
        quota.map(Quota::usedMessages).orElse(0L),
        quota.map(Quota::limitBytes).orElse(0L),
        quota.map(Quota::limitMessages).orElse(0L),
        user.historyDays(),
        Counted.of(directory.keeping(user).history().toDays(), "day"),
        directory.mentions().aliasesOf(user).stream().map(MailAddress::toString).toList());
  }

  private AdminAnswer remove(Map<String, String> path) {
    User user = find(path);
    Mentions mentions = directory.mentions();
    List<Mentions.Mention> named = mentions.leadingTo(user);
    directory.users().delete(user.login());
    return LooseEnds.of(mentions, named);
  }

  private AdminAnswer change(AdminRequest request, Map<String, String> path) {
    ChangeBody body = json.read(request, ChangeBody.class);
    return AdminAnswer.ok(UserView.of(directory.configure(find(path).login(), body::changed)));
  }

  private AdminAnswer password(AdminRequest request, Map<String, String> path) {
    directory.setPassword(
        find(path).login(), Password.of(json.read(request, PasswordBody.class).password()));
    return AdminAnswer.done();
  }

  private AdminAnswer rename(AdminRequest request, Map<String, String> path) {
    RenameBody body = json.read(request, RenameBody.class);
    User before = find(path);
    boolean alias = !Boolean.FALSE.equals(body.alias());
    Mentions mentions = directory.mentions();
    List<Mentions.Mention> named = mentions.of(before);
    List<Mentions.Mention> ledThere = alias ? named : mentions.leadingTo(before);
    User after = rename(before, Names.newAddress(body.login()), alias);
    return AdminAnswer.ok(
        new Renamed(
            after.login().toString(),
            after.account().value(),
            alias,
            LooseEnds.places(mentions, ledThere),
            LooseEnds.lists(mentions, named)));
  }

  /// Who is stopped by the brake remains so, also where the rename was done but for its end.
  private User rename(User before, MailAddress wanted, boolean alias) {
    try {
      return directory.users().rename(before.login(), wanted, alias);
    } finally {
      directory
          .user(wanted)
          .filter(
              now -> now.account().equals(before.account()) && !now.login().equals(before.login()))
          .ifPresent(now -> brake.renamed(before.login(), now.login()));
    }
  }

  private User find(Map<String, String> path) {
    return find(directory, Names.part(path, "login"));
  }

  static User find(Directory directory, String login) {
    return directory
        .user(Names.address(login))
        .orElseThrow(() ->
            Declined.notFound("There is no user %s; see  posthorn user list".formatted(login)));
  }
}
