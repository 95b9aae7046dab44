package org.posthorn.app.admin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.posthorn.app.config.ConfigException;
import org.posthorn.app.config.ConfigProblem;
import org.posthorn.spool.QueueAdministration;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.DomainInfo;
import org.posthorn.storage.directory.LoginAttacks;
import org.posthorn.storage.queue.QueueCounts;

/// The server as a whole.
final class ServerRoutes {
  private final ServerControl server;
  private final Directory directory;
  private final Accounts accounts;
  private final ContentStore contents;
  private final QueueAdministration queue;
  private final LoginAttacks attacks;

  ServerRoutes(
      ServerControl server,
      Directory directory,
      Accounts accounts,
      ContentStore contents,
      QueueAdministration queue,
      LoginAttacks attacks) {
    this.attacks = attacks;
    this.contents = contents;
    this.server = server;
    this.queue = queue;
    this.directory = directory;
    this.accounts = accounts;
  }

  List<Route> routes() {
    return List.of(
        new Route(
            "GET",
            "/status",
            "How the server is. `writes` is there when nothing can be written, and says why;"
                + " `damagedFiles` says which files of messages were found damaged and what to do;"
                + " `queued` are the recipients to whom mail is under way: `waiting` in the chain,"
                + " `outgoing` and `held`; `inRepositories` are not among them."
                + " `set` are the keys that the command line sets over the file `config`."
                + " From `networksThatWait` some logins have to wait after wrong passwords.",
            (_, _) -> status()),
        new Route(
            "POST", "/reload", "Read configuration and certificates again.", (_, _) -> reload()),
        new Route(
                "POST",
                "/verify",
                "Walk through all that is stored, or the account of `?user=`; with `deep=true` through"
                    + " every byte; with `repair=true` what can be derived is put right first. Answers"
                    + " with lines of JSON: progress, problems, and a last one with `done`.",
                (request, _) -> verify(request))
            .taking("user")
            .takingFlags("deep", "repair"),
        new Route("POST", "/stop", "End the server.", (_, _) -> stop()));
  }

  private AdminAnswer status() {
    Runtime runtime = Runtime.getRuntime();
    List<DomainInfo> domains = directory.domains().all();
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("version", server.version());
    ServerControl.Build build = server.build();
    build.mark().ifPresent(mark -> status.put("build", mark));
    build.commit().ifPresent(commit -> status.put("commit", commit));
    status.put("programReplaced", build.replaced());
    status.put("pid", ProcessHandle.current().pid());
    status.put("uptimeSeconds", Duration.between(server.startedAt(), Instant.now()).toSeconds());
    status.put("hostname", server.hostname());
    status.put("data", server.data().toString());
    server.configFile().ifPresent(file -> status.put("config", file.toString()));
    if (!server.keysSet().isEmpty()) {
      status.put("set", server.keysSet());
    }
    server.writesStopped().ifPresent(why -> status.put("writes", "stopped: " + why));
    status.put("damagedFiles", contents.faults());
    status.put("residentBytes", residentBytes());
    status.put("heapUsedBytes", runtime.totalMemory() - runtime.freeMemory());
    status.put("heapMaxBytes", runtime.maxMemory());
    status.put("memoryShort", accounts.memory().isTight());
    status.put("caches", server.caches());
    status.put("domains", domains.size());
    status.put("users", domains.stream().mapToInt(DomainInfo::users).sum());
    QueueCounts mail = queue.count();
    status.put("queued", mail.waiting() + mail.outgoing() + mail.held());
    status.put("waiting", mail.waiting());
    status.put("outgoing", mail.outgoing());
    status.put("held", mail.held());
    status.put("inRepositories", mail.parked());
    status.put("networksThatWait", attacks.waiting());
    status.put(
        "troubled", server.stepHealth().stream().filter(step -> !step.health().isWell()).toList());
    status.put("leftBehind", server.leftBehind());
    status.put("endingCertificates", server.endingCertificates());
    server.otherName().ifPresent(what -> status.put("certificateForAnotherName", what));
    status.put("listeners", server.listeners());
    status.put("figures", server.figures());
    return AdminAnswer.ok(status);
  }

  private AdminAnswer reload() {
    try {
      return AdminAnswer.ok(server.reload());
    } catch (ConfigException e) {
      throw Declined.badRequest(
          "Nothing was changed, since the configuration cannot be used:\n"
              + e.problems().stream()
                  .map(ConfigProblem::toString)
                  .collect(Collectors.joining("\n")));
    }
  }

  private AdminAnswer verify(AdminRequest request) {
    boolean deep = request.flag("deep");
    Optional<String> user = request.parameter("user");
    user.ifPresent(login -> UserRoutes.find(directory, login));
    boolean repair = request.flag("repair");
    var verification = new Verification(directory, accounts, contents, deep, repair);
    return new AdminAnswer.Lines(
        sink -> LongWork.run("verify", () -> verification.run(user, sink::line)));
  }

  private AdminAnswer stop() {
    server.stop();
    return AdminAnswer.ok(Map.of("pid", ProcessHandle.current().pid()));
  }

  /// 0 where the system does not say.
  private static long residentBytes() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.US_ASCII).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
          .findFirst()
          .orElse(0L);
    } catch (IOException _) {
      return 0;
    }
  }
}
