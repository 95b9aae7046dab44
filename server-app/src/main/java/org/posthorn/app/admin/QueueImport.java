package org.posthorn.app.admin;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.spool.NewMail;
import org.posthorn.spool.QueueAdministration;
import org.posthorn.spool.QueueAdministration.Standing;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.SubmissionKey;
import org.posthorn.storage.remember.Memories;
import org.posthorn.storage.story.StoryLog;

/// Takes mail back into the queue that was written to files. What is here, or was taken back in the
/// last 30 days, is not taken again, and neither is anything for those who got it since the export.
final class QueueImport {
  private static final String MEMORY = "queue-import";
  private static final Duration KEEP = Duration.ofDays(30);
  private static final int TOGETHER_MAX = 1_000;

  private final QueueAdministration queue;
  private final ContentStore contents;
  private final Memories memories;
  private final StoryLog story;

  /// What was found out about mails that are still to come, by their ids.
  private final Map<String, Served> ahead = new HashMap<>();

  /// Who has got a mail `since` then.
  private record Served(Instant since, Set<String> to) {}

  QueueImport(QueueAdministration queue, ContentStore contents, Memories memories, StoryLog story) {
    this.queue = queue;
    this.contents = contents;
    this.memories = memories;
    this.story = story;
  }

  /// A mail as `GET /queue/{mail}` shows it, with its message in base64, or one for each form that
  /// recipients get. Without `exact`, as programs before had it, recipients begin anew. `exported`
  /// is when it was as it says; `together` are mails that come next, with the same of them.
  /// `sizeBytes` and `subject` are only shown.
  record Body(
      @Nullable String id,
      @Nullable String sender,
      @Nullable String received,
      @Nullable String protocol,
      @Nullable String remote,
      @Nullable String helo,
      @Nullable String login,
      @Nullable Long sizeBytes,
      @Nullable String subject,
      @Nullable List<Line> recipients,
      @Nullable String message,
      @Nullable String exported,
      @Nullable MailCopy exact,
      @Nullable Map<Integer, String> messages,
      @Nullable Map<String, String> together) {}

  /// `state` is a word of the list, `where` as there.
  record Line(
      @Nullable String address,
      @Nullable String state,
      @Nullable String where,
      @Nullable Parked parked) {
    Standing standing(boolean hold) {
      return new Standing(
          hold || "held".equals(state),
          "outgoing".equals(state) || text(where).startsWith("to "),
          Optional.ofNullable(parked).flatMap(Parked::state));
    }
  }

  record Parked(
      @Nullable String repository,
      @Nullable String processor,
      @Nullable String step,
      @Nullable String reason) {
    /// A dead letter is tried again.
    Optional<RecipientState.Parked> state() {
      String name = text(repository);
      return name.isEmpty() || name.equals(RecipientState.DEAD_LETTERS)
          ? Optional.empty()
          : Optional.of(
              new RecipientState.Parked(
                  name, new RecipientState.Place(text(processor), text(step)), text(reason)));
    }
  }

  /// `delivered`: so many others have got it meanwhile; `gone`: it was taken back before, and is
  /// not here any more.
  record Answer(boolean taken, int recipients, int delivered, boolean gone) {
    private static Answer known(int recipients, boolean gone) {
      return new Answer(false, recipients, 0, gone);
    }
  }

  /// `hold`: all that would move is held; `again`: also what was taken back before, and is gone.
  /// One at a time: a mail that comes twice at once is here, or remembered, when it is looked for
  /// the second time.
  synchronized Answer take(Body body, boolean onlyTry, boolean hold, boolean again) {
    MailId id = id(body);
    if (body.together() != null) {
      lookAhead(body.together(), again);
    }
    if (body.exact() != null) {
      return takeExactly(id, body, body.exact(), onlyTry, hold, again);
    }
    Map<MailAddress, Standing> standings = new LinkedHashMap<>();
    for (Line line : body.recipients() == null ? List.<Line>of() : body.recipients()) {
      standings.put(Names.address(text(line.address())), line.standing(hold));
    }
    if (standings.isEmpty()) {
      throw Declined.badRequest("Mail " + id + " has no recipients");
    }
    if (isKnown(id, again)) {
      return Answer.known(standings.size(), !isHere(id));
    }
    int delivered = again ? leaveOutServed(id, body, standings) : 0;
    if (standings.isEmpty() || onlyTry) {
      return new Answer(!standings.isEmpty(), standings.size(), delivered, false);
    }
    NewMail mail =
        mail(
            body,
            standings.keySet().stream().map(Recipient::of).toList(),
            NewMail.Options.NONE,
            content(text(body.message())));
    boolean taken =
        queue.takeBack(id, mail, address -> Objects.requireNonNull(standings.get(address)));
    remember(id);
    return new Answer(taken, standings.size(), delivered, false);
  }

  /// Those who have got it since it was taken back before. How many.
  private int leaveOutServed(MailId id, Body body, Map<MailAddress, Standing> standings) {
    Set<String> served = served(id, since(body));
    int before = standings.size();
    standings.keySet().removeIf(to -> served.contains(to.toString()));
    return before - standings.size();
  }

  /// When it was exported, or else when it came.
  private static String since(Body body) {
    return text(body.exported()).isEmpty() ? text(body.received()) : text(body.exported());
  }

  private Answer takeExactly(
      MailId id, Body body, MailCopy copy, boolean onlyTry, boolean hold, boolean again) {
    try {
      List<QueuedRecipient> all =
          copy.recipients().stream()
              .map(row -> row.row(hold))
              .sorted(Comparator.comparingInt(QueuedRecipient::number))
              .toList();
      if (all.isEmpty()) {
        throw Declined.badRequest("Mail " + id + " has no recipients");
      }
      check(all);
      if (isKnown(id, again)) {
        return Answer.known(all.size(), !isHere(id));
      }
      Set<String> served = served(id, again ? since(body) : text(body.exported()));
      List<QueuedRecipient> rows =
          all.stream().filter(row -> !served.contains(row.address().toString())).toList();
      int delivered = all.size() - rows.size();
      if (rows.isEmpty() || onlyTry) {
        return new Answer(!rows.isEmpty(), rows.size(), delivered, false);
      }
      Map<Integer, StoredContent> contentOf = contents(body, rows);
      StoredContent any = contentOf.values().iterator().next();
      List<MailForm> forms =
          copy.forms().stream()
              .sorted(Comparator.comparingInt(MailCopy.Form::number))
              .map(form -> form.form(contentOf.getOrDefault(form.number(), any).id()))
              .toList();
      NewMail first =
          mail(
              body,
              rows.stream().map(row -> Recipient.of(row.address())).toList(),
              copy.asked().options(),
              any);
      Map<SubmissionKey, MailId> made = copy.submitted();
      var mail = new QueuedMail(id, first.arrival(), forms, rows, made.keySet());
      rows.forEach(row -> mail.form(row.form()));
      boolean taken = queue.takeBack(mail, first, made);
      remember(id);
      return new Answer(taken, rows.size(), delivered, false);
    } catch (IllegalArgumentException e) {
      throw Declined.badRequest("Mail " + id + " cannot be taken: " + e.getMessage());
    }
  }

  /// Refuses what somebody has written who edited an export: of two recipients with one number the
  /// queue would keep one, and what counts below nothing could not be read any more.
  private static void check(List<QueuedRecipient> rows) {
    Set<Integer> numbers = new HashSet<>();
    for (QueuedRecipient row : rows) {
      if (row.number() < 0 || row.form() < 0 || row.attempts() < 0) {
        throw new IllegalArgumentException(
            "a number, form or attempts of %s is below 0".formatted(row.address()));
      }
      if (!numbers.add(row.number())) {
        throw new IllegalArgumentException("two of its recipients have the number " + row.number());
      }
    }
  }

  /// To read the story for each mail would take minutes for ten thousand. Only of mails that are
  /// not here: nobody else gets one of those any more, unless it is taken back, and then it is not
  /// asked about again.
  private void lookAhead(Map<String, String> exported, boolean again) {
    Map<String, Instant> since = new HashMap<>();
    for (Map.Entry<String, String> each : exported.entrySet()) {
      try {
        if (since.size() < TOGETHER_MAX && !isKnown(id(each.getKey()), again)) {
          since.put(each.getKey(), time(each.getValue()));
        }
      } catch (Declined _) {
        // It is told when it is its turn.
      }
    }
    Map<String, Set<String>> found = delivered(since);
    ahead.clear();
    since.forEach(
        (mail, from) -> ahead.put(mail, new Served(from, found.getOrDefault(mail, Set.of()))));
  }

  /// Who has got this mail since it was exported; nobody, where that is not known.
  private Set<String> served(MailId id, String exported) {
    if (exported.isEmpty()) {
      return Set.of();
    }
    Instant since = time(exported);
    Served known = ahead.remove(id.value());
    return known != null && known.since().equals(since)
        ? known.to()
        : delivered(Map.of(id.value(), since)).getOrDefault(id.value(), Set.of());
  }

  private Map<String, Set<String>> delivered(Map<String, Instant> since) {
    var found = new AtomicReference<Map<String, Set<String>>>(Map.of());
    try {
      LongWork.run("queue-import", () -> found.set(story.delivered(since, StoryWords::isDelivery)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("The server ends", e);
    }
    return found.get();
  }

  /// One for each form that recipients get.
  private Map<Integer, StoredContent> contents(Body body, List<QueuedRecipient> rows) {
    Map<Integer, StoredContent> stored = new TreeMap<>();
    for (QueuedRecipient row : rows) {
      if (!stored.containsKey(row.form())) {
        String given = body.messages() == null ? null : body.messages().get(row.form());
        stored.put(row.form(), content(text(given)));
      }
    }
    return stored;
  }

  private boolean isHere(MailId id) {
    return queue.show(id).isPresent();
  }

  private boolean isKnown(MailId id, boolean again) {
    return isHere(id) || (!again && memories.find(MEMORY, id.value()).isPresent());
  }

  private void remember(MailId id) {
    ahead.remove(id.value());
    var _ = memories.update(MEMORY, id.value(), KEEP, _ -> Optional.of("taken"));
  }

  private static NewMail mail(
      Body body, List<Recipient> recipients, NewMail.Options options, StoredContent content) {
    return new NewMail(
        Optional.ofNullable(body.sender()).map(Names::address),
        recipients,
        content,
        "",
        List.of(),
        options,
        new Origin(
            Optional.ofNullable(body.remote()).map(QueueImport::address),
            text(body.helo()),
            Optional.ofNullable(body.login()).map(Names::address),
            text(body.protocol()),
            "import",
            time(text(body.received()))));
  }

  private StoredContent content(String base64) {
    try {
      return contents.write(new ByteArrayInputStream(message(base64)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static MailId id(Body body) {
    return id(text(body.id()));
  }

  private static MailId id(String text) {
    try {
      return new MailId(text);
    } catch (IllegalArgumentException _) {
      throw Declined.badRequest("\"" + text + "\" is no id of a mail");
    }
  }

  private static byte[] message(String base64) {
    try {
      byte[] bytes = Base64.getDecoder().decode(base64);
      if (bytes.length > 0) {
        return bytes;
      }
    } catch (IllegalArgumentException _) {
      // As if there were none.
    }
    throw Declined.badRequest("The message is missing, or not in base64");
  }

  private static Instant time(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException _) {
      throw Declined.badRequest("\"" + text + "\" is no time such as 2026-11-27T10:00:00Z");
    }
  }

  private static InetAddress address(String text) {
    try {
      return InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException _) {
      throw Declined.badRequest("\"" + text + "\" is no IP address");
    }
  }

  private static String text(@Nullable String given) {
    return given == null ? "" : given;
  }
}
