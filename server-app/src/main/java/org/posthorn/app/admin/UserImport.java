package org.posthorn.app.admin;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.posthorn.app.config.Units;
import org.posthorn.storage.directory.Allowance;
import org.posthorn.storage.directory.DirectoryException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Adds users from a table, several at a time, since each costs a password hash; tells of each as
/// it is done. A line that cannot be taken does not keep the others.
final class UserImport {
  private static final Logger log = LoggerFactory.getLogger(UserImport.class);
  private static final Set<String> COLUMNS =
      Set.of("login", "password", "name", "quota", "quota-messages");
  private static final int AT_A_TIME = 8;

  private final UserRoutes users;
  private final List<Csv.Row> rows;
  private final boolean createDomain;
  private final Semaphore room = new Semaphore(AT_A_TIME);

  UserImport(UserRoutes users, AdminRequest request) {
    this.users = users;
    this.createDomain = request.parameter("createDomain").filter("true"::equals).isPresent();
    try {
      this.rows = Csv.parse(request.body());
    } catch (Csv.Malformed e) {
      throw Declined.badRequest(String.valueOf(e.getMessage()));
    }
  }

  AdminAnswer answer() {
    if (rows.isEmpty()) {
      throw Declined.badRequest("The file is empty; its first line is login,password,name,quota");
    }
    List<String> titles =
        rows.getFirst().cells().stream().map(t -> t.strip().toLowerCase(Locale.ROOT)).toList();
    if (!titles.contains("login") || !titles.contains("password") || !COLUMNS.containsAll(titles)) {
      throw Declined.badRequest(
          "The first line must name the columns: login, password, and if you like name, quota, quota-messages; it is: "
              + String.join(",", titles));
    }
    return new AdminAnswer.Lines(sink -> run(titles, sink));
  }

  private void run(List<String> titles, AdminAnswer.Sink sink) throws InterruptedException {
    Map<String, Integer> lines = new HashMap<>();
    int login = titles.indexOf("login");
    for (Csv.Row row : rows.subList(1, rows.size())) {
      String name =
          login < row.cells().size() ? row.cells().get(login).strip().toLowerCase(Locale.ROOT) : "";
      Integer before = lines.putIfAbsent(name, row.line());
      if (before != null && !name.isEmpty()) {
        tell(sink, Map.of("line", row.line(), "problem", "the same login as line " + before));
        continue;
      }
      room.acquire();
      Thread.ofVirtual()
          .name("import-" + row.line())
          .start(() -> {
            try {
              Map<String, Object> answer = add(titles, row);
              synchronized (this) {
                sink.line(answer);
              }
            } finally {
              room.release();
            }
          });
    }
    room.acquire(AT_A_TIME);
    sink.line(Map.of("done", true));
  }

  private synchronized void tell(AdminAnswer.Sink sink, Map<String, Object> line) {
    sink.line(line);
  }

  private Map<String, Object> add(List<String> titles, Csv.Row row) {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("line", row.line());
    try {
      Map<String, String> cells = cells(titles, row);
      answer.put("login", cells.getOrDefault("login", "").strip());
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
    if (row.cells().size() != titles.size()) {
      throw Declined.badRequest(
          "%d values, but %d columns".formatted(row.cells().size(), titles.size()));
    }
    Map<String, String> cells = new HashMap<>();
    for (int i = 0; i < titles.size(); i++) {
      cells.put(titles.get(i), row.cells().get(i));
    }
    return cells;
  }
}
