package org.posthorn.app.admin;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.Keeping;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.SpecialUse;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.User;

/// The mailboxes of a user.
final class MailboxRoutes {
  private static final Actor ACTOR = new Actor("administrator", "admin", "");

  private final Directory directory;
  private final Accounts accounts;
  private final Json json;

  MailboxRoutes(Directory directory, Accounts accounts, Json json) {
    this.directory = directory;
    this.accounts = accounts;
    this.json = json;
  }

  private record MailboxView(
      String name,
      int messages,
      int unseen,
      long sizeBytes,
      Optional<String> specialUse,
      boolean subscribed,
      long uidValidity,
      long uidNext,
      long highestModSeq,
      OptionalInt retentionDays,
      long keptDays) {
    static MailboxView of(MailboxInfo info, Keeping keeping) {
      return new MailboxView(
          info.name().value(),
          info.messages(),
          info.unseen(),
          info.sizeBytes(),
          info.specialUse().map(SpecialUse::attribute),
          info.subscribed(),
          info.uidValidity(),
          info.uidNext(),
          info.highestModSeq(),
          info.retentionDays(),
          keeping.of(info).map(Duration::toDays).orElse(0L));
    }
  }

  private record NameBody(String name) {}

  private record RetentionBody(Integer retentionDays) {}

  List<Route> routes() {
    return List.of(
        new Route(
            "GET",
            "/users/{login}/mailboxes",
            "The mailboxes of a user, INBOX first.",
            (_, path) ->
                AdminAnswer.ok(
                    account(path).mailboxes().stream()
                        .map(info -> MailboxView.of(info, keeping(path)))
                        .toList())),
        new Route(
            "PATCH",
            "/users/{login}/mailboxes/{name}",
            "Let messages leave a mailbox after so many days: `{\"retentionDays\": 30}` (0: never, -1: as the domain says).",
            this::retain),
        new Route(
            "POST",
            "/users/{login}/mailboxes",
            "Make a mailbox, and those above it: `{\"name\": \"Work/2026\"}`.",
            this::create),
        new Route(
            "DELETE",
            "/users/{login}/mailboxes/{name}",
            "Delete a mailbox and its messages.",
            (_, path) -> delete(path)));
  }

  private AdminAnswer create(AdminRequest request, Map<String, String> path) {
    MailboxName name = new MailboxName(json.read(request, NameBody.class).name());
    MailboxInfo made = account(path).change(ACTOR, draft -> draft.create(name, Optional.empty()));
    return AdminAnswer.created(MailboxView.of(made, keeping(path)));
  }

  private AdminAnswer retain(AdminRequest request, Map<String, String> path) {
    MailboxName name = new MailboxName(Names.part(path, "name"));
    OptionalInt days =
        DaySettings.changed(
            OptionalInt.empty(), json.read(request, RetentionBody.class).retentionDays());
    MailboxInfo changed =
        account(path)
            .change(
                ACTOR,
                draft -> {
                  MailboxInfo found = draft.find(name).orElseThrow(() -> gone(path));
                  draft.retain(found.id(), days);
                  return draft.mailbox(found.id());
                });
    return AdminAnswer.ok(MailboxView.of(changed, keeping(path)));
  }

  private Keeping keeping(Map<String, String> path) {
    return directory.keeping(UserRoutes.find(directory, Names.part(path, "login")));
  }

  private AdminAnswer delete(Map<String, String> path) {
    MailboxName name = new MailboxName(Names.part(path, "name"));
    boolean _ =
        account(path)
            .change(
                ACTOR,
                draft -> {
                  MailboxInfo found = draft.find(name).orElseThrow(() -> gone(path));
                  draft.delete(found.id());
                  return true;
                });
    return AdminAnswer.done();
  }

  static Declined gone(Map<String, String> path) {
    return Declined.notFound(
        "No mailbox %s; see  posthorn mailbox list %s"
            .formatted(Names.part(path, "name"), Names.part(path, "login")));
  }

  private Account account(Map<String, String> path) {
    User user = UserRoutes.find(directory, Names.part(path, "login"));
    return accounts
        .find(user.account())
        .orElseThrow(() -> Declined.notFound("The account of " + user.login() + " is gone"));
  }
}
