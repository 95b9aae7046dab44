package org.posthorn.app.admin;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.spool.QueueAdministration;
import org.posthorn.spool.QueueAdministration.Condition;
import org.posthorn.spool.QueueAdministration.Done;
import org.posthorn.spool.QueueAdministration.Entry;
import org.posthorn.spool.QueueAdministration.EntryPage;
import org.posthorn.spool.QueueAdministration.Filter;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;

/// Mail under way: looked at, tried again, held, released, dropped.
final class QueueRoutes {
  private static final int LIST_MAX = 1_000;

  private final QueueAdministration queue;

  QueueRoutes(QueueAdministration queue) {
    this.queue = queue;
  }

  private record RecipientView(
      int number,
      String address,
      String state,
      String where,
      int attempts,
      Instant due,
      Optional<String> lastStatus,
      Optional<String> lastText,
      Optional<String> lastRemote) {
    static RecipientView of(QueuedRecipient row) {
      Optional<QueuedRecipient.Answer> answer = row.answer();
      return new RecipientView(
          row.number(),
          row.address().toString(),
          word(Condition.of(row.state())),
          where(row.state()),
          row.attempts(),
          row.due(),
          answer.map(QueuedRecipient.Answer::status),
          answer.map(QueuedRecipient.Answer::text),
          answer.flatMap(QueuedRecipient.Answer::remote));
    }

    private static String where(RecipientState state) {
      return switch (state) {
        case RecipientState.Waiting(var place) -> "in front of " + place(place);
        case RecipientState.Outgoing(var domain, var via) ->
            "to " + via.map(v -> v.host() + ":" + v.port()).orElse("the mail servers of " + domain);
        case RecipientState.Held(var before) -> "held, was: " + where(before);
        case RecipientState.Dead(var place, var reason) ->
            "stopped in front of " + place(place) + ": " + reason;
      };
    }

    private static String place(RecipientState.Place place) {
      return place.processor() + (place.step().isEmpty() ? "" : "/" + place.step());
    }
  }

  private record MailView(
      String id, Optional<String> sender, Instant received, List<RecipientView> recipients) {
    static MailView of(Entry entry) {
      return new MailView(
          entry.id().value(),
          entry.sender().map(MailAddress::toString),
          entry.received(),
          entry.recipients().stream().map(RecipientView::of).toList());
    }
  }

  private record MailDetail(
      String id,
      Optional<String> sender,
      Instant received,
      String protocol,
      Optional<String> remote,
      String helo,
      Optional<String> login,
      List<RecipientView> recipients) {}

  List<Route> routes() {
    List<Route> routes = new ArrayList<>();
    routes.add(
        new Route(
            "GET",
            "/queue",
            "Mail under way, oldest first; `?state=waiting|outgoing|held|dead`, `sender=`, `recipient=`, `destination=`, `limit=` choose.",
            (request, _) -> AdminAnswer.ok(list(request))));
    routes.add(
        new Route("GET", "/queue/{mail}", "One mail.", (_, path) -> AdminAnswer.ok(show(path))));
    verb(routes, "retry", "Try again now; run dead letters again.", queue::retry);
    verb(routes, "hold", "Do nothing more until released.", queue::hold);
    verb(routes, "release", "Go on with what was held.", queue::release);
    verb(routes, "drop", "Throw away; nobody is told.", queue::drop);
    return routes;
  }

  private interface Verb {
    Done apply(MailId mail, Filter filter);
  }

  private void verb(List<Route> routes, String name, String summary, Verb verb) {
    routes.add(
        new Route(
            "POST",
            "/queue/{mail}/" + name,
            summary,
            (request, path) -> AdminAnswer.ok(one(request, path, verb))));
    routes.add(
        new Route(
            "POST",
            "/queue/" + name,
            summary
                + " What the query of `GET /queue` chooses; all mail without one, but for drop.",
            (request, _) -> AdminAnswer.ok(all(name, request, verb))));
  }

  private List<MailView> list(AdminRequest request) {
    int limit = request.parameter("limit").map(QueueRoutes::number).orElse(LIST_MAX);
    Filter filter = filter(request);
    List<MailView> views = new ArrayList<>();
    Optional<MailId> after = Optional.empty();
    do {
      EntryPage page = queue.list(filter, after, limit - views.size());
      page.entries().forEach(entry -> views.add(MailView.of(entry)));
      after = page.next();
    } while (after.isPresent() && views.size() < limit);
    return views;
  }

  private MailDetail show(Map<String, String> path) {
    MailId id = id(path);
    QueuedMail mail = queue.show(id).orElseThrow(() -> gone(id));
    var arrival = mail.arrival();
    var form = mail.forms().getFirst();
    return new MailDetail(
        id.value(),
        form.sender().map(MailAddress::toString),
        arrival.received(),
        arrival.protocol(),
        arrival.remote().map(address -> address.getHostAddress()),
        arrival.helo(),
        arrival.login().map(MailAddress::toString),
        mail.recipients().stream().map(RecipientView::of).toList());
  }

  private Done one(AdminRequest request, Map<String, String> path, Verb verb) {
    MailId id = id(path);
    if (queue.show(id).isEmpty()) {
      throw gone(id);
    }
    return verb.apply(id, filter(request));
  }

  private Done all(String name, AdminRequest request, Verb verb) {
    Filter filter = filter(request);
    if (name.equals("drop") && filter.equals(Filter.ALL)) {
      throw Declined.badRequest("Say which mail is to be dropped, for example ?state=dead");
    }
    int recipients = 0;
    int busy = 0;
    Optional<MailId> after = Optional.empty();
    do {
      EntryPage page = queue.list(filter, after, LIST_MAX);
      for (Entry entry : page.entries()) {
        Done done = verb.apply(entry.id(), filter);
        recipients += done.recipients();
        busy += done.busy();
      }
      after = page.next();
    } while (after.isPresent());
    return new Done(recipients, busy);
  }

  private static Filter filter(AdminRequest request) {
    return new Filter(
        request.parameter("sender"),
        request.parameter("recipient"),
        request.parameter("destination"),
        request.parameter("state").map(QueueRoutes::condition),
        Optional.empty());
  }

  private static Condition condition(String word) {
    return Arrays.stream(Condition.values())
        .filter(condition -> word(condition).equals(word))
        .findFirst()
        .orElseThrow(() ->
            Declined.badRequest(
                "\"%s\" is no state; there are %s"
                    .formatted(
                        word,
                        Arrays.stream(Condition.values())
                            .map(QueueRoutes::word)
                            .collect(Collectors.joining(", ")))));
  }

  private static String word(Condition condition) {
    return condition.name().toLowerCase(Locale.ROOT);
  }

  private static MailId id(Map<String, String> path) {
    String text = Names.part(path, "mail");
    try {
      return new MailId(text);
    } catch (IllegalArgumentException _) {
      throw Declined.badRequest("\"" + text + "\" is no id of a mail; see  posthorn queue list");
    }
  }

  private static Declined gone(MailId id) {
    return Declined.notFound(
        "No mail %s is under way: it may have been delivered; see  posthorn queue list"
            .formatted(id));
  }

  private static int number(String text) {
    try {
      return Math.max(1, Integer.parseInt(text));
    } catch (NumberFormatException _) {
      throw Declined.badRequest("\"" + text + "\" is not a number");
    }
  }
}
