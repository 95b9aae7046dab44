package org.posthorn.app.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.StoppedServer;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.admin.BackupWork;
import org.posthorn.message.Counted;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.backup.BackupException;
import org.posthorn.storage.directory.DirectoryException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "backup",
    description = {
      "Copies of all accounts, domains, users, lists and keys in a folder, for the day when the disk is gone.",
      "Made while the server runs, each time only what changed. Mail in the queue and in repositories is not part of it."
    },
    footer = {"", "Example:  posthorn backup create /var/backups/mail --keep 14"})
final class BackupCommand {
  @Command(
      name = "create",
      description = {
        "Save what changed since the last run into a folder, which is made when there is none.",
        "Works on a running server, and on the data directory of a stopped one."
      },
      footer = {"", "Example:  posthorn backup create /var/backups/mail --keep 14"})
  int create(
      @Mixin ClientOptions options,
      @Mixin ConfigOptions config,
      @Parameters(paramLabel = "FOLDER", description = "Where the backup is.") Path folder,
      @Option(
              names = "--keep",
              paramLabel = "RUNS",
              description = "Then remove all runs but the newest so many.")
          @Nullable Integer keep) {
    var lines = new BackupLines(options);
    if (options.client().serverAnswers()) {
      String path = "/backup/create?" + folder(folder) + (keep == null ? "" : "&keep=" + keep);
      options.client().lines("POST", path, new byte[0], lines::take);
    } else {
      stopped(() ->
          StoppedServer.save(
              options.data(),
              config.source(options.data()),
              work ->
                  work.create(
                      folder.toAbsolutePath(),
                      keep == null ? 0 : keep,
                      BackupWork.telling(lines::take),
                      lines::take)));
    }
    JsonNode run = lines.end().path("run");
    lines.say(
        "Run %s: %s with %s, %s of them and of the domains changed; %s, %s written."
            .formatted(
                run.path("id").asString(),
                Counted.of(run.path("accounts").asLong(), "account"),
                Counted.of(run.path("messages").asLong(), "message"),
                run.path("changed").asString(),
                Counted.of(run.path("contents").asLong(), "content"),
                Output.size(run.path("rowBytes").asLong() + run.path("contentBytes").asLong())));
    long unread = run.path("unread").asLong();
    if (unread > 0) {
      lines.say(
          (unread == 1
                  ? "A message, account or domain could not be read: it is missing, or as it was"
                  : "%,d messages, accounts or domains could not be read: they are missing, or as they were"
                      .formatted(unread))
              + " in the run before.");
    }
    long leftOut = lines.end().path("leftOut").path("mails").asLong();
    if (leftOut > 0) {
      lines.say(
          "Not in it: %s in the queue and in repositories; 'posthorn queue export --repositories --to DIR' writes them to files."
              .formatted(Output.mails(leftOut)));
    }
    return unread == 0 ? ExitCode.OK : ExitCode.FAILED;
  }

  @Command(
      name = "list",
      description = "Show the runs in a folder, or the accounts of one run.",
      footer = {
        "",
        "Examples:  posthorn backup list /var/backups/mail",
        "           posthorn backup list /var/backups/mail --accounts"
      })
  int list(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "FOLDER", description = "Where the backup is.") Path folder,
      @Option(names = "--accounts", description = "Show the accounts of a run.") boolean accounts,
      @Option(
              names = "--run",
              paramLabel = "ID",
              description = "Which run's accounts. Default: the last.")
          @Nullable String run) {
    boolean ofRun = accounts || run != null;
    JsonNode answer =
        options.client().serverAnswers()
            ? options
                .client()
                .get((ofRun ? "/backup/accounts?" : "/backup/runs?") + folder(folder) + run(run))
            : options
                .mapper()
                .valueToTree(
                    refused(() ->
                        ofRun
                            ? BackupWork.accounts(folder, Optional.ofNullable(run))
                            : BackupWork.runs(folder)));
    options.show(
        answer,
        out -> {
          if (ofRun) {
            printAccounts(out, answer);
          } else {
            printRuns(out, answer);
          }
        });
    return ExitCode.OK;
  }

  @Command(
      name = "verify",
      description = {
        "Prove that a backup is whole: restore every account of a run into memory or a scratch folder, compare its checksum with what it was on the server, and read every message.",
        "Needs no running server."
      },
      footer = {"", "Example:  posthorn backup verify /var/backups/mail"})
  int verify(
      @Mixin ClientOptions options,
      @Mixin ConfigOptions config,
      @Parameters(paramLabel = "FOLDER", description = "Where the backup is.") Path folder,
      @Option(names = "--run", paramLabel = "ID", description = "Which run. Default: the last.")
          @Nullable String run) {
    var lines = new BackupLines(options);
    if (options.client().serverAnswers()) {
      options
          .client()
          .lines("POST", "/backup/verify?" + folder(folder) + run(run), new byte[0], lines::take);
    } else {
      Consumer<BackupWork> verify =
          work ->
              work.verify(
                  folder.toAbsolutePath(),
                  Optional.ofNullable(run),
                  BackupWork.telling(lines::take),
                  lines::take);
      stopped(() -> inNoServer(config, options, verify));
    }
    JsonNode checked = lines.end().path("checked");
    lines.say(
        "Run %s: %s, %s, %s (%s) read: %s"
            .formatted(
                checked.path("run").asString(),
                Counted.of(checked.path("accounts").asLong(), "account"),
                Counted.of(checked.path("messages").asLong(), "message"),
                Counted.of(checked.path("contents").asLong(), "content"),
                Output.size(checked.path("bytes").asLong()),
                checked.path("problems").asLong() == 0
                    ? "all is well"
                    : Counted.of(checked.path("problems").asLong(), "problem")));
    return checked.path("problems").asLong() == 0 ? ExitCode.OK : ExitCode.FAILED;
  }

  @Command(
      name = "restore",
      description = {
        "Bring back one account or all of them, with users, passwords, answers and blocks, and domains that are not there.",
        "With --all also aliases, groups, mailing lists, keys that mail is signed with, and what plugins keep.",
        "Works on a running server, and on a data directory that no server uses: a new one too.",
        "An account that is there stays as it is without --replace. Mail programs read a restored account anew."
      },
      footer = {
        "",
        "Examples:  posthorn backup restore /var/backups/mail ann@example.org \\",
        "               --as ann-old@example.org",
        "           posthorn backup restore /var/backups/mail ann@example.org --replace",
        "           posthorn backup restore /var/backups/mail --all \\",
        "               --data /var/lib/posthorn"
      })
  int restore(
      @Mixin ClientOptions options,
      @Mixin ConfigOptions config,
      @Parameters(index = "0", paramLabel = "FOLDER", description = "Where the backup is.")
          Path folder,
      @Parameters(index = "1", arity = "0..1", paramLabel = "LOGIN", description = "Whose account.")
          @Nullable String login,
      @Option(names = "--all", description = "All accounts.") boolean all,
      @Option(names = "--run", paramLabel = "ID", description = "Which run. Default: the last.")
          @Nullable String run,
      @Option(
              names = "--as",
              paramLabel = "LOGIN",
              description = "Under another login, which is made when it is not there.")
          @Nullable String as,
      @Option(
              names = "--replace",
              description = "In the place of what is there, which is deleted then.")
          boolean replace) {
    if (all == (login != null) || (all && as != null)) {
      throw new CommandFailed(ExitCode.USAGE, "Say either whose account, or --all");
    }
    var lines = new BackupLines(options);
    if (options.client().serverAnswers()) {
      String path =
          "/backup/restore?"
              + folder(folder)
              + run(run)
              + (login == null ? "&all=true" : "&user=" + AdminClient.encode(login))
              + (as == null ? "" : "&as=" + AdminClient.encode(as))
              + "&replace="
              + replace;
      options.client().lines("POST", path, new byte[0], lines::take);
    } else {
      var wanted =
          new BackupWork.Wanted(
              folder.toAbsolutePath(),
              Optional.ofNullable(run),
              Optional.ofNullable(login),
              Optional.ofNullable(as).map(BackupCommand::address),
              replace);
      stopped(() ->
          StoppedServer.restore(
              options.data(),
              config.source(options.data()),
              work -> work.restore(wanted, BackupWork.telling(lines::take), lines::take)));
    }
    JsonNode restored = lines.end().path("restored");
    lines.say(
        "Restored %s with %s%s%s."
            .formatted(
                Counted.of(restored.path("restored").asLong(), "account"),
                Counted.of(restored.path("messages").asLong(), "message"),
                counted(restored, "there", "; there already and left as before: %s"),
                counted(restored, "failed", "; %s could not be restored")));
    if (all) {
      lines.say(
          "Mail in the queue and in repositories is in no backup; what 'posthorn queue export' has written comes back with 'posthorn queue import DIR --hold'.");
    }
    return restored.path("failed").asLong() + restored.path("lost").asLong() == 0
        ? ExitCode.OK
        : ExitCode.FAILED;
  }

  @Command(
      name = "prune",
      description = "Remove old runs, and what only they needed.",
      footer = {"", "Example:  posthorn backup prune /var/backups/mail --keep 14"})
  int prune(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "FOLDER", description = "Where the backup is.") Path folder,
      @Option(
              names = "--keep",
              required = true,
              paramLabel = "RUNS",
              description = "How many of the newest runs stay.")
          int keep) {
    if (keep < 1) {
      throw new CommandFailed(ExitCode.USAGE, "Keep at least one run");
    }
    JsonNode answer =
        options.client().serverAnswers()
            ? options.client().post("/backup/prune?" + folder(folder) + "&keep=" + keep, Map.of())
            : options.mapper().valueToTree(refused(() -> BackupWork.prune(folder, keep)));
    options.done(
        answer,
        "%s left; %s are free now."
            .formatted(
                Counted.of(answer.path("runs").asLong(), "run"),
                Output.size(answer.path("freedBytes").asLong())));
    return ExitCode.OK;
  }

  private static void printRuns(Output out, JsonNode runs) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode run : runs) {
      String problem = run.path("problem").asString("");
      rows.add(
          List.of(
              run.path("id").asString(),
              problem.isEmpty() ? run.path("first").asBoolean() ? "whole" : "increment" : problem,
              run.path("accounts").asString(),
              run.path("messages").asString(),
              Output.size(run.path("sizeBytes").asLong()),
              run.path("changed").asString(),
              Output.size(run.path("rowBytes").asLong() + run.path("contentBytes").asLong()),
              run.path("unread").asString()));
    }
    out.table(
        List.of("RUN", "KIND", "ACCOUNTS", "MESSAGES", "MAIL", "CHANGED", "WRITTEN", "UNREAD"),
        rows);
  }

  private static void printAccounts(Output out, JsonNode accounts) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode account : accounts) {
      int sections = account.path("sections").asInt();
      rows.add(
          List.of(
              account.path("owner").asString(""),
              account.path("messages").asString(),
              Output.size(account.path("sizeBytes").asLong()),
              account.path("version").asString(),
              sections == 1 ? "whole" : "whole + " + (sections - 1),
              account.path("account").asString()));
    }
    out.table(List.of("LOGIN", "MESSAGES", "MAIL", "VERSION", "ROWS", "ACCOUNT"), rows);
  }

  private static String counted(JsonNode restored, String field, String sentence) {
    long count = restored.path(field).asLong();
    return count == 0 ? "" : sentence.formatted(count);
  }

  private static MailAddress address(String text) {
    return MailAddress.parse(text)
        .orElseThrow(() -> new CommandFailed(ExitCode.USAGE, "\"" + text + "\" is not an address"));
  }

  /// The server need not be where the command is.
  private static String folder(Path folder) {
    return "folder=" + AdminClient.encode(folder.toAbsolutePath().normalize().toString());
  }

  private static String run(@Nullable String run) {
    return run == null ? "" : "&run=" + AdminClient.encode(run);
  }

  /// Work on files of this machine.
  private interface Work {
    void run() throws IOException;
  }

  private static void stopped(Work work) {
    refused(() -> {
      try {
        work.run();
      } catch (IOException e) {
        throw CommandFailed.stopped(e);
      }
      return true;
    });
  }

  private static <R> R refused(Supplier<R> work) {
    try {
      return work.get();
    } catch (RuntimeException e) {
      // No catch of a storage's exception: the verifier would load it, and commands that only ask a
      // server have no storage on their class path.
      if (e instanceof BackupException.NotFound
          || e instanceof BackupException.InTheWay
          || e instanceof DirectoryException) {
        throw new CommandFailed(ExitCode.NOT_POSSIBLE, String.valueOf(e.getMessage()));
      }
      if (e instanceof BackupException) {
        throw new CommandFailed(ExitCode.FAILED, String.valueOf(e.getMessage()));
      }
      throw e;
    }
  }

  /// Nothing of a server's own is needed but a place for what is restored for a moment.
  private static void inNoServer(
      ConfigOptions config, ClientOptions options, Consumer<BackupWork> work) throws IOException {
    Path place = Files.createTempDirectory("posthorn-verify");
    try {
      StoppedServer.restore(place, config.source(options.data()), work);
    } finally {
      try (var files = Files.walk(place)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
