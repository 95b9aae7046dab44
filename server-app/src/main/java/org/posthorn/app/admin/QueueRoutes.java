package org.posthorn.app.admin;

import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.config.Units;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.frame.FrameWriter;
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Smarthost;
import org.posthorn.message.AddressText;
import org.posthorn.message.Domain;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.spool.DestinationState;
import org.posthorn.spool.Operator;
import org.posthorn.spool.QueueAdministration;
import org.posthorn.spool.QueueAdministration.Condition;
import org.posthorn.spool.QueueAdministration.Done;
import org.posthorn.spool.QueueAdministration.Entry;
import org.posthorn.spool.QueueAdministration.EntryPage;
import org.posthorn.spool.QueueFilter;
import org.posthorn.spool.QueueOrder;
import org.posthorn.spool.SenderState;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.SourceKey;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.remember.Memories;
import org.posthorn.storage.story.StoryLog;

/// Mail under way: looked at, and orders about it.
final class QueueRoutes {
  private static final int LIST_MAX = 1_000;

  /// What one answer holds.
  private static final int LIMIT_MAX = 10_000;

  /// So many mails are looked at to say how many there are.
  private static final long COUNTED_MAX = 200_000;

  private static final int AT_ONCE = 64;
  private static final int SMTP_PORT = 25;
  private static final int SUBMISSION_PORT = 587;
  private static final int SUBMISSIONS_PORT = 465;

  /// Of the ids that this program gives.
  private static final int ID_LENGTH = 16;

  private static final SourceKey NO_SOURCE = new SourceKey(0, 0, 0);

  private final QueueAdministration queue;
  private final Directory directory;
  private final QueueImport imports;
  private final Supplier<Set<String>> credentials;
  private final Json json;

  QueueRoutes(
      QueueAdministration queue,
      Directory directory,
      ContentStore contents,
      Memories memories,
      StoryLog story,
      Supplier<Set<String>> credentials,
      Json json) {
    this.imports = new QueueImport(queue, contents, memories, story);
    this.credentials = credentials;
    this.directory = directory;
    this.queue = queue;
    this.json = json;
  }

  private record RerouteBody(
      @Nullable String host,
      @Nullable Integer port,
      @Nullable String tls,
      @Nullable String credentials) {}

  private record FailBody(@Nullable String reason) {}

  private record RunBody(@Nullable String processor) {}

  List<Route> routes() {
    List<Route> routes = new ArrayList<>();
    routes.add(
        new Route(
            "GET",
            "/queue",
            "Mail under way, oldest first; `?state=waiting|outgoing|held|dead|parked`, `repository=`, `sender=` (of the envelope or who has logged in), `recipient=`, `destination=`, `answer=` (part of what was said last), `older-than=2h`, `newer-than=2h`, `client=192.0.2.0/24` (where it came from), `subject=` (part of the subject that it came in with) choose. At most `limit=` (1000, and never more than 10000) are shown: `total` says how many there are (at least so many, where `totalIsExact` is false), and `next`, if there are more, what `after=` names in the next request. `?no-total` does not count those that are not shown, and is much quicker where there are many. With `subject=` nothing is counted, and an answer may have fewer than `limit=` mails, or none, and still a `next`: each subject is a read in the store, so it is looked at last, 500 at most for one answer; `lookedAt` mails were. `mail=`: that one, if it fits.",
            (request, _) -> AdminAnswer.ok(list(request))));
    routes.add(
        new Route(
            "GET",
            "/queue/destinations",
            "Where mail is on its way to, those with most recipients first: how many wait, what was said last and what it means; `?limit=` (1000), of `total`; `?name=`: that one. `inChain`: so many recipients wait in the chain and have no destination yet.",
            (request, _) -> AdminAnswer.ok(destinations(request))));
    routes.add(
        new Route(
            "GET",
            "/queue/senders",
            "Whose mail is under way, those with most recipients first: whoever has logged in, or else the sender of the envelope (none: reports); `?limit=` (1000), of `total`.",
            (request, _) -> AdminAnswer.ok(senders(request))));
    routes.add(
        new Route(
            "GET",
            "/queue/route",
            "Which way mail for `?recipient=` would go now, from `sender=` (`<>` for reports): the route of the configuration, servers, addresses, TLS; nothing is sent.",
            (request, _) -> AdminAnswer.ok(route(request))));
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
            "Take a mail back: what `GET /queue/{mail}` has shown, and for each form that recipients get `\"messages\": {\"0\": BASE64}` (without `exact`, one `\"message\": BASE64`, and recipients begin anew). Each recipient goes on where it stood, or with `?hold` waits to be released. Those whom it was delivered to since `exported` (a time; optional) are left out and counted in `delivered`; `together` (optional, at most 1000) may name mails that come next, `{ID: EXPORTED}`, so that this is looked up for all of them at once. `taken` is false when it is here, was taken back in the last 30 days (`gone`: and is not here any more; with `?again` it is taken), or nobody is left; `?dry-run` only tells.",
            (request, _) ->
                AdminAnswer.ok(
                    imports.take(
                        json.read(request, QueueImport.Body.class),
                        request.parameter("dry-run").isPresent(),
                        request.parameter("hold").isPresent(),
                        request.parameter("again").isPresent()))));
    orders(routes, "retry", "Try again now; run dead letters again.", _ -> new QueueOrder.Retry());
    orders(routes, "hold", "Do nothing more until released.", _ -> new QueueOrder.Hold());
    orders(routes, "release", "Go on with what was held.", _ -> new QueueOrder.Release());
    orders(
        routes,
        "reroute",
        "Send by another server: `{\"host\": …, \"port\": 25, \"tls\": \"none|opportunistic|starttls|implicit\", \"credentials\": …}`, or by the MX again: `{}`. Without `port`: 25, with `credentials` 587. Without `tls`: `opportunistic`; with `credentials`, which are an entry of `outbound.credentials`, `starttls`; on port 465 `implicit`.",
        this::reroute);
    orders(
        routes,
        "fail",
        "Give up, and tell the sender: `{\"reason\": …}`, or without one what was said last.",
        request -> new QueueOrder.Fail(reason(json.read(request, FailBody.class))));
    orders(routes, "drop", "Throw away; nobody is told.", _ -> new QueueOrder.Drop());
    orders(
        routes,
        "run",
        "Lead what `?repository=` has through the chain again, through `{\"processor\": …}` or the one that it was to go through.",
        request -> new QueueOrder.Run(processor(json.read(request, RunBody.class))));
    orders(
        routes,
        "expire",
        "Throw away what `?repository=` has, as its time does.",
        _ -> new QueueOrder.Expire());
    return routes;
  }

  /// One route for a mail, one for all that the query chooses.
  private void orders(
      List<Route> routes, String name, String summary, Function<AdminRequest, QueueOrder> order) {
    routes.add(
        new Route(
            "POST",
            "/queue/{mail}/" + name,
            summary,
            (request, path) -> AdminAnswer.ok(one(request, path, order.apply(request)))));
    routes.add(
        new Route(
            "POST",
            "/queue/" + name,
            summary
                + " What the query of `GET /queue` chooses; all mail without one; drop and fail want `?all` for that. `?dry-run` only counts. Answers with lines of JSON: progress, and a last one with `done`.",
            (request, _) -> all(request, order.apply(request))));
  }

  private QueueOrder reroute(AdminRequest request) {
    RerouteBody body = json.read(request, RerouteBody.class);
    if (body.host() == null) {
      return new QueueOrder.Reroute(Optional.empty());
    }
    Optional<String> login = Optional.ofNullable(body.credentials());
    int usualPort = login.isPresent() ? SUBMISSION_PORT : SMTP_PORT;
    int port = body.port() == null ? usualPort : body.port();
    if (!isHost(body.host()) || port < 1 || port > 65_535) {
      throw Declined.badRequest("Name a host and a port, such as relay.example.org and 587");
    }
    if (login.filter(name -> !credentials.get().contains(name)).isPresent()) {
      throw Declined.badRequest(
          "There are no outbound.credentials '%s': see  posthorn config show"
              .formatted(login.get()));
    }
    return new QueueOrder.Reroute(
        Optional.of(
            new Smarthost(body.host(), port, tls(body.tls(), port, login.isPresent()), login)));
  }

  /// A name, or an address with brackets or without.
  private static boolean isHost(String host) {
    boolean brackets = host.startsWith("[") && host.endsWith("]");
    String bare = brackets ? host.substring(1, host.length() - 1) : host;
    return Domain.parse(bare).isPresent()
        || AddressRange.parse(bare).filter(_ -> bare.indexOf('/') < 0).isPresent();
  }

  /// Unless the word says otherwise, as for routes of the configuration: who gets a password proves
  /// first who it is.
  private static Smarthost.Tls tls(@Nullable String word, int port, boolean logsIn) {
    if (word == null && port == SUBMISSIONS_PORT) {
      return Smarthost.Tls.IMPLICIT;
    }
    if (word == null) {
      return logsIn ? Smarthost.Tls.STARTTLS : Smarthost.Tls.OPPORTUNISTIC;
    }
    try {
      return Smarthost.Tls.valueOf(word.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException _) {
      throw Declined.badRequest(
          "\"%s\" is no kind of TLS; there are none, opportunistic, starttls, implicit"
              .formatted(word));
    }
  }

  private Optional<String> processor(RunBody body) {
    Optional<String> name = Optional.ofNullable(body.processor());
    if (name.filter(one -> !queue.processors().contains(one)).isPresent()) {
      throw Declined.badRequest(
          "There is no processor %s; there are %s"
              .formatted(
                  name.get(),
                  queue.processors().stream().sorted().collect(Collectors.joining(", "))));
    }
    return name;
  }

  private static Optional<String> reason(FailBody body) {
    return Optional.ofNullable(body.reason()).filter(text -> !text.isBlank());
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
        all.stream().limit(limit(request)).map(QueueViews.DestinationView::of).toList(),
        all.size(),
        queue.count().waiting());
  }

  private record Senders(List<SenderView> senders, int total) {}

  private Senders senders(AdminRequest request) {
    List<SenderState> all = queue.senders();
    return new Senders(all.stream().limit(limit(request)).map(SenderView::of).toList(), all.size());
  }

  private static int limit(AdminRequest request) {
    return request
        .parameter("limit")
        .map(QueueRoutes::number)
        .map(wanted -> Math.min(wanted, LIMIT_MAX))
        .orElse(LIST_MAX);
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
    MailId id = id(path);
    QueuedMail mail = queue.show(id).orElseThrow(() -> gone(id));
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
    int limit = limit(request);
    QueueFilter filter = filter(request);
    Optional<MailId> only = request.parameter("mail").map(QueueRoutes::id);
    if (only.isPresent()) {
      return Mails.all(
          queue.find(only.get(), filter).stream()
              .map(entry -> QueueViews.MailView.of(entry, queue))
              .toList());
    }
    List<QueueViews.MailView> views = new ArrayList<>();
    Optional<MailId> after = request.parameter("after").map(QueueRoutes::id);
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
    if (request.parameter("no-total").isPresent()) {
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
    MailId id = id(path);
    QueuedMail mail = queue.show(id).orElseThrow(() -> gone(id));
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
                QueueViews.RecipientView.of(
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

  private Done one(AdminRequest request, Map<String, String> path, QueueOrder order) {
    MailId id = id(path);
    if (queue.show(id).isEmpty()) {
      throw gone(id);
    }
    // Whoever names a mail means it, though its sender wants it to set out later.
    QueueOrder named = order instanceof QueueOrder.Retry ? new QueueOrder.Retry(true) : order;
    return obey(request, named, id, filter(request));
  }

  private Done obey(AdminRequest request, QueueOrder order, MailId id, QueueFilter filter) {
    return request.parameter("dry-run").isPresent()
        ? queue.preview(order, id, filter)
        : queue.carryOut(order, id, filter);
  }

  private AdminAnswer all(AdminRequest request, QueueOrder order) {
    QueueFilter filter = filter(request);
    boolean isFinal =
        order instanceof QueueOrder.Drop
            || order instanceof QueueOrder.Fail
            || order instanceof QueueOrder.Expire;
    boolean everything = filter.equals(QueueFilter.ALL);
    if (isFinal && everything && request.parameter("all").isEmpty()) {
      throw Declined.badRequest(
          "Say which mail is meant, for example ?state=dead or ?destination=example.org, or ?all");
    }
    return new AdminAnswer.Lines(sink -> {
      Done done = Done.NOTHING;
      long lookedAt = 0;
      Optional<MailId> after = Optional.empty();
      do {
        EntryPage page = queue.list(filter, after, LIST_MAX);
        done = done.plus(together(page, id -> obey(request, order, id, filter)));
        after = page.next();
        lookedAt += page.lookedAt();
        if (after.isPresent()) {
          sink.line(new Progress(done.recipients(), lookedAt));
        }
      } while (after.isPresent());
      sink.line(new AllDone(done.recipients(), done.busy(), true));
    });
  }

  private record Progress(int recipients, long lookedAt) {}

  private record AllDone(int recipients, int busy, boolean done) {}

  /// Many at a time, since each waits for the disk: their commits share one `fsync`.
  private static Done together(EntryPage page, Function<MailId, Done> work)
      throws InterruptedException {
    var atOnce = new Semaphore(AT_ONCE);
    var total = new AtomicReference<>(Done.NOTHING);
    var failure = new AtomicReference<@Nullable RuntimeException>();
    List<Thread> threads = new ArrayList<>();
    for (Entry entry : page.entries()) {
      atOnce.acquire();
      threads.add(
          Thread.ofVirtual()
              .name("queue-order")
              .start(
                  Operator.carrying(() -> {
                    try {
                      total.accumulateAndGet(work.apply(entry.id()), Done::plus);
                    } catch (RuntimeException e) {
                      failure.compareAndSet(null, e);
                    } finally {
                      atOnce.release();
                    }
                  })));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    RuntimeException thrown = failure.get();
    if (thrown != null) {
      throw thrown;
    }
    return total.get();
  }

  private static QueueFilter filter(AdminRequest request) {
    return new QueueFilter(
        text(request, "sender"),
        text(request, "recipient"),
        text(request, "destination"),
        request.parameter("state").map(QueueRoutes::condition),
        request.parameter("older-than").map(QueueRoutes::age),
        text(request, "answer"),
        text(request, "repository"),
        request.parameter("newer-than").map(QueueRoutes::age),
        request.parameter("client").map(QueueRoutes::client),
        text(request, "subject"));
  }

  /// An empty part would be in every text: whoever sends one meant something else.
  private static Optional<String> text(AdminRequest request, String name) {
    Optional<String> text = request.parameter(name);
    if (text.filter(String::isBlank).isPresent()) {
      throw Declined.badRequest(
          "%s is empty: say which, or leave it out%s"
              .formatted(name, name.equals("sender") ? "; the sender of reports is <>" : ""));
    }
    return text;
  }

  private static Duration age(String text) {
    return Units.duration(text)
        .orElseThrow(() ->
            Declined.badRequest("\"" + text + "\" is not a time; write for example 30m, 2h, 3d"));
  }

  private static AddressRange client(String text) {
    return AddressRange.parse(text)
        .orElseThrow(() ->
            Declined.badRequest(
                "\"%s\" is no IP address and no network such as 192.0.2.0/24".formatted(text)));
  }

  private static Condition condition(String word) {
    return Arrays.stream(Condition.values())
        .filter(condition -> QueueViews.word(condition).equals(word))
        .findFirst()
        .orElseThrow(() ->
            Declined.badRequest(
                "\"%s\" is no state; there are %s"
                    .formatted(
                        word,
                        Arrays.stream(Condition.values())
                            .map(QueueViews::word)
                            .collect(Collectors.joining(", ")))));
  }

  private static MailId id(Map<String, String> path) {
    return id(Names.part(path, "mail"));
  }

  private static MailId id(String text) {
    try {
      return new MailId(text);
    } catch (IllegalArgumentException _) {
      throw Declined.badRequest("\"" + text + "\" is no id of a mail; see  posthorn queue list");
    }
  }

  private static Declined gone(MailId id) {
    return Declined.notFound(
        "No mail %s is under way: %s; see  posthorn queue list"
            .formatted(
                id,
                id.value().length() < ID_LENGTH
                    ? "an id has %d characters".formatted(ID_LENGTH)
                    : "it may have been delivered"));
  }

  private static int number(String text) {
    try {
      return Math.max(1, Integer.parseInt(text));
    } catch (NumberFormatException _) {
      throw Declined.badRequest("\"" + text + "\" is not a number");
    }
  }
}
