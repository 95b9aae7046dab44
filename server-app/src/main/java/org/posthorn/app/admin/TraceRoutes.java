package org.posthorn.app.admin;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.posthorn.app.config.Units;
import org.posthorn.message.Domain;
import org.posthorn.storage.story.FailureSearch;
import org.posthorn.storage.story.StoryEntry;
import org.posthorn.storage.story.StoryEvent;
import org.posthorn.storage.story.StoryEvent.Addresses;
import org.posthorn.storage.story.StoryLog;
import org.posthorn.storage.story.StorySearch;

/// What happened to mails.
final class TraceRoutes {
  private static final int LIMIT = 50;
  private static final int LIMIT_MAX = 1_000;
  private static final Pattern PART_OF_ID = Pattern.compile("[0-9a-v]{1,15}");
  private static final Duration FAILED_SINCE = Duration.ofDays(1);
  private static final Duration HEARTBEAT = Duration.ofSeconds(1);

  private final StoryLog log;

  TraceRoutes(StoryLog log) {
    this.log = log;
  }

  /// `what` is the kind of event, `text` a sentence, `detail`: for those who want to know every
  /// step; `event` all that is known of it.
  private record EventView(String at, String what, String text, boolean detail, Object event) {}

  private record MailView(
      String mail,
      String onBehalfOf,
      String at,
      String sender,
      Addresses to,
      String messageId,
      String fate,
      boolean cut,
      List<EventView> events) {}

  /// Somebody whom a mail did not get to, and `why`.
  private record FailureView(
      String mail, String at, String sender, String to, String what, String why) {
    static FailureView of(FailureSearch.Failure failure) {
      StoryEntry entry = failure.entry();
      return new FailureView(
          entry.mail(),
          entry.at().toString(),
          failure.sender(),
          failure.recipient(),
          word(entry.event()),
          StoryWords.why(entry.event()));
    }
  }

  /// One event of a mail, or of none.
  private record LiveView(String mail, EventView event) {}

  List<Route> routes() {
    return List.of(
        new Route(
                "GET",
                "/trace",
                "What happened to the mail of `?of=` (the id of a mail, a Message-ID, or an address) after the time `?since=`, of at most `?limit=` (50) mails: as lines of JSON, each a mail with its events (`cut`: of more than 2,000 the first and the last thousand) or a client that was refused, and a last one with `done`. `whole`: the word named these mails, and those that were made for them are there too. Nothing found: `not-found`.",
                (request, _) -> trace(request))
            .taking("of", "since", "limit"),
        new Route(
                "GET",
                "/trace/failed",
                "What somebody did not get since `?since=` (a day ago), the latest first, at most `?limit=` (50) of it: what failed for good, was bounced or is in the dead letters; with `?to=` only recipients whose address has this part. Lines of JSON, and a last one with `done` and `more`.",
                (request, _) -> failed(request))
            .taking("since", "limit", "to"),
        new Route(
                "GET",
                "/trace/live",
                "What happens to mail from now on, event by event, as lines of JSON until the client goes: of all mail, or with `?of=` of those with this id, Message-ID or address. A line with `alive` comes when nothing happens.",
                (request, _) -> live(request))
            .taking("of"));
  }

  private AdminAnswer trace(AdminRequest request) {
    checkOn();
    String of =
        request
            .parameter("of")
            .filter(word -> !word.isBlank())
            .orElseThrow(() -> Declined.badRequest("Say of what, with `?of=`"));
    Instant since = request.parameter("since").map(TraceRoutes::instant).orElse(Instant.EPOCH);
    int limit = request.limit(LIMIT, LIMIT_MAX);
    return new AdminAnswer.Lines(
        sink -> LongWork.run("trace", () -> trace(of, since, limit, sink)));
  }

  private void trace(String of, Instant since, int limit, AdminAnswer.Sink sink) {
    var search = new StorySearch(log);
    StorySearch.Found found = search.find(of, since, limit);
    if (found.mails().isEmpty() && found.refused().isEmpty()) {
      throw Declined.notFound(nothing(of));
    }
    found.mails().forEach(mail -> sink.line(mail(mail, fate(mail, search))));
    found.refused().forEach(entry -> sink.line(new LiveView("", view(entry))));
    Map<String, Object> done = new LinkedHashMap<>();
    done.put("done", true);
    done.put("whole", found.byName());
    done.put("more", found.more());
    done.put("missingEvents", found.missingEvents());
    sink.line(done);
  }

  private String nothing(String of) {
    return "Nothing is known of %s%s. Stories are kept for %s (story.keep)%s."
        .formatted(
            of,
            hint(of),
            Units.write(log.config().keep()),
            log.begin()
                .map(begin -> "; these go back to " + local(begin))
                .orElse("; there are none yet"));
  }

  private static String hint(String of) {
    String word = of.strip();
    if (PART_OF_ID.matcher(word).matches()) {
      return " (the id of a mail has 16 characters)";
    }
    if (word.equals("<>")) {
      return ", the sender of reports: ask for the address that they are for";
    }
    boolean isDomain =
        word.indexOf('@') <= 0 && Domain.parse(word.replaceFirst("^@", "")).isPresent();
    return isDomain
        ? ": one address is looked for. What failed for all of a domain:  posthorn trace --failed --to "
            + word
        : "";
  }

  private static String local(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS)
        .atZone(ZoneId.systemDefault())
        .toOffsetDateTime()
        .toString();
  }

  private AdminAnswer failed(AdminRequest request) {
    checkOn();
    Instant since =
        request
            .parameter("since")
            .map(TraceRoutes::instant)
            .orElseGet(() -> Instant.now().minus(FAILED_SINCE));
    int limit = request.limit(LIMIT, LIMIT_MAX);
    String to = request.parameter("to").orElse("").strip().toLowerCase(Locale.ROOT);
    return new AdminAnswer.Lines(sink ->
        LongWork.run(
            "trace-failed",
            () -> {
              FailureSearch.Found found =
                  new FailureSearch(log)
                      .find(
                          StoryWords::isFailure,
                          StoryWords::hasArrived,
                          address -> address.toLowerCase(Locale.ROOT).contains(to),
                          since,
                          limit);
              found.failures().forEach(failure -> sink.line(FailureView.of(failure)));
              sink.line(Map.of("done", true, "more", found.more()));
            }));
  }

  private AdminAnswer live(AdminRequest request) {
    checkOn();
    Optional<String> of = request.parameter("of").filter(word -> !word.isBlank());
    return new AdminAnswer.Lines(sink -> {
      try (StoryLog.Follower follower = log.follow(of)) {
        while (!follower.isOver()) {
          Optional<StoryEntry> next = follower.next(HEARTBEAT);
          if (next.isPresent()) {
            views(next.get()).forEach(view -> sink.line(new LiveView(next.get().mail(), view)));
          } else {
            sink.line(Map.of("alive", true));
          }
        }
        sink.line(Map.of("done", true));
      }
    });
  }

  private void checkOn() {
    if (!log.isOn()) {
      throw Declined.conflict("No stories are kept: story.enabled is false");
    }
  }

  /// What became of it is in the part that is left out, too.
  private static String fate(StorySearch.MailStory story, StorySearch search) {
    if (story.gap().isEmpty()) {
      return StoryWords.fate(story.entries());
    }
    var fate = new AtomicReference<>("");
    Map<String, String> fates = new LinkedHashMap<>();
    search.whole(story.mail(), part -> fate.set(StoryWords.fate(part, fates)));
    return fate.get();
  }

  private static MailView mail(StorySearch.MailStory story, String fate) {
    Head head = head(story);
    List<EventView> events = new ArrayList<>();
    int told = 0;
    for (StoryEntry entry : story.entries()) {
      events.addAll(views(entry));
      told++;
      if (story.gap().isPresent() && story.gap().get().after() == told) {
        events.add(gap(entry, story.gap().get()));
      }
    }
    return new MailView(
        story.mail(),
        story.parent(),
        story.entries().getFirst().at().toString(),
        head.sender(),
        head.to(),
        head.messageId(),
        fate,
        story.gap().isPresent(),
        events);
  }

  /// Whose mail it is, and for whom.
  private record Head(String sender, Addresses to, String messageId) {}

  private static Head head(StorySearch.MailStory story) {
    for (StoryEntry entry : story.entries()) {
      if (entry.event() instanceof StoryEvent.Accepted accepted) {
        return new Head(accepted.sender(), accepted.to(), accepted.messageId());
      }
      if (entry.event() instanceof StoryEvent.Discarded discarded) {
        return new Head(discarded.sender(), discarded.to(), discarded.messageId());
      }
    }
    return new Head("", Addresses.NONE, "");
  }

  /// What gates have said about a mail that was taken comes behind that, for people.
  private static List<EventView> views(StoryEntry entry) {
    List<EventView> views = new ArrayList<>();
    views.add(view(entry));
    if (entry.event() instanceof StoryEvent.Accepted accepted) {
      accepted
          .gates()
          .forEach(note ->
              views.add(
                  new EventView(
                      entry.at().toString(), "gate", StoryWords.note(note), false, note)));
    }
    return views;
  }

  private static EventView gap(StoryEntry before, StorySearch.Gap gap) {
    return new EventView(
        before.at().toString(),
        "cut",
        "%,d events between these are not told".formatted(gap.events()),
        false,
        Map.of("events", gap.events()));
  }

  private static EventView view(StoryEntry entry) {
    return new EventView(
        entry.at().toString(),
        word(entry.event()),
        StoryWords.sentence(entry.event()),
        StoryWords.isDetail(entry.event()),
        entry.event());
  }

  private static String word(StoryEvent event) {
    return switch (event) {
      case StoryEvent.Accepted _ -> "accepted";
      case StoryEvent.Discarded _ -> "discarded";
      case StoryEvent.Refused _ -> "refused";
      case StoryEvent.Step _ -> "step";
      case StoryEvent.Served _ -> "served";
      case StoryEvent.Retried _ -> "retried";
      case StoryEvent.Dead _ -> "dead";
      case StoryEvent.Parked _ -> "parked";
      case StoryEvent.Relayed _ -> "relayed";
      case StoryEvent.Deferred _ -> "deferred";
      case StoryEvent.Failed _ -> "failed";
      case StoryEvent.Administered _ -> "administered";
      case StoryEvent.Missing _ -> "missing";
    };
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException _) {
      throw Declined.badRequest(
          "\"" + text + "\" is not a time; write for example 2026-11-26T10:00:00Z");
    }
  }
}
