package org.posthorn.app.admin;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.config.Units;
import org.posthorn.message.Domain;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.AccountSpace;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.collect.Collector;
import org.posthorn.storage.collect.PastRound;
import org.posthorn.storage.content.Reclaimed;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainInfo;
import org.posthorn.storage.directory.User;

/// Who takes how much space, and how to get some back.
final class SpaceRoutes {
  private static final int PAGE = 1_000;

  private final ServerControl server;
  private final Directory directory;
  private final Accounts accounts;
  private final Collector collector;

  SpaceRoutes(ServerControl server, Directory directory, Accounts accounts, Collector collector) {
    this.server = server;
    this.directory = directory;
    this.accounts = accounts;
    this.collector = collector;
  }

  private record AccountView(
      String account,
      String user,
      String domain,
      long messages,
      long bytes,
      long historyEmails,
      long historyBytes,
      Optional<String> problem) {
    static AccountView of(AccountId id, String user, String domain, AccountSpace space) {
      return new AccountView(
          id.value(),
          user,
          domain,
          space.messages(),
          space.bytes(),
          space.historyEmails(),
          space.historyBytes(),
          problem(space.unreadableRows()));
    }

    private static Optional<String> problem(long unreadableRows) {
      return unreadableRows == 0
          ? Optional.empty()
          : Optional.of("rows that are damaged and not counted: " + unreadableRows);
    }

    static AccountView unread(AccountId id, String user, String domain, RuntimeException why) {
      return new AccountView(
          id.value(), user, domain, 0, 0, 0, 0, Optional.of(String.valueOf(why.getMessage())));
    }
  }

  private record RoundView(
      Instant began,
      long tookMillis,
      long named,
      long keptContents,
      long keptBytes,
      long deadContents,
      long deadBytes,
      long freedContents,
      long freedBytes,
      long failures,
      long skippedFiles,
      long youngContents,
      long youngBytes,
      @Nullable Instant youngFreeFrom) {
    static RoundView of(PastRound round, Collector collector) {
      Reclaimed reclaimed = round.reclaimed();
      return new RoundView(
          round.began(),
          round.took().toMillis(),
          round.named(),
          reclaimed.keptContents(),
          reclaimed.keptBytes(),
          reclaimed.deadContents(),
          reclaimed.deadBytes(),
          reclaimed.freedContents(),
          reclaimed.freedBytes(),
          reclaimed.failures(),
          reclaimed.skippedFiles(),
          reclaimed.youngContents(),
          reclaimed.youngBytes(),
          collector.youngFreeFrom(round).orElse(null));
    }
  }

  List<Route> routes() {
    return List.of(
        new Route(
                "GET",
                "/space",
                "What each account takes, of all or of `?domain=`, as lines of JSON; a last one with `done`, the bytes on disk and the last collection. With `history=false` without what is kept for undo only, which is faster. `problem` is what could not be read of an account, and so is not in its figures.",
                (request, _) -> space(request))
            .taking("domain")
            .takingFlags("history"),
        new Route(
                "POST",
                "/space/collect",
                "Free the messages that nobody has any more, now. With `try=true` nothing is freed and what would be is told; with `fast=true` it does not rest in between; `grace=10m` frees also what came in that long ago, instead of `storage.collection.grace`. Answers with lines of JSON: progress, and a last one with `done`.",
                (request, _) -> collect(request))
            .takingFlags("try", "fast")
            .taking("grace"));
  }

  private AdminAnswer space(AdminRequest request) {
    boolean history = request.parameter("history").isEmpty() || request.flag("history");
    Optional<Domain> only = request.parameter("domain").map(Names::domain);
    List<DomainInfo> domains =
        directory.domains().all().stream()
            .filter(info -> only.isEmpty() || only.get().equals(info.domain()))
            .toList();
    if (only.isPresent() && domains.isEmpty()) {
      throw Declined.notFound("There is no domain " + only.get() + " here");
    }
    return new AdminAnswer.Lines(
        sink -> LongWork.run("space", () -> space(domains, only.isEmpty(), history, sink)));
  }

  private void space(
      List<DomainInfo> domains, boolean all, boolean history, AdminAnswer.Sink sink) {
    Set<AccountId> told = new HashSet<>();
    domains.forEach(domain -> ofUsers(domain.domain(), history, told, sink));
    if (all) {
      ofNobody(history, told, sink);
    }
    sink.line(whole());
  }

  private void ofUsers(Domain domain, boolean history, Set<AccountId> told, AdminAnswer.Sink sink) {
    List<User> page = directory.users().page(domain, "", PAGE);
    while (!page.isEmpty()) {
      for (User user : page) {
        told.add(user.account());
        account(user.account(), user.login().toString(), domain.toString(), history)
            .ifPresent(sink::line);
      }
      page = directory.users().page(domain, page.getLast().login().localPart(), PAGE);
    }
  }

  /// Accounts whose user is not there any more.
  private void ofNobody(boolean history, Set<AccountId> told, AdminAnswer.Sink sink) {
    List<AccountId> page = accounts.list(Optional.empty(), PAGE);
    while (!page.isEmpty()) {
      for (AccountId id : page) {
        if (!told.contains(id)) {
          account(id, "", "", history).ifPresent(sink::line);
        }
      }
      page = accounts.list(Optional.of(page.getLast()), PAGE);
    }
  }

  /// One that cannot be read keeps nobody from the others.
  private Optional<AccountView> account(AccountId id, String user, String domain, boolean history) {
    try {
      return accounts.space(id, history).map(space -> AccountView.of(id, user, domain, space));
    } catch (StorageUnavailable | IllegalArgumentException e) {
      return Optional.of(AccountView.unread(id, user, domain, e));
    }
  }

  private Map<String, Object> whole() {
    Path store = server.data().resolve("store");
    Map<String, Object> whole = new LinkedHashMap<>();
    whole.put("done", true);
    whole.put("rowsOnDiskBytes", bytesIn(store.resolve("rows")));
    whole.put("contentsOnDiskBytes", bytesIn(store.resolve("content")));
    collector
        .last()
        .ifPresent(round -> whole.put("lastCollection", RoundView.of(round, collector)));
    return whole;
  }

  private AdminAnswer collect(AdminRequest request) {
    Collector.Wish wish = wish(request);
    return new AdminAnswer.Lines(sink ->
        LongWork.run(
            "collect",
            () -> {
              PastRound round = collected(wish, sink);
              sink.line(
                  Map.of(
                      "done",
                      true,
                      "tried",
                      wish.tryOut(),
                      "round",
                      RoundView.of(round, collector)));
            }));
  }

  private Collector.Wish wish(AdminRequest request) {
    var wish =
        new Collector.Wish(
            request.flag("try"),
            request.flag("fast"),
            request.parameter("grace").map(SpaceRoutes::time));
    try {
      collector.check(wish);
      return wish;
    } catch (IllegalArgumentException e) {
      throw Declined.badRequest(String.valueOf(e.getMessage()));
    }
  }

  private static Duration time(String text) {
    return Units.duration(text)
        .orElseThrow(
            () -> Declined.badRequest("\"" + text + "\" is not a time; write for example 10m"));
  }

  private PastRound collected(Collector.Wish wish, AdminAnswer.Sink sink) {
    try {
      return collector
          .collect(wish, (named, freeing) -> sink.line(Map.of("named", named, "freeing", freeing)))
          .orElseThrow(
              () -> Declined.conflict("A collection is under way: try again when it is done"));
    } catch (CancellationException e) {
      throw new Declined(Declined.Reason.UNAVAILABLE, String.valueOf(e.getMessage()));
    } catch (StorageUnavailable e) {
      throw new Declined(
          Declined.Reason.UNAVAILABLE, "Nothing was freed. " + String.valueOf(e.getMessage()));
    }
  }

  /// 0 where nothing is kept on disk.
  private static long bytesIn(Path folder) {
    if (!Files.isDirectory(folder)) {
      return 0;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.mapToLong(SpaceRoutes::bytesOf).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long bytesOf(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.size(file) : 0;
    } catch (NoSuchFileException _) {
      return 0; // Deleted meanwhile.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
