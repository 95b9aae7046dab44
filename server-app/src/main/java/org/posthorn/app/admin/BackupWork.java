package org.posthorn.app.admin;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.backup.Backups;
import org.posthorn.storage.backup.Run;
import org.posthorn.storage.backup.Telling;
import org.posthorn.storage.queue.QueueCounts;

/// What can be done with backups, told in lines for the administrator: by the server that runs, and
/// by a command where none does. Used by many threads.
public final class BackupWork {
  private static final Duration BETWEEN_LINES = Duration.ofMillis(100);

  private final Backups backups;
  private final String version;

  /// What to restore; without a login, everything.
  public record Wanted(
      Path folder,
      Optional<String> run,
      Optional<String> login,
      Optional<MailAddress> as,
      boolean replace) {}

  public BackupWork(Backups backups, String version) {
    this.backups = backups;
    this.version = version;
  }

  public void create(Path folder, int keep, Telling telling, Consumer<Map<String, Object>> lines) {
    Map<String, Object> end = done();
    end.put("run", view(backups.create(folder, version, keep, telling)));
    QueueCounts leftOut = backups.leftOut();
    end.put("leftOut", Map.of("mails", leftOut.mails(), "inRepositories", leftOut.parked()));
    lines.accept(end);
  }

  public void verify(
      Path folder, Optional<String> run, Telling telling, Consumer<Map<String, Object>> lines) {
    Map<String, Object> end = done();
    end.put("checked", backups.verify(folder, run, telling));
    lines.accept(end);
  }

  public void restore(Wanted wanted, Telling telling, Consumer<Map<String, Object>> lines) {
    Map<String, Object> end = done();
    end.put(
        "restored",
        wanted
            .login()
            .map(login ->
                backups.restore(
                    wanted.folder(), wanted.run(), login, wanted.as(), wanted.replace(), telling))
            .orElseGet(() ->
                backups.restoreAll(wanted.folder(), wanted.run(), wanted.replace(), telling)));
    lines.accept(end);
  }

  public static List<Map<String, Object>> runs(Path folder) {
    return Backups.list(folder).stream().map(BackupWork::view).toList();
  }

  public static List<Backups.SavedAccount> accounts(Path folder, Optional<String> run) {
    return Backups.accounts(folder, run);
  }

  public static Map<String, Object> prune(Path folder, int keep) {
    return Map.of("freedBytes", Backups.prune(folder, keep), "runs", runs(folder).size());
  }

  private static Map<String, Object> done() {
    Map<String, Object> end = new LinkedHashMap<>();
    end.put("done", true);
    return end;
  }

  private static Map<String, Object> view(Run run) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("id", run.id());
    view.put("begun", run.begun().toString());
    view.put("ended", run.ended().toString());
    view.put("serverVersion", run.serverVersion());
    view.put("first", run.first());
    view.put("domains", run.domains());
    view.put("accounts", run.accounts());
    view.put("changed", run.changed());
    view.put("messages", run.messages());
    view.put("sizeBytes", run.sizeBytes());
    view.put("contents", run.contents());
    view.put("rowBytes", run.rowBytes());
    view.put("contentBytes", run.contentBytes());
    view.put("unread", run.unread());
    view.put("problem", run.problem());
    return view;
  }

  /// Lines of progress, not too many, and one for each problem.
  public static Telling telling(Consumer<Map<String, Object>> lines) {
    return new Telling() {
      private long next = System.nanoTime();

      @Override
      public void progress(long accountsDone, long accountsTotal, long messages) {
        if (System.nanoTime() - next >= 0) {
          next = System.nanoTime() + BETWEEN_LINES.toNanos();
          lines.accept(
              Map.of(
                  "accountsDone",
                  accountsDone,
                  "accountsTotal",
                  accountsTotal,
                  "messages",
                  messages));
        }
      }

      @Override
      public void problem(String account, String what) {
        lines.accept(Map.of("account", account, "problem", what));
      }
    };
  }
}
