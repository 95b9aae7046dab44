package org.posthorn.app.admin;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Change;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.TimeMachine;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.User;

/// The past of an account: what was changed.
final class HistoryRoutes {
  private static final long LIMIT = 100;

  private final Directory directory;
  private final Accounts accounts;

  HistoryRoutes(Directory directory, Accounts accounts) {
    this.directory = directory;
    this.accounts = accounts;
  }

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
            this::history));
  }

  private AdminAnswer history(AdminRequest request, Map<String, String> path) {
    Account account = account(path);
    List<MailboxInfo> now = account.mailboxes();
    long version = account.version();
    String mailbox =
        request.parameter("mailbox").map(name -> new MailboxName(name).value()).orElse("");
    Instant since = request.parameter("since").map(HistoryRoutes::instant).orElse(Instant.MIN);
    long before = number(request, "before", version + 1);
    long limit = number(request, "limit", LIMIT);
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
