package org.posthorn.app.cli;

import java.util.List;
import org.posthorn.app.admin.AdminClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "block",
    description = "Senders whose mail a user, or all of a domain, does not want.",
    footer = {"", "Example:  posthorn user block add ann@example.org noise@example.com"})
final class BlockCommand {
  private static final String WHOSE = "LOGIN|DOMAIN";

  @Command(
      name = "add",
      description = "Block senders: addresses, or @ with a domain for all of it.",
      footer = {
        "",
        "Examples:  posthorn user block add ann@example.org noise@example.com",
        "           posthorn user block add example.org @spam.example"
      })
  int add(
      @Mixin ClientOptions options,
      @Parameters(index = "0", paramLabel = WHOSE, description = "For whom.") String whose,
      @Parameters(index = "1..*", arity = "1..*", paramLabel = "SENDER", description = "Whom.")
          List<String> senders) {
    JsonNode answer = null;
    for (String sender : senders) {
      answer = options.client().put(path(whose, sender), List.of());
    }
    if (answer != null) {
      options.done(answer, "Blocked " + String.join(", ", senders) + " for " + whose + ".");
    }
    return ExitCode.OK;
  }

  @Command(
      name = "remove",
      description = "Block a sender no more.",
      footer = {"", "Example:  posthorn user block remove ann@example.org noise@example.com"})
  int remove(
      @Mixin ClientOptions options,
      @Parameters(index = "0", paramLabel = WHOSE, description = "For whom.") String whose,
      @Parameters(index = "1", paramLabel = "SENDER", description = "Whom.") String sender) {
    options.done(
        options.client().delete(path(whose, sender)),
        sender + " is not blocked for " + whose + " any more.");
    return ExitCode.OK;
  }

  @Command(
      name = "list",
      description = "Show the senders that are blocked.",
      footer = {"", "Example:  posthorn user block list ann@example.org"})
  int list(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = WHOSE, description = "For whom.") String whose) {
    JsonNode answer = options.client().get(AdminClient.path(kind(whose), whose, "blocked"));
    options.show(
        answer,
        out -> {
          answer.path("blocked").forEach(sender -> out.line(sender.asString()));
          if (answer.path("blocked").isEmpty()) {
            out.line("Nobody is blocked.");
          }
        });
    return ExitCode.OK;
  }

  private static String path(String whose, String sender) {
    return AdminClient.path(kind(whose), whose, "blocked", sender);
  }

  private static String kind(String whose) {
    return whose.contains("@") ? "users" : "domains";
  }
}
