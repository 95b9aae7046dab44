package org.posthorn.app.admin;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.transfer.account.AccountExport;
import org.posthorn.app.transfer.account.AccountImport;
import org.posthorn.app.transfer.frame.FrameReader;
import org.posthorn.app.transfer.frame.SourceKeys;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.account.Imported;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.SourceKey;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.User;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The mail of a user, in and out.
final class TransferRoutes {
  private static final Logger log = LoggerFactory.getLogger(TransferRoutes.class);
  private static final Actor ACTOR = new Actor("administrator", "import", "");
  private static final int KEYS_MAX = 5_000;

  private final Directory directory;
  private final Accounts accounts;
  private final ContentStore contents;
  private final Json json;

  TransferRoutes(Directory directory, Accounts accounts, ContentStore contents, Json json) {
    this.directory = directory;
    this.accounts = accounts;
    this.contents = contents;
    this.json = json;
  }

  /// Either some keys, or all from one key on that are of its source.
  private record KnownBody(
      @Nullable List<String> keys, @Nullable String from, @Nullable Integer limit) {}

  private record KnownView(String key, List<String> flags) {
    static KnownView of(Imported imported) {
      return new KnownView(SourceKeys.text(imported.source()), imported.flags().names());
    }
  }

  List<Route> routes() {
    return List.of(
        new Route(
            "POST",
            "/users/{login}/import",
            "Take mail into an account: the body is a stream of mail. Answers with lines of JSON: mailboxes, problems, progress, and a last one with `done`.",
            this::takeIn),
        new Route(
            "POST",
            "/users/{login}/import/known",
            "Which messages were imported before, and the flags that they had: `{\"keys\": […]}`, or `{\"from\": key, \"limit\": n}` for those of one source in the order of their keys.",
            this::known),
        new Route(
                "GET",
                "/users/{login}/export",
                "All mail of a user, or that of the mailbox `?mailbox=`, as a stream of mail.",
                this::export)
            .taking("mailbox"));
  }

  private AdminAnswer takeIn(AdminRequest request, Map<String, String> path) {
    Account account = account(path);
    InputStream mail =
        request
            .mail()
            .orElseThrow(
                () -> Declined.badRequest("Send a body of type " + AdminRequest.MAIL_TYPE));
    return new AdminAnswer.Lines(sink -> {
      try {
        new AccountImport(account, contents, ACTOR, sink::line).run(mail);
      } catch (FrameReader.Malformed e) {
        throw Declined.badRequest(String.valueOf(e.getMessage()));
      } catch (IOException e) {
        log.atDebug().setCause(e).log("import ended early");
        throw new ClientGone(e);
      }
    });
  }

  private AdminAnswer known(AdminRequest request, Map<String, String> path) {
    KnownBody body = json.read(request, KnownBody.class);
    Account account = account(path);
    List<Imported> found;
    if (body.from() != null) {
      int limit = body.limit() == null ? KEYS_MAX : body.limit();
      found = account.importedFrom(key(body.from()), Math.clamp(limit, 1, KEYS_MAX));
    } else {
      List<String> keys = body.keys() == null ? List.of() : body.keys();
      if (keys.size() > KEYS_MAX) {
        throw Declined.badRequest("Ask for at most " + KEYS_MAX + " keys at once");
      }
      found = account.imported(keys.stream().map(TransferRoutes::key).toList());
    }
    return AdminAnswer.ok(found.stream().map(KnownView::of).toList());
  }

  private static SourceKey key(String text) {
    return SourceKeys.parse(text)
        .orElseThrow(() -> Declined.badRequest("A key is 48 hexadecimal digits, not " + text));
  }

  private AdminAnswer export(AdminRequest request, Map<String, String> path) {
    Account account = account(path);
    Optional<MailboxName> mailbox = request.parameter("mailbox").map(MailboxName::new);
    mailbox.ifPresent(name -> {
      if (account.find(name).isEmpty()) {
        throw Declined.notFound("There is no mailbox " + name);
      }
    });
    return new AdminAnswer.Mail(output -> new AccountExport(account, mailbox).writeTo(output));
  }

  private Account account(Map<String, String> path) {
    User user = UserRoutes.find(directory, Names.part(path, "login"));
    return accounts
        .find(user.account())
        .orElseThrow(() -> Declined.notFound("The account of " + user.login() + " is gone"));
  }
}
