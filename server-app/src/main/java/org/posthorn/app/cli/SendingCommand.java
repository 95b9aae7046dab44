package org.posthorn.app.cli;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.posthorn.app.admin.AdminClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "sending",
    description = {
      "How much users send to other servers. Who sends more than smtp.sending allows is told to"
          + " come again later, and the postmaster gets a note: perhaps a password was stolen."
    },
    footer = {"", "Example:  posthorn user sending list"})
final class SendingCommand {
  @Command(
      name = "list",
      description =
          "Show who has sent how much in the hour and the day that run, and who is stopped.",
      footer = {"", "Example:  posthorn user sending list"})
  int list(@Mixin ClientOptions options) {
    JsonNode answer = options.client().get("/sending");
    options.show(answer, out -> print(out, answer));
    return ExitCode.OK;
  }

  @Command(
      name = "release",
      description = "Forget what a user has sent: one who was stopped may go on.",
      footer = {"", "Example:  posthorn user sending release ann@example.org"})
  int release(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "LOGIN", description = "The user.") String login) {
    JsonNode answer = options.client().delete(AdminClient.path("sending", login));
    options.done(
        answer,
        answer.path("hadSent").asBoolean()
            ? login + " may send again."
            : login + " has sent nothing of late, and was not stopped.");
    return ExitCode.OK;
  }

  private static void print(Output out, JsonNode answer) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode each : answer) {
      rows.add(
          List.of(
              each.path("login").asString(),
              each.path("lastHour").asString(),
              each.path("lastDay").asString(),
              each.path("failed").asString(),
              each.path("heldUntil").isString()
                  ? Times.here().show(Instant.parse(each.path("heldUntil").asString()))
                  : ""));
    }
    if (rows.isEmpty()) {
      out.line("Nobody has sent anything to other servers in the last day.");
    } else {
      out.table(List.of("LOGIN", "LAST HOUR", "LAST DAY", "FAILED", "STOPPED UNTIL"), rows);
    }
  }
}
