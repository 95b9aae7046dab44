package org.posthorn.app.cli;

import java.util.Map;
import org.posthorn.message.Counted;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

@Command(
    name = "index",
    description = "The search index: the words of all emails.",
    footer = {"", "Examples:", "  posthorn index status", "  posthorn index rebuild"})
final class IndexCommand {
  @Command(
      name = "status",
      description = "Show what is in the search index, and what it is still to take in.",
      footer = {"", "Example:  posthorn index status --json"})
  int status(@Mixin ClientOptions options) {
    JsonNode status = options.client().get("/index");
    options.show(status, out -> print(out, status));
    return ExitCode.OK;
  }

  @Command(
      name = "rebuild",
      description = {
        "Throw the search index away and make it again in the background.",
        "Searches find the same in the meantime, but slower."
      },
      footer = {"", "Example:  posthorn index rebuild"})
  int rebuild(@Mixin ClientOptions options) {
    JsonNode status = options.client().post("/index/rebuild", Map.of());
    options.done(status, "The index is made again. How far it is:  posthorn index status");
    return ExitCode.OK;
  }

  private static void print(Output out, JsonNode status) {
    if (!status.path("enabled").asBoolean()) {
      out.line("There is no index (storage.search.enabled): searches read the emails.");
      printAttachments(out, status.path("attachments"));
      return;
    }
    out.line("emails    " + status.path("emails").asString());
    out.line("on disk   " + Output.size(status.path("sizeBytes").asLong()));
    out.line(
        "to do     "
            + (status.path("accountsWaiting").asInt() > 0
                ? Counted.of(status.path("emailsWaiting").asLong(), "email")
                    + " of "
                    + Counted.of(status.path("accountsWaiting").asLong(), "account")
                    + ", for "
                    + status.path("lagSeconds").asString()
                    + " s"
                : status.path("complete").asBoolean() ? "nothing" : "looking at all accounts"));
    printAttachments(out, status.path("attachments"));
  }

  private static void printAttachments(Output out, JsonNode attachments) {
    out.line("attached  " + attachments(attachments));
    attachments
        .path("failures")
        .properties()
        .forEach(failure ->
            out.line("          " + failure.getKey() + ": in " + failure.getValue().asInt()));
  }

  private static String attachments(JsonNode attachments) {
    if (!attachments.path("enabled").asBoolean()) {
      return "not read (storage.search.attachments.enabled)";
    }
    String trouble = attachments.path("trouble").asString("");
    if (!trouble.isEmpty()) {
      return "not read: " + trouble;
    }
    int waiting = attachments.path("accountsWaiting").asInt();
    return "documents of "
        + Counted.of(attachments.path("emails").asLong(), "email")
        + ", "
        + Output.size(attachments.path("sizeBytes").asLong())
        + (waiting > 0
            ? ", " + Counted.of(waiting, "account") + " to do"
            : attachments.path("complete").asBoolean() ? "" : ", looking at all accounts");
  }
}
