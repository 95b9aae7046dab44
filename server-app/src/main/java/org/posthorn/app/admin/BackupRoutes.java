package org.posthorn.app.admin;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.posthorn.storage.backup.Backups;
import org.posthorn.storage.backup.Telling;

/// Backups into folders of this machine: made, listed, proved, brought back.
final class BackupRoutes {
  private static final int KEEP_MAX = 100_000;

  private final BackupWork work;

  BackupRoutes(Backups backups, String version) {
    this.work = new BackupWork(backups, version);
  }

  List<Route> routes() {
    return List.of(
        new Route(
                "GET",
                "/backup/runs",
                "The runs in the backup of `?folder=`, oldest first.",
                (request, _) -> AdminAnswer.ok(BackupWork.runs(folder(request))))
            .taking("folder"),
        new Route(
                "GET",
                "/backup/accounts",
                "The accounts in the backup of `?folder=`, as of `?run=` or the last run.",
                (request, _) ->
                    AdminAnswer.ok(BackupWork.accounts(folder(request), request.parameter("run"))))
            .taking("folder", "run"),
        new Route(
                "POST",
                "/backup/create",
                "Save what changed since the last run into `?folder=`, which is made when there is none; with `keep` all but the newest so many runs are removed. Answers with lines of JSON: progress, problems, and a last one with `done`, and in `leftOut` how many mails are in the queue and repositories, which are no part of it.",
                (request, _) -> create(request))
            .taking("folder", "keep"),
        new Route(
                "POST",
                "/backup/verify",
                "Prove a run (`?run=`, or the last) of the backup in `?folder=`: every row, checksum and content. Answers with lines of JSON.",
                (request, _) -> verify(request))
            .taking("folder", "run"),
        new Route(
                "POST",
                "/backup/restore",
                "Bring back the account of `?user=`, or with `all=true` everything, from a run (`?run=`, or the last) of the backup in `?folder=`. `as`: under another login. `replace=true`: in the place of what is there. Answers with lines of JSON.",
                (request, _) -> restore(request))
            .taking("folder", "run", "user", "as")
            .takingFlags("all", "replace"),
        new Route(
                "POST",
                "/backup/prune",
                "Remove all runs but the newest `?keep=` from the backup in `?folder=`.",
                (request, _) -> prune(request))
            .taking("folder", "keep"));
  }

  private AdminAnswer create(AdminRequest request) {
    Path folder = folder(request);
    int keep = request.parameter("keep").map(BackupRoutes::keep).orElse(0);
    return lines((telling, sink) -> work.create(folder, keep, telling, sink));
  }

  private AdminAnswer verify(AdminRequest request) {
    Path folder = folder(request);
    return lines((telling, sink) -> work.verify(folder, request.parameter("run"), telling, sink));
  }

  private AdminAnswer restore(AdminRequest request) {
    var wanted =
        new BackupWork.Wanted(
            folder(request),
            request.parameter("run"),
            request.parameter("user"),
            request.parameter("as").map(Names::address),
            request.flag("replace"));
    boolean all = request.flag("all");
    if (all == wanted.login().isPresent()) {
      throw Declined.badRequest("Say either whose account to restore, or all=true");
    }
    return lines((telling, sink) -> work.restore(wanted, telling, sink));
  }

  private static AdminAnswer prune(AdminRequest request) {
    int keep =
        request
            .parameter("keep")
            .map(BackupRoutes::keep)
            .orElseThrow(() -> Declined.badRequest("Say how many runs to keep: keep=7"));
    return AdminAnswer.ok(BackupWork.prune(folder(request), keep));
  }

  private static int keep(String text) {
    try {
      int keep = Integer.parseInt(text);
      if (keep >= 1 && keep <= KEEP_MAX) {
        return keep;
      }
    } catch (NumberFormatException _) {
      // Declined below.
    }
    throw Declined.badRequest("\"" + text + "\" is no number of runs to keep: 1 or more");
  }

  /// Where the server is has nothing to do with where the administrator is.
  private static Path folder(AdminRequest request) {
    String name =
        request
            .parameter("folder")
            .orElseThrow(() -> Declined.badRequest("Say which folder: folder=/var/backups/mail"));
    try {
      Path folder = Path.of(name);
      if (folder.isAbsolute()) {
        return folder;
      }
    } catch (InvalidPathException _) {
      // Declined below.
    }
    throw Declined.badRequest("Name the folder from the root on, not \"" + name + "\"");
  }

  private interface Work {
    void run(Telling telling, Consumer<Map<String, Object>> lines);
  }

  /// Long and busy: not for the virtual thread of the connection.
  private static AdminAnswer lines(Work work) {
    return new AdminAnswer.Lines(
        sink -> LongWork.run("backup", () -> work.run(BackupWork.telling(sink::line), sink::line)));
  }
}
