package org.posthorn.app.admin;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.posthorn.storage.search.AttachmentStatus;
import org.posthorn.storage.search.MailSearch;

/// The index of the text of emails.
final class IndexRoutes {
  private final MailSearch search;

  IndexRoutes(MailSearch search) {
    this.search = search;
  }

  private record IndexView(
      boolean enabled,
      int emails,
      long sizeBytes,
      int accountsWaiting,
      long emailsWaiting,
      double lagSeconds,
      boolean complete,
      AttachmentsView attachments) {}

  /// `failures`: in how many emails an attachment was `locked`, `damaged`…
  private record AttachmentsView(
      boolean enabled,
      Optional<String> trouble,
      int emails,
      Map<String, Integer> failures,
      int accountsWaiting,
      boolean complete,
      long sizeBytes) {}

  List<Route> routes() {
    return List.of(
        new Route(
            "GET",
            "/index",
            "How the search index is: emails in it, bytes on disk, accounts and emails that wait and for how long, and whether all were looked at since the start; and the same of the text of attachments, with what could not be read.",
            (_, _) -> AdminAnswer.ok(view())),
        new Route(
            "POST",
            "/index/rebuild",
            "Throw the search index away and make it again in the background.",
            (_, _) -> rebuild()));
  }

  private IndexView view() {
    return search
        .status()
        .map(now ->
            new IndexView(
                true,
                now.emails(),
                now.sizeBytes(),
                now.accountsWaiting(),
                now.emailsWaiting(),
                now.lag().toMillis() / 1000.0,
                now.complete(),
                attachments()))
        .orElseGet(() -> new IndexView(false, 0, 0, 0, 0, 0, false, attachments()));
  }

  private AttachmentsView attachments() {
    AttachmentStatus now = search.attachments();
    var failures = new TreeMap<String, Integer>();
    now.failures().forEach((outcome, emails) -> failures.put(outcome.word(), emails));
    return new AttachmentsView(
        now.enabled(),
        now.trouble(),
        now.emails(),
        failures,
        now.accountsWaiting(),
        now.complete(),
        now.sizeBytes());
  }

  private AdminAnswer rebuild() {
    if (search.status().isEmpty()) {
      throw Declined.conflict("There is no index: set storage.search.enabled, and restart");
    }
    search.rebuild();
    return AdminAnswer.ok(view());
  }
}
