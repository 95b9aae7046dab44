package org.posthorn.app.admin;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.posthorn.spool.Repositories;

/// Where mail stays until somebody looks at it. What is in a repository, and orders about it, are
/// the queue's: `?repository=`.
final class RepositoryRoutes {
  private final Repositories repositories;

  RepositoryRoutes(Repositories repositories) {
    this.repositories = repositories;
  }

  /// `oldest` and `newest` are when mail was put there; `keepSeconds` 0: for good.
  private record View(
      String name,
      long mails,
      long recipients,
      Optional<Instant> oldest,
      Optional<Instant> newest,
      long keepSeconds) {
    static View of(Repositories.Shown shown) {
      return new View(
          shown.name(),
          shown.mails(),
          shown.recipients(),
          shown.oldest(),
          shown.newest(),
          shown.keep().toSeconds());
    }
  }

  List<Route> routes() {
    return List.of(
        new Route(
            "GET",
            "/repositories",
            "The repositories: how much mail is in each, since when, and how long it stays. `GET /queue?repository=` shows what is in one.",
            (_, _) -> AdminAnswer.ok(repositories.all().stream().map(View::of).toList())));
  }
}
