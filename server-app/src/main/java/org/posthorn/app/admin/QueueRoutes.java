package org.posthorn.app.admin;

import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.frame.FrameWriter;
import org.posthorn.mailet.Message;
import org.posthorn.message.AddressText;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.spool.DestinationState;
import org.posthorn.spool.QueueAdministration;
import org.posthorn.spool.QueueAdministration.EntryPage;
import org.posthorn.spool.QueueFilter;
import org.posthorn.spool.SenderState;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.SourceKey;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.remember.Memories;
import org.posthorn.storage.story.StoryLog;

/// Mail under way: looked at, and taken back.
final class QueueRoutes {
  /// So many mails are looked at to say how many there are.
  private static final long COUNTED_MAX = 200_000;

  private static final SourceKey NO_SOURCE = new SourceKey(0, 0, 0);

  private final QueueAdministration queue;
  private final Directory directory;
  private final QueueImport imports;
  private final Json json;

  QueueRoutes(
      QueueAdministration queue,
      Directory directory,
      ContentStore contents,
      Memories memories,
      StoryLog story,
      Json json) {
    this.imports = new QueueImport(queue, contents, memories, story);
    this.directory = directory;
    this.queue = queue;
    this.json = json;
  }

  List<Route> routes() {
    List<Route> routes = new ArrayList<>();
    routes.add(
        QueueQuery.choosing(
                new Route(
                    "GET",
                    "/queue",
                    "Mail under way, oldest first; `?state=waiting|outgoing|held|dead|parked`, `repository=`, `sender=` (of the envelope or who has logged in), `recipient=` (each a part of an address, a whole one, or one with `*` for any text, such as `*@example.org`), `destination=`, `answer=` (part of what was said last), `older-than=2h`, `newer-than=2h` (from when it came, with `repository=` from when it was put there), `client=192.0.2.0/24` (where it came from), `subject=` (part of the subject that it came in with) choose. At most `limit=` (1000, and never more than 10000) are shown: `total` says how many there are (at least so many, where `totalIsExact` is false), and `next`, if there are more, what `after=` names in the next request. `?no-total=true` does not count those that are not shown, and is much quicker where there are many. With `subject=` nothing is counted, and an answer may have fewer than `limit=` mails, or none, and still a `next`: each subject is a read in the store, so it is looked at last, 500 at most for one answer; `lookedAt` mails were. `mail=`: that one, if it fits.",
                    (request, _) -> AdminAnswer.ok(list(request))))
            .taking("mail", "limit", "after")
            .takingFlags("no-total"));
    routes.add(
        new Route(
                "GET",
                "/queue/destinations",
                "Where mail is on its way to, those with most recipients first: how many wait, what was said last and what it means; `?limit=` (1000), of `total`; `?name=`: that one. `inChain`: so many recipients wait in the chain and have no destination yet.",
                (request, _) -> AdminAnswer.ok(destinations(request)))
            .taking("limit", "name"));
    routes.add(
        new Route(
                "GET",
                "/queue/senders",
                "Whose mail is under way, those with most recipients first: whoever has logged in, or else the sender of the envelope (none: reports); `?limit=` (1000), of `total`.",
                (request, _) -> AdminAnswer.ok(senders(request)))
            .taking("limit"));
    routes.add(
        new Route(
                "GET",
                "/queue/route",
                "Which way mail for `?recipient=` would go now, from `sender=` (`<>` for reports): the route of the configuration, servers, addresses, TLS; nothing is sent.",
                (request, _) -> AdminAnswer.ok(route(request)))
            .taking("recipient", "sender"));
    routes.add(
        new Route(
            "GET",
            "/queue/{mail}",
            "One mail, with the size and the subject of the message as it came in; `exact` is all that the queue knows of it, for `POST /queue`: what each recipient gets (`forms`), from which step it goes on, when it is tried again.",
            (_, path) -> AdminAnswer.ok(show(path))));
    routes.add(
        new Route(
            "GET",
            "/queue/{mail}/message",
            "The message as it will leave, as a stream of mail; one message for each form that recipients get.",
            (_, path) -> message(path)));
    routes.add(
        new Route(
                "POST",
                "/queue",
                "Take a mail back: what `GET /queue/{mail}` has shown, and for each form that recipients get `\"messages\": {\"0\": BASE64}` (without `exact`, one `\"message\": BASE64`, and recipients begin anew). Each recipient goes on where it stood, or with `?hold=true` waits to be released. Those whom it was delivered to since `exported` (a time; optional) are left out and counted in `delivered`; `together` (optional, at most 1000) may name mails that come next, `{ID: EXPORTED}`, so that this is looked up for all of them at once. `taken` is false when it is here, was taken back in the last 30 days (`gone`: and is not here any more; with `?again=true` it is taken), or nobody is left; `?dry-run=true` only tells.",
                (request, _) ->
                    AdminAnswer.ok(
                        imports.take(
                            json.read(request, QueueImport.Body.class),
                            request.flag("dry-run"),
                            request.flag("hold"),
                            request.flag("again"))))
            .takingFlags("dry-run", "hold", "again"));
    return routes;
  }

  private record Destinations(
      List<QueueViews.DestinationView> destinations, int total, long inChain) {}

  private Destinations destinations(AdminRequest request) {
    Optional<String> name = request.parameter("name");
    List<DestinationState> all =
        queue.destinations().stream()
            .filter(each ->
                name.map(one -> QueueFilter.isSameDestination(each.name(), one)).orElse(true))
            .toList();
    return new Destinations(
        all.stream().limit(QueueQuery.limit(request)).map(QueueViews.DestinationView::of).toList(),
        all.size(),
        queue.count().waiting());
  }

  private record Senders(List<SenderView> senders, int total) {}

  private Senders senders(AdminRequest request) {
    List<SenderState> all = queue.senders();
    return new Senders(
        all.stream().limit(QueueQuery.limit(request)).map(SenderView::of).toList(), all.size());
  }

  private record SenderView(
      Optional<String> sender,
      boolean loggedIn,
      long mails,
      long recipients,
      long held,
      Instant newest) {
    static SenderView of(SenderState state) {
      return new SenderView(
          state.sender().map(MailAddress::toString),
          state.loggedIn(),
          state.mails(),
          state.recipients(),
          state.held(),
          state.newest());
    }
  }

  private QueueViews.RouteView route(AdminRequest request) {
    MailAddress recipient =
        request
            .parameter("recipient")
            .map(QueueRoutes::address)
            .orElseThrow(() -> Declined.badRequest("Say for whom: ?recipient=bob@example.org"));
    Optional<MailAddress> sender =
        request.parameter("sender").filter(text -> !text.equals("<>")).map(QueueRoutes::address);
    return QueueViews.RouteView.of(
        recipient,
        directory.isLocal(recipient.domain()),
        queue.itinerary(sender, recipient.domain()));
  }

  private static MailAddress address(String text) {
    return MailAddress.parse(text)
        .orElseThrow(() -> Declined.badRequest("\"" + text + "\" is no address"));
  }

  private AdminAnswer message(Map<String, String> path) {
    MailId id = QueueQuery.id(path);
    QueuedMail mail = queue.show(id).orElseThrow(() -> QueueQuery.gone(id));
    return new AdminAnswer.Mail(output -> {
      var frames = new FrameWriter(output);
      List<Integer> forms =
          mail.recipients().stream().map(QueuedRecipient::form).distinct().sorted().toList();
      for (int form : forms) {
        Optional<Message> message = queue.message(id, form);
        if (message.isPresent()) {
          long received = mail.arrival().received().toEpochMilli();
          String label = forms.size() == 1 ? id.value() : id + "." + form;
          frames.write(new Frame.Message(0, NO_SOURCE, List.of(), received, label));
          try (InputStream bytes = message.get().open()) {
            frames.contents(bytes);
          }
        }
      }
      frames.write(new Frame.End());
      frames.flush();
    });
  }

  private record Mails(
      List<QueueViews.MailView> mails,
      Optional<Long> total,
      Optional<Boolean> totalIsExact,
      Optional<Integer> lookedAt,
      Optional<String> next) {
    static Mails all(List<QueueViews.MailView> mails) {
      return new Mails(
          mails,
          Optional.of((long) mails.size()),
          Optional.of(true),
          Optional.empty(),
          Optional.empty());
    }

    static Mails uncounted(List<QueueViews.MailView> mails, Optional<MailId> next) {
      return new Mails(
          mails, Optional.empty(), Optional.empty(), Optional.empty(), next.map(MailId::value));
    }
  }

  private Mails list(AdminRequest request) {
    int limit = QueueQuery.limit(request);
    QueueFilter filter = QueueQuery.filter(request);
    Optional<MailId> only = request.parameter("mail").map(QueueQuery::id);
    if (only.isPresent()) {
      return Mails.all(
          queue.find(only.get(), filter).stream()
              .map(entry -> QueueViews.MailView.of(entry, queue))
              .toList());
    }
    List<QueueViews.MailView> views = new ArrayList<>();
    Optional<MailId> after = request.parameter("after").map(QueueQuery::id);
    if (filter.subject().isPresent()) {
      EntryPage page = queue.list(filter, after, limit);
      page.entries().forEach(entry -> views.add(QueueViews.MailView.of(entry, queue)));
      return new Mails(
          views,
          Optional.empty(),
          Optional.empty(),
          Optional.of(page.lookedAt()),
          page.next().map(MailId::value));
    }
    do {
      EntryPage page = queue.list(filter, after, limit - views.size());
      page.entries().forEach(entry -> views.add(QueueViews.MailView.of(entry, queue)));
      after = page.next();
    } while (after.isPresent() && views.size() < limit);
    if (after.isEmpty()) {
      return Mails.all(views);
    }
    if (request.flag("no-total")) {
      return Mails.uncounted(views, after);
    }
    QueueAdministration.Count rest = queue.count(filter, after, COUNTED_MAX);
    boolean more = rest.mails() > 0 || !rest.exact();
    return new Mails(
        views,
        Optional.of(views.size() + rest.mails()),
        Optional.of(rest.exact()),
        Optional.empty(),
        after.filter(_ -> more).map(MailId::value));
  }

  private QueueViews.MailDetail show(Map<String, String> path) {
    MailId id = QueueQuery.id(path);
    QueuedMail mail = queue.show(id).orElseThrow(() -> QueueQuery.gone(id));
    var arrival = mail.arrival();
    var form = mail.forms().getFirst();
    Optional<Seen> seen = seen(id, form.number());
    return new QueueViews.MailDetail(
        id.value(),
        form.sender().map(MailAddress::toString),
        arrival.received(),
        arrival.protocol(),
        arrival.remote().map(AddressText::of),
        arrival.helo(),
        arrival.login().map(MailAddress::toString),
        seen.map(Seen::sizeBytes),
        seen.flatMap(Seen::subject),
        mail.recipients().stream()
            .map(row ->
                QueueViews.RecipientView.explained(
                    row, queue.way(mail.form(row.form()).sender(), row.state())))
            .toList(),
        MailCopy.of(mail, queue.made(mail)));
  }

  /// What of a message is shown beside its recipients.
  private record Seen(long sizeBytes, Optional<String> subject) {}

  /// A mail whose content is missing, or cannot be read, can still be looked at.
  private Optional<Seen> seen(MailId id, int form) {
    try {
      return queue
          .message(id, form)
          .map(message ->
              new Seen(
                  message.sizeBytes(),
                  message.structure().envelope().subject().map(EncodedWord::decode)));
    } catch (IllegalStateException | UncheckedIOException | StorageUnavailable _) {
      return Optional.empty();
    }
  }
}
