package org.posthorn.app.admin;

import java.util.ArrayList;
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
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.Smarthost;
import org.posthorn.message.Domain;
import org.posthorn.message.MailId;
import org.posthorn.spool.Operator;
import org.posthorn.spool.QueueAdministration;
import org.posthorn.spool.QueueAdministration.Done;
import org.posthorn.spool.QueueAdministration.Entry;
import org.posthorn.spool.QueueAdministration.EntryPage;
import org.posthorn.spool.QueueFilter;
import org.posthorn.spool.QueueOrder;

/// Orders about mail under way: for one mail, or for all that a query chooses.
final class QueueOrderRoutes {
  private static final int AT_ONCE = 64;
  private static final int SMTP_PORT = 25;
  private static final int SUBMISSION_PORT = 587;
  private static final int SUBMISSIONS_PORT = 465;

  private final QueueAdministration queue;
  private final Supplier<Set<String>> credentials;
  private final Json json;

  QueueOrderRoutes(QueueAdministration queue, Supplier<Set<String>> credentials, Json json) {
    this.queue = queue;
    this.credentials = credentials;
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
        QueueQuery.choosing(
                new Route(
                    "POST",
                    "/queue/{mail}/" + name,
                    summary,
                    (request, path) -> AdminAnswer.ok(one(request, path, order.apply(request)))))
            .takingFlags("dry-run"));
    routes.add(
        QueueQuery.choosing(
                new Route(
                    "POST",
                    "/queue/" + name,
                    summary
                        + " What the query of `GET /queue` chooses; all mail without one; drop, fail and expire want `?all=true` for that. `?dry-run=true` only counts. Answers with lines of JSON: progress, and a last one with `done`.",
                    (request, _) -> all(request, order.apply(request))))
            .takingFlags("dry-run", "all"));
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

  private Done one(AdminRequest request, Map<String, String> path, QueueOrder order) {
    MailId id = QueueQuery.id(path);
    if (queue.show(id).isEmpty()) {
      throw QueueQuery.gone(id);
    }
    // Whoever names a mail means it, though its sender wants it to set out later.
    QueueOrder named = order instanceof QueueOrder.Retry ? new QueueOrder.Retry(true) : order;
    return obey(request, named, id, QueueQuery.filter(request));
  }

  private Done obey(AdminRequest request, QueueOrder order, MailId id, QueueFilter filter) {
    return request.flag("dry-run")
        ? queue.preview(order, id, filter)
        : queue.carryOut(order, id, filter);
  }

  private AdminAnswer all(AdminRequest request, QueueOrder order) {
    QueueFilter filter = QueueQuery.filter(request);
    boolean isFinal =
        order instanceof QueueOrder.Drop
            || order instanceof QueueOrder.Fail
            || order instanceof QueueOrder.Expire;
    boolean everything = filter.equals(QueueFilter.ALL);
    if (isFinal && everything && !request.flag("all")) {
      throw Declined.badRequest(
          "Say which mail is meant, for example ?state=dead or ?destination=example.org, or ?all=true");
    }
    return new AdminAnswer.Lines(sink -> {
      Done done = Done.NOTHING;
      long lookedAt = 0;
      Optional<MailId> after = Optional.empty();
      do {
        EntryPage page = queue.list(filter, after, QueueQuery.LIST_MAX);
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
}
