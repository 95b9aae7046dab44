package org.posthorn.app.admin;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.Rights;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainInfo;
import org.posthorn.storage.directory.GroupBook;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.share.Identifier;
import org.posthorn.storage.share.Sharing;

/// Who may do what in mailboxes, and the groups that rights can be given to.
final class SharingRoutes {
  private static final Actor ACTOR = new Actor("administrator", "admin", "");

  private final Directory directory;
  private final Accounts accounts;
  private final Sharing sharing;
  private final Json json;

  SharingRoutes(Directory directory, Accounts accounts, Sharing sharing, Json json) {
    this.directory = directory;
    this.accounts = accounts;
    this.sharing = sharing;
    this.json = json;
  }

  private record GroupView(String group, List<String> members) {
    static GroupView of(GroupBook.Group group) {
      return new GroupView(
          group.name().toString(), group.members().stream().map(MailAddress::toString).toList());
    }
  }

  private record MembersBody(List<String> members) {
    List<MailAddress> addresses() {
      return members.stream().map(Names::address).toList();
    }
  }

  private record RightsView(String identifier, String rights) {}

  private record RightsBody(String rights) {}

  List<Route> routes() {
    return List.of(
        new Route(
                "GET",
                "/groups",
                "All groups with their members, or those of `?domain=`.",
                (request, _) -> AdminAnswer.ok(groups(request)))
            .taking("domain"),
        new Route(
            "PUT",
            "/groups/{group}",
            "Make a group: `{\"members\": [\"ann@example.org\"]}`.",
            this::create),
        new Route("DELETE", "/groups/{group}", "Remove a group.", (_, path) -> remove(path)),
        new Route(
            "POST",
            "/groups/{group}/members",
            "Add members to a group: `{\"members\": [\"ann@example.org\"]}`.",
            this::add),
        new Route(
            "DELETE",
            "/groups/{group}/members/{login}",
            "Take a member out of a group.",
            (_, path) -> takeOut(path)),
        new Route(
            "GET",
            "/users/{login}/mailboxes/{name}/acl",
            "Who may do what in a mailbox, beside its owner.",
            (_, path) -> AdminAnswer.ok(rights(path))),
        new Route(
            "PUT",
            "/users/{login}/mailboxes/{name}/acl/{identifier}",
            "Give a login, a group (`$team`) or `anyone` these rights in a mailbox and no others:"
                + " `{\"rights\": \"lrs\"}` (empty: none).",
            this::give));
  }

  private List<GroupView> groups(AdminRequest request) {
    List<Domain> domains =
        request
            .parameter("domain")
            .map(name -> List.of(Names.domain(name)))
            .orElseGet(() -> directory.domains().all().stream().map(DomainInfo::domain).toList());
    List<GroupView> views = new ArrayList<>();
    domains.forEach(
        domain -> directory.groups().of(domain).forEach(group -> views.add(GroupView.of(group))));
    return views;
  }

  private AdminAnswer create(AdminRequest request, Map<String, String> path) {
    MailAddress group = Names.newAddress(Names.part(path, "group"));
    directory.groups().create(group, json.read(request, MembersBody.class).addresses());
    return AdminAnswer.created(GroupView.of(directory.groups().find(group)));
  }

  private AdminAnswer add(AdminRequest request, Map<String, String> path) {
    MailAddress group = group(path);
    directory.groups().add(group, json.read(request, MembersBody.class).addresses());
    return AdminAnswer.ok(GroupView.of(directory.groups().find(group)));
  }

  private AdminAnswer takeOut(Map<String, String> path) {
    String login = Names.part(path, "login");
    MailAddress member =
        directory.user(Names.address(login)).map(User::login).orElseGet(() -> Names.address(login));
    GroupBook.Group group = directory.groups().find(group(path));
    if (!group.members().contains(member)) {
      throw Declined.notFound(login + " is no member of " + group.name());
    }
    directory.groups().remove(group.name(), List.of(member));
    return AdminAnswer.done();
  }

  private AdminAnswer remove(Map<String, String> path) {
    directory.groups().delete(group(path));
    return AdminAnswer.done();
  }

  private static MailAddress group(Map<String, String> path) {
    return Names.address(Names.part(path, "group"));
  }

  private List<RightsView> rights(Map<String, String> path) {
    Account account = account(user(path));
    List<RightsView> views = new ArrayList<>();
    account
        .acl(mailbox(account, path).id())
        .entries()
        .forEach((who, rights) -> views.add(new RightsView(who, rights.letters())));
    return views;
  }

  private AdminAnswer give(AdminRequest request, Map<String, String> path) {
    User user = user(path);
    Account account = account(user);
    Identifier who = Identifier.parse(Names.part(path, "identifier"), user.login().domain());
    if (!user.shared() && who.name().equals(user.login().toString())) {
      throw Declined.badRequest(user.login() + " is the owner, who has all rights");
    }
    sharing.change(
        account,
        mailbox(account, path).id(),
        who,
        Sharing.Mode.REPLACE,
        wanted(json.read(request, RightsBody.class).rights()),
        ACTOR);
    return AdminAnswer.ok(rights(path));
  }

  private static Rights wanted(String letters) {
    try {
      return Rights.parse(letters);
    } catch (IllegalArgumentException unknown) {
      throw Declined.badRequest(unknown.getMessage() + ": rights are letters of lrswipkxtea");
    }
  }

  private User user(Map<String, String> path) {
    return UserRoutes.find(directory, Names.part(path, "login"));
  }

  private Account account(User user) {
    return accounts
        .find(user.account())
        .orElseThrow(() -> Declined.notFound("The account of " + user.login() + " is gone"));
  }

  private static MailboxInfo mailbox(Account account, Map<String, String> path) {
    var name = new MailboxName(Names.part(path, "name"));
    Optional<MailboxInfo> found = account.find(name);
    return found.orElseThrow(() -> MailboxRoutes.gone(path));
  }
}
