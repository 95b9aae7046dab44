package org.posthorn.app.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.admin.AdminClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "queue",
    description = "Mail that is under way: in the chain, to other servers, held or given up on.",
    footer = {"", "Example:  posthorn queue list --state outgoing"})
final class QueueCommand {
  private static final String MAIL = "MAIL";

  @Command(
      name = "list",
      description = "Show mail under way, oldest first, a line for each recipient.",
      footer = {"", "Example:  posthorn queue list --state dead --json"})
  int list(
      @Mixin ClientOptions options,
      @Option(
              names = "--state",
              paramLabel = "STATE",
              description = "Only recipients that are waiting, outgoing, held or dead.")
          @Nullable String state,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "1000",
              description = "At most so many mails. Default: 1000.")
          int limit) {
    JsonNode answer =
        options
            .client()
            .get(
                "/queue?limit="
                    + limit
                    + (state == null ? "" : "&state=" + AdminClient.encode(state)));
    options.show(answer, out -> print(out, answer));
    return ExitCode.OK;
  }

  @Command(
      name = "show",
      description = "Show one mail: where it came from, and where each recipient stands.",
      footer = {"", "Example:  posthorn queue show 01jd2x5h6k"})
  int show(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = MAIL, description = "The mail's id, from the list or the log.")
          String mail) {
    JsonNode answer = options.client().get(AdminClient.path("queue", mail));
    options.show(answer, out -> printOne(out, answer));
    return ExitCode.OK;
  }

  @Command(
      name = "retry",
      description = {
        "Try again now, instead of when the next attempt is due.",
        "Mail that was given up on goes back to the step where it stopped."
      },
      footer = {
        "",
        "Examples:  posthorn queue retry 01jd2x5h6k",
        "           posthorn queue retry --all"
      })
  int retry(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = MAIL, arity = "0..1", description = "The mail's id.")
          @Nullable String mail,
      @Option(names = "--all", description = "All mail under way.") boolean all) {
    return change(options, "retry", mail, all, "will be tried again now");
  }

  @Command(
      name = "hold",
      description = "Do nothing more with a mail until it is released.",
      footer = {"", "Example:  posthorn queue hold 01jd2x5h6k"})
  int hold(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = MAIL, description = "The mail's id.") String mail) {
    return change(options, "hold", mail, false, "held");
  }

  @Command(
      name = "release",
      description = "Go on with a mail that was held.",
      footer = {"", "Example:  posthorn queue release 01jd2x5h6k"})
  int release(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = MAIL, description = "The mail's id.") String mail) {
    return change(options, "release", mail, false, "released");
  }

  @Command(
      name = "drop",
      description = "Throw a mail away. Nobody is told.",
      footer = {"", "Example:  posthorn queue drop 01jd2x5h6k --yes"})
  int drop(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = MAIL, description = "The mail's id.") String mail,
      @Option(names = "--yes", description = "Do it; do not ask.") boolean yes) {
    if (!yes && !Question.agreed("Throw " + mail + " away? Nobody will be told. [y/N] ")) {
      throw new CommandFailed(
          ExitCode.USAGE, "Nothing was dropped. To drop without a question:  --yes");
    }
    return change(options, "drop", mail, false, "dropped");
  }

  private static int change(
      ClientOptions options, String verb, @Nullable String mail, boolean all, String done) {
    if (all == (mail != null)) {
      throw new CommandFailed(ExitCode.USAGE, "Give the id of a MAIL, or --all");
    }
    String path =
        mail == null ? AdminClient.path("queue", verb) : AdminClient.path("queue", mail, verb);
    JsonNode answer = options.client().post(path, Map.of());
    options.done(answer, answer.path("recipients").asString() + " recipients " + done + ".");
    return ExitCode.OK;
  }

  private static void print(Output out, JsonNode mails) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode mail : mails) {
      for (JsonNode recipient : mail.path("recipients")) {
        rows.add(
            List.of(
                mail.path("id").asString(),
                sender(mail),
                recipient.path("address").asString(),
                recipient.path("state").asString(),
                recipient.path("attempts").asString(),
                time(recipient.path("due").asString("")),
                recipient.path("lastText").asString("")));
      }
    }
    if (rows.isEmpty()) {
      out.line("Nothing is under way.");
    } else {
      out.table(List.of(MAIL, "FROM", "TO", "STATE", "TRIES", "NEXT (UTC)", "LAST ANSWER"), rows);
    }
  }

  private static void printOne(Output out, JsonNode mail) {
    out.line(out.bold(mail.path("id").asString()));
    out.line("from      " + sender(mail));
    out.line("received  " + mail.path("received").asString());
    out.line(
        "by        " + mail.path("protocol").asString() + " " + mail.path("remote").asString(""));
    for (JsonNode recipient : mail.path("recipients")) {
      out.line("");
      out.line("to        " + recipient.path("address").asString());
      out.line(
          "state     "
              + recipient.path("state").asString()
              + "  "
              + recipient.path("where").asString(""));
      out.line("tries     " + recipient.path("attempts").asString());
      out.line("next      " + recipient.path("due").asString(""));
      out.line(
          "answer    "
              + recipient.path("lastStatus").asString("")
              + " "
              + recipient.path("lastText").asString(""));
    }
  }

  private static String sender(JsonNode mail) {
    return mail.path("sender").asString("<>");
  }

  /// `2026-11-22T05:10:11.123Z` without what nobody reads.
  private static String time(String instant) {
    return instant.length() < 19 ? instant : instant.substring(5, 19).replace('T', ' ');
  }
}
