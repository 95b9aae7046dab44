package org.posthorn.app.cli;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.FileTrouble;
import org.posthorn.app.transfer.intake.Intake;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Receiver;
import org.posthorn.message.Counted;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// What every import takes, and how it runs.
final class ImportOptions {
  @Option(
      names = "--user",
      paramLabel = "LOGIN",
      required = true,
      description = "The user whose mail it becomes.")
  private String login = "";

  @Option(
      names = "--into",
      paramLabel = "MAILBOX",
      description = "Put all below this mailbox, and what is an inbox there into it.")
  private @Nullable String into;

  @Option(
      names = "--exclude",
      paramLabel = "PATTERN",
      description = {
        "Leave mailboxes out whose name there fits, such as \"Trash\" or \"Lists/*\".",
        "May be given several times."
      })
  private List<String> excluded = List.of();

  @Option(
      names = "--dry-run",
      description = "Read all of it and say what would be done; change nothing.")
  private boolean dryRun;

  @Option(
      names = "--again",
      description = "Take messages too that were imported before, so that they are there twice.")
  private boolean again;

  /// Imports from somewhere to a receiver.
  interface Work {
    void run(Receiver receiver, Intake.Choice choice, TransferReport report) throws IOException;
  }

  String login() {
    return login;
  }

  Optional<String> into() {
    return Optional.ofNullable(into);
  }

  int run(ClientOptions options, Oddities oddities, Work work) {
    var report = new TransferReport(options, oddities);
    List<PathMatcher> patterns = excluded.stream().map(ImportOptions::pattern).toList();
    var choice =
        new Intake.Choice(
            into(), name -> isExcluded(patterns, name), again ? Instant.now().toString() : "");
    try (var upload = new Upload(options, login, report::take)) {
      if (dryRun) {
        var trial = new TrialUpload(upload, oddities);
        work.run(trial, choice, report);
        return endTrial(trial, report);
      }
      work.run(upload, choice, report);
      return end(upload.end(), report);
    } catch (IOException e) {
      throw new CommandFailed(ExitCode.FAILED, FileTrouble.unread(e));
    }
  }

  private static PathMatcher pattern(String text) {
    try {
      return FileSystems.getDefault().getPathMatcher("glob:" + text);
    } catch (PatternSyntaxException e) {
      throw new CommandFailed(
          ExitCode.USAGE,
          "--exclude \"%s\" is no pattern (%s): write for example \"Trash\" or \"Lists/*\", and \\[ for a bracket"
              .formatted(text, e.getDescription()));
    }
  }

  private static boolean isExcluded(List<PathMatcher> patterns, String name) {
    return patterns.stream().anyMatch(pattern -> pattern.matches(Path.of(name.replace('\0', '_'))));
  }

  private static int endTrial(TrialUpload trial, TransferReport report) {
    Map<String, Object> counts = new LinkedHashMap<>();
    counts.put("wouldImport", trial.messages());
    counts.put("wouldFlag", trial.flagged());
    counts.put("wouldRemove", trial.removed());
    counts.put("known", report.knownBefore());
    counts.put("bytes", trial.bytes());
    var text = new StringBuilder();
    text.append(Counted.of(trial.messages(), "message") + " would be imported");
    text.append(
        ", %,d %s there already"
            .formatted(report.knownBefore(), report.knownBefore() == 1 ? "is" : "are"));
    text.append(
        trial.flagged() == 0 ? "" : ", flags of %,d would change".formatted(trial.flagged()));
    text.append(trial.removed() == 0 ? "" : ", %,d would be removed".formatted(trial.removed()));
    text.append(": ").append(Output.size(trial.bytes()));
    return report.end(counts, text.toString());
  }

  private static int end(JsonNode result, TransferReport report) {
    long known = result.path("known").asLong() + report.knownBefore();
    Map<String, Object> counts = new LinkedHashMap<>();
    for (String name : List.of("imported", "flagged", "removed", "bytes")) {
      counts.put(name, result.path(name).asLong());
    }
    counts.put("known", known);
    var text = new StringBuilder();
    text.append(Counted.of(result.path("imported").asLong(), "message") + " imported");
    text.append(
        known == 0 ? "" : ", %,d %s there already".formatted(known, known == 1 ? "was" : "were"));
    long flagged = result.path("flagged").asLong();
    text.append(flagged == 0 ? "" : ", flags of %,d changed".formatted(flagged));
    long removed = result.path("removed").asLong();
    text.append(removed == 0 ? "" : ", %,d removed".formatted(removed));
    text.append(": ").append(Output.size(result.path("bytes").asLong()));
    return report.end(counts, text.toString());
  }
}
