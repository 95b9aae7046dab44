package org.posthorn.app.admin;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.Domain;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.Personal;
import org.posthorn.storage.directory.PersonalBook;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.directory.Vacation;

/// Answers of users who are away, and senders whom users and domains have blocked.
final class PersonalRoutes {
  private final Directory directory;
  private final PersonalBook personal;
  private final Json json;

  PersonalRoutes(Directory directory, Json json) {
    this.directory = directory;
    this.personal = directory.personal();
    this.json = json;
  }

  private record VacationView(
      boolean set,
      boolean on,
      Optional<Instant> from,
      Optional<Instant> until,
      String subject,
      String text,
      String html,
      long everyDays) {
    static VacationView of(Optional<Vacation> vacation) {
      return vacation
          .map(one ->
              new VacationView(
                  true,
                  one.isOn(Instant.now()),
                  one.from(),
                  one.until(),
                  one.subject(),
                  one.text(),
                  one.html(),
                  one.every().toDays()))
          .orElseGet(() ->
              new VacationView(false, false, Optional.empty(), Optional.empty(), "", "", "", 0));
    }
  }

  private record VacationBody(
      @Nullable Instant from,
      @Nullable Instant until,
      @Nullable String subject,
      String text,
      @Nullable String html,
      @Nullable Integer everyDays) {
    Vacation vacation() {
      return Vacation.of(
          Optional.ofNullable(from),
          Optional.ofNullable(until),
          subject == null ? "" : subject,
          text,
          html == null ? "" : html,
          everyDays == null ? Vacation.EVERY_STANDARD : Duration.ofDays(everyDays));
    }
  }

  List<Route> routes() {
    return List.of(
        new Route(
            "GET",
            "/users/{login}/vacation",
            "What is answered while a user is away.",
            (_, path) -> AdminAnswer.ok(VacationView.of(personal.of(user(path)).vacation()))),
        new Route(
            "PUT",
            "/users/{login}/vacation",
            "Answer for a user who is away: `{\"text\": …}`, and if you like `subject`, `html`,"
                + " `from`, `until` (times such as `2026-12-24T00:00:00Z`; an end that is over is"
                + " refused), `everyDays` (7).",
            this::setVacation),
        new Route(
            "DELETE",
            "/users/{login}/vacation",
            "Answer no more for a user.",
            (_, path) -> {
              var _ = personal.change(user(path), one -> one.with(Optional.empty()));
              return AdminAnswer.done();
            }),
        new Route(
            "GET",
            "/users/{login}/blocked",
            "The senders that a user has blocked.",
            (_, path) -> AdminAnswer.ok(view(personal.of(user(path))))),
        new Route(
            "PUT",
            "/users/{login}/blocked/{sender}",
            "Block a sender for a user: an address, or `@` with a domain.",
            (_, path) -> changed(path, one -> one.blocking(Names.part(path, "sender")))),
        new Route(
            "DELETE",
            "/users/{login}/blocked/{sender}",
            "Block a sender no more.",
            (_, path) -> changed(path, one -> unblocked(one, path))),
        new Route(
            "GET",
            "/domains/{domain}/blocked",
            "The senders that are blocked for all of a domain.",
            (_, path) -> AdminAnswer.ok(view(personal.of(domain(path))))),
        new Route(
            "PUT",
            "/domains/{domain}/blocked/{sender}",
            "Block a sender for all of a domain.",
            (_, path) -> changedForAll(path, one -> one.blocking(Names.part(path, "sender")))),
        new Route(
            "DELETE",
            "/domains/{domain}/blocked/{sender}",
            "Block a sender no more for all of a domain.",
            (_, path) -> changedForAll(path, one -> unblocked(one, path))));
  }

  private AdminAnswer setVacation(AdminRequest request, Map<String, String> path) {
    Vacation vacation = json.read(request, VacationBody.class).vacation();
    vacation
        .until()
        .filter(end -> !end.isAfter(Instant.now()))
        .ifPresent(end -> {
          throw Declined.badRequest("The end, " + end + ", is over: nobody would be answered");
        });
    var _ = personal.change(user(path), one -> one.with(Optional.of(vacation)));
    return AdminAnswer.ok(VacationView.of(Optional.of(vacation)));
  }

  private static Personal unblocked(Personal before, Map<String, String> path) {
    String sender = Names.part(path, "sender");
    Personal after = before.unblocking(sender);
    if (after.equals(before)) {
      throw Declined.notFound(sender + " is not blocked; see  posthorn user block list");
    }
    return after;
  }

  private AdminAnswer changed(Map<String, String> path, UnaryOperator<Personal> edit) {
    return AdminAnswer.ok(view(personal.change(user(path), edit)));
  }

  private AdminAnswer changedForAll(Map<String, String> path, UnaryOperator<Personal> edit) {
    return AdminAnswer.ok(view(personal.change(domain(path), edit)));
  }

  private static Map<String, List<String>> view(Personal of) {
    return Map.of("blocked", List.copyOf(new TreeSet<>(of.blocked())));
  }

  private User user(Map<String, String> path) {
    return UserRoutes.find(directory, Names.part(path, "login"));
  }

  private static Domain domain(Map<String, String> path) {
    return Names.domain(Names.part(path, "domain"));
  }
}
