package org.posthorn.app.admin;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.posthorn.app.config.Units;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.directory.Allowance;
import org.posthorn.storage.directory.DirectoryException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Adds users from a table, several at a time, since each costs a password hash; tells of each in
/// the order of the lines. A line that cannot be taken does not keep the others.
final class UserImport {
  private static final Logger log = LoggerFactory.getLogger(UserImport.class);
  private static final Set<String> COLUMNS =
      Set.of("login", "password", "name", "quota", "quota-messages");
  private static final int AT_A_TIME = 8;

  /// SHA-1 and SHA-2 in hex, without a word of what they are: nobody types such a password.
  private static final Pattern DIGEST =
      Pattern.compile("[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128}");

  private final UserRoutes users;
  private final DomainRoles roles;
  private final List<Csv.Row> rows;
  private final boolean createDomain;

  /// Where each login was first.
  private final Map<String, Integer> lines = new HashMap<>();

  /// Domains that had nobody before, and the first who was added to each.
  private final Map<Domain, Optional<MailAddress>> firsts = new LinkedHashMap<>();

  private final Set<Domain> seen = new HashSet<>();
  private int added;
  private int notTaken;

  UserImport(UserRoutes users, DomainRoles roles, AdminRequest request) {
    this.users = users;
    this.roles = roles;
    this.createDomain = request.flag("createDomain");
    this.rows = Csv.rows(request.body());
  }

  AdminAnswer answer() {
    if (rows.isEmpty()) {
      throw Declined.badRequest("The file is empty; its first line is login,password,name,quota");
    }
    List<String> titles = titles(rows.getFirst());
    if (!titles.contains("login") || !titles.contains("password") || !COLUMNS.containsAll(titles)) {
      throw Declined.badRequest(
          "The first line must name the columns: login, password, and if you like name, quota, quota-messages; it is: "
              + String.join(",", titles));
    }
    return new AdminAnswer.Lines(sink -> run(titles, sink));
  }

  private static List<String> titles(Csv.Row first) {
    try {
      return first.cells().stream().map(t -> t.strip().toLowerCase(Locale.ROOT)).toList();
    } catch (Declined why) {
      throw Declined.badRequest("line %d: %s".formatted(first.line(), why.getMessage()));
    }
  }

  private void run(List<String> titles, AdminAnswer.Sink sink) throws InterruptedException {
    Map<String, List<String>> alsoReceives;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Queue<Future<Map<String, Object>>> underWay = new ArrayDeque<>();
      for (Csv.Row row : rows.subList(1, rows.size())) {
        if (underWay.size() == AT_A_TIME) {
          tell(sink, underWay.remove());
        }
        underWay.add(take(titles, row, threads));
      }
      while (!underWay.isEmpty()) {
        tell(sink, underWay.remove());
      }
    } finally {
      alsoReceives = giveRoles();
    }
    Map<String, Object> last = new LinkedHashMap<>();
    last.put("done", true);
    last.put("added", added);
    last.put("notTaken", notTaken);
    last.put("alsoReceives", alsoReceives);
    sink.line(last);
  }

  private Future<Map<String, Object>> take(
      List<String> titles, Csv.Row row, ExecutorService threads) {
    String login = login(titles, row);
    Integer before = lines.putIfAbsent(login.toLowerCase(Locale.ROOT), row.line());
    if (before != null && !login.isEmpty()) {
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("line", row.line());
      answer.put("problem", "the same login as line " + before);
      return CompletableFuture.completedFuture(answer);
    }
    MailAddress.parse(login).map(MailAddress::domain).ifPresent(this::look);
    return threads.submit(() -> add(titles, row));
  }

  /// Empty where there is none.
  private static String login(List<String> titles, Csv.Row row) {
    try {
      List<String> cells = row.cells();
      int column = titles.indexOf("login");
      return column < cells.size() ? cells.get(column).strip() : "";
    } catch (Declined _) {
      return "";
    }
  }

  /// Before anybody is added to the domain.
  private void look(Domain domain) {
    if (seen.add(domain) && roles.isWithoutPerson(domain)) {
      firsts.put(domain, Optional.empty());
    }
  }

  private void tell(AdminAnswer.Sink sink, Future<Map<String, Object>> done)
      throws InterruptedException {
    Map<String, Object> line;
    try {
      line = done.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    if (line.containsKey("problem")) {
      notTaken++;
    } else {
      added++;
      MailAddress.parse(String.valueOf(line.get("login")))
          .ifPresent(login ->
              firsts.computeIfPresent(
                  login.domain(), (_, first) -> Optional.of(first.orElse(login))));
    }
    sink.line(line);
  }

  /// When all users are there: one of them may have the name of a role.
  private Map<String, List<String>> giveRoles() {
    Map<String, List<String>> given = new LinkedHashMap<>();
    for (Optional<MailAddress> first : firsts.values()) {
      first.ifPresent(login -> {
        List<String> made = roles.answerBy(login);
        if (!made.isEmpty()) {
          given.put(login.toString(), made);
        }
      });
    }
    return given;
  }

  private Map<String, Object> add(List<String> titles, Csv.Row row) {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("line", row.line());
    try {
      Map<String, String> cells = cells(titles, row);
      answer.put("login", cells.getOrDefault("login", "").strip());
      if (DIGEST.matcher(cells.getOrDefault("password", "").strip()).matches()) {
        throw Declined.badRequest(
            "This looks like a digest of a password, from another server's table of users:"
                + " set a password instead");
      }
      users.add(
          cells.getOrDefault("login", "").strip(),
          cells.getOrDefault("password", ""),
          cells.getOrDefault("name", "").strip(),
          allowance(cells),
          createDomain);
    } catch (Declined | DirectoryException e) {
      answer.put("problem", String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      log.atError().setCause(e).addKeyValue("line", row.line()).log("user not imported");
      answer.put("problem", "the server failed; see its log");
    }
    return answer;
  }

  private static Allowance allowance(Map<String, String> cells) {
    String quota = cells.getOrDefault("quota", "").strip();
    String messages = cells.getOrDefault("quota-messages", "").strip();
    Allowance allowance = Allowance.NONE;
    if (!quota.isEmpty()) {
      allowance =
          allowance.withQuotaBytes(
              OptionalLong.of(
                  Units.bytes(quota)
                      .orElseThrow(() -> Declined.badRequest("\"" + quota + "\" is not a size"))));
    }
    if (!messages.isEmpty()) {
      if (!messages.matches("\\d{1,18}")) {
        throw Declined.badRequest("\"" + messages + "\" is not a number of messages");
      }
      allowance = allowance.withQuotaMessages(OptionalLong.of(Long.parseLong(messages)));
    }
    return allowance;
  }

  private static Map<String, String> cells(List<String> titles, Csv.Row row) {
    List<String> values = row.cells();
    if (values.size() != titles.size()) {
      throw Declined.badRequest(
          "%d values, but %d columns".formatted(values.size(), titles.size()));
    }
    Map<String, String> cells = new HashMap<>();
    for (int i = 0; i < titles.size(); i++) {
      cells.put(titles.get(i), values.get(i));
    }
    return cells;
  }
}
