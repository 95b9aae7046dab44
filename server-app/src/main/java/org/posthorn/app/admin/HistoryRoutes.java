package org.posthorn.app.admin;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.admin.RestoreWords.StepView;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.HeaderText;
import org.posthorn.message.mime.Envelope;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.AccountSpace;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.Change;
import org.posthorn.storage.account.Gone;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.RestorePlan;
import org.posthorn.storage.account.RestoreWish;
import org.posthorn.storage.account.TimeMachine;
import org.posthorn.storage.account.UndeleteWish;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.User;

/// The past of an account: what was changed, and how to have it back.
final class HistoryRoutes {
  private static final Pattern VERSION = Pattern.compile("\\d{1,18}");
  private static final Pattern EMAIL = Pattern.compile("E?\\d{1,18}");
  private static final Actor ACTOR = new Actor("administrator", "admin", "");
  private static final int LIMIT = 100;

  /// More expunged messages are not listed at once.
  private static final int EXPUNGED_MAX = 10_000;

  private final Directory directory;
  private final Accounts accounts;
  private final Json json;

  HistoryRoutes(Directory directory, Accounts accounts, Json json) {
    this.directory = directory;
    this.accounts = accounts;
    this.json = json;
  }

  /// `to`: a version, or a time as ISO 8601 has it.
  private record RestoreBody(
      String to,
      @Nullable String mailbox,
      @Nullable String message,
      @Nullable Boolean exact,
      @Nullable Boolean dryRun) {}

  private record UndeleteBody(
      @Nullable List<String> messages,
      @Nullable Boolean all,
      @Nullable String mailbox,
      @Nullable String since,
      @Nullable String into) {}

  private record ForgetBody(@Nullable Boolean dryRun) {}

  /// `messages` and `bytes` were kept for undo alone.
  private record Forgotten(long changes, long messages, long bytes, boolean dryRun) {}

  /// `version`: of the account afterwards.
  private record Restored(
      long toVersion, String asOf, long version, boolean dryRun, List<StepView> steps) {}

  private record Undeleted(long messages, long version, List<StepView> steps) {}

  /// `until`: when it may be gone for good.
  private record GoneView(
      String message,
      String when,
      String login,
      String protocol,
      String connection,
      String mailbox,
      String from,
      String subject,
      long sizeBytes,
      String until) {}

  private record ChangeView(
      long version,
      String when,
      String login,
      String protocol,
      String connection,
      List<String> what) {
    static ChangeView of(Change change, List<String> what) {
      return new ChangeView(
          change.version(),
          change.when().toString(),
          change.actor().login(),
          change.actor().protocol(),
          change.actor().connection(),
          what);
    }
  }

  List<Route> routes() {
    return List.of(
        new Route(
                "GET",
                "/users/{login}/history",
                "The changes of an account, newest first, as lines of JSON: those of `?mailbox=`, after the time `?since=` and before the version `?before=`, at most `?limit=` (100).",
                this::history)
            .taking("mailbox", "since", "before", "limit"),
        new Route(
            "POST",
            "/users/{login}/restore",
            "Bring an account back to a version or time: `{\"to\": \"2026-11-26T10:00:00Z\"}`, and if you like only a `mailbox` or a `message`; `exact` takes out also what came since, `dryRun` only tells.",
            this::restore),
        new Route(
            "POST",
            "/users/{login}/history/forget",
            "Forget at once all that is kept of an account so that it can be undone: its changes until now, and messages that are in no mailbox; the next collection frees their room. `{\"dryRun\": true}` only tells how much that is.",
            this::forget),
        new Route(
                "GET",
                "/users/{login}/expunged",
                "Messages that were deleted and can be had back, newest first, as lines of JSON: those of `?mailbox=`, deleted after `?since=`, at most `?limit=` (100).",
                this::expunged)
            .taking("mailbox", "since", "limit"),
        new Route(
            "POST",
            "/users/{login}/undelete",
            "Bring deleted messages back: `{\"messages\": [\"E12\"]}` or `{\"all\": true}`, and if you like only those of a `mailbox` or `since` a time, and `into` which mailbox.",
            this::undelete));
  }

  private AdminAnswer restore(AdminRequest request, Map<String, String> path) {
    RestoreBody body = json.read(request, RestoreBody.class);
    Account account = account(path);
    var machine = new TimeMachine(account);
    long version =
        VERSION.matcher(body.to()).matches()
            ? Long.parseLong(body.to())
            : machine.versionAt(instant(body.to()));
    RestoreWish.Scope scope = new RestoreWish.Everything();
    if (body.mailbox() != null) {
      scope = new RestoreWish.OneMailbox(new MailboxName(body.mailbox()));
    } else if (body.message() != null) {
      scope = new RestoreWish.OneMessage(email(body.message()));
    }
    var wish = new RestoreWish(version, scope, Boolean.TRUE.equals(body.exact()));
    boolean dryRun = Boolean.TRUE.equals(body.dryRun());
    RestorePlan plan = dryRun ? machine.plan(wish) : machine.restore(ACTOR, wish);
    return AdminAnswer.ok(
        new Restored(
            version,
            machine.when(version).map(Instant::toString).orElse(""),
            account.version(),
            dryRun,
            RestoreWords.of(plan)));
  }

  private AdminAnswer forget(AdminRequest request, Map<String, String> path) {
    boolean dryRun = Boolean.TRUE.equals(json.read(request, ForgetBody.class).dryRun());
    Account account = account(path);
    AccountId id = UserRoutes.find(directory, Names.part(path, "login")).account();
    AccountSpace before =
        accounts
            .space(id, true)
            .orElseThrow(() -> Declined.notFound("The account " + id + " is gone"));
    long changes =
        dryRun
            ? account.version() - account.exactSince()
            : accounts.forgetHistory(id).changesForgotten();
    return AdminAnswer.ok(
        new Forgotten(changes, before.historyEmails(), before.historyBytes(), dryRun));
  }

  private AdminAnswer undelete(AdminRequest request, Map<String, String> path) {
    UndeleteBody body = json.read(request, UndeleteBody.class);
    boolean all = Boolean.TRUE.equals(body.all());
    if (all == (body.messages() != null)) {
      throw Declined.badRequest("Name `messages`, or say `all`");
    }
    Optional<Set<Long>> emails =
        Optional.ofNullable(body.messages())
            .map(some -> some.stream().map(HistoryRoutes::email).collect(Collectors.toSet()));
    Account account = account(path);
    var wish =
        new UndeleteWish(
            emails,
            Optional.ofNullable(body.mailbox()).map(MailboxName::new),
            Optional.ofNullable(body.since()).map(HistoryRoutes::instant).orElse(Instant.MIN),
            Optional.ofNullable(body.into()).map(MailboxName::new));
    List<StepView> steps = RestoreWords.of(new TimeMachine(account).undelete(ACTOR, wish));
    return AdminAnswer.ok(
        new Undeleted(
            steps.stream().mapToLong(StepView::messages).sum(), account.version(), steps));
  }

  private AdminAnswer expunged(AdminRequest request, Map<String, String> path) {
    Account account = account(path);
    Duration kept =
        directory.keeping(UserRoutes.find(directory, Names.part(path, "login"))).history();
    var wish =
        new UndeleteWish(
            Optional.empty(),
            request.parameter("mailbox").map(MailboxName::new),
            request.parameter("since").map(HistoryRoutes::instant).orElse(Instant.MIN),
            Optional.empty());
    int limit = request.limit(LIMIT, EXPUNGED_MAX);
    return new AdminAnswer.Lines(sink -> {
      List<Gone> all = new TimeMachine(account).expunged(wish, limit);
      all.forEach(gone -> sink.line(view(account, gone, kept)));
      sink.line(Map.of("done", true, "messages", all.size()));
    });
  }

  private static GoneView view(Account account, Gone gone, Duration kept) {
    Optional<Envelope> envelope =
        account.email(gone.message().emailId()).map(email -> email.structure().envelope());
    return new GoneView(
        "E" + gone.message().emailId(),
        gone.when().toString(),
        gone.actor().login(),
        gone.actor().protocol(),
        gone.actor().connection(),
        gone.name().value(),
        readable(envelope.map(HistoryRoutes::sender)),
        readable(envelope.flatMap(Envelope::subject)),
        gone.message().sizeBytes(),
        gone.when().plus(kept).toString());
  }

  private static String readable(Optional<String> text) {
    return HeaderText.withoutControls(EncodedWord.decode(text.orElse("")));
  }

  /// The name of the first sender, or the address.
  private static String sender(Envelope envelope) {
    return envelope.from().stream()
        .findFirst()
        .map(address ->
            address
                .name()
                .orElseGet(() ->
                    address.mailbox().orElse("")
                        + address.host().map(host -> "@" + host).orElse("")))
        .orElse("");
  }

  /// As lists show it: `E12`, or the number alone.
  private static long email(String text) {
    if (!EMAIL.matcher(text).matches()) {
      throw Declined.badRequest(
          "\"" + text + "\" is not a message; they are called E12, see  posthorn undelete --list");
    }
    return Long.parseLong(text.startsWith("E") ? text.substring(1) : text);
  }

  private AdminAnswer history(AdminRequest request, Map<String, String> path) {
    Account account = account(path);
    List<MailboxInfo> now = account.mailboxes();
    long version = account.version();
    String mailbox =
        request.parameter("mailbox").map(name -> new MailboxName(name).value()).orElse("");
    Instant since = request.parameter("since").map(HistoryRoutes::instant).orElse(Instant.MIN);
    long before = number(request, "before", version + 1);
    int limit = request.limit(LIMIT, Integer.MAX_VALUE);
    return new AdminAnswer.Lines(sink -> {
      var words = new ChangeWords(now);
      var told = new AtomicLong();
      new TimeMachine(account)
          .backwards(
              version,
              change -> {
                if (change.when().isBefore(since) || told.get() == limit) {
                  return false;
                }
                ChangeWords.Told said = words.tell(change, mailbox);
                if (said.touched() && change.version() < before) {
                  told.incrementAndGet();
                  sink.line(ChangeView.of(change, said.sentences()));
                }
                return true;
              });
      sink.line(Map.of("done", true, "changes", told.get(), "exactSince", account.exactSince()));
    });
  }

  private Account account(Map<String, String> path) {
    User user = UserRoutes.find(directory, Names.part(path, "login"));
    return accounts
        .find(user.account())
        .orElseThrow(() -> Declined.notFound("The account of " + user.login() + " is gone"));
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException _) {
      throw Declined.badRequest(
          "\"" + text + "\" is not a time; write for example 2026-11-26T10:00:00Z");
    }
  }

  private static long number(AdminRequest request, String name, long otherwise) {
    try {
      long number = request.parameter(name).map(Long::parseLong).orElse(otherwise);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException _) {
      // Said below.
    }
    throw Declined.badRequest(name + " is a whole number");
  }
}
