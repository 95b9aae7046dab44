package org.posthorn.app.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.admin.AdminClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "alias",
    description = "Addresses that lead to other addresses.",
    footer = {"", "Example:  posthorn alias add info@example.org ann@example.org bob@example.org"})
final class AliasCommand {
  @Command(
      name = "add",
      description =
          "Lead an address to one or more others, here or elsewhere. Replaces the alias if it is there.",
      footer = {"", "Example:  posthorn alias add info@example.org ann@example.org"})
  int add(
      @Mixin ClientOptions options,
      @Parameters(index = "0", paramLabel = "ALIAS", description = "The address to lead on.")
          String alias,
      @Parameters(
              index = "1..*",
              arity = "1..*",
              paramLabel = "TARGET",
              description = "Where its mail goes.")
          List<String> targets) {
    JsonNode answer =
        options.client().put(AdminClient.path("aliases", alias), Map.of("targets", targets));
    String nobody =
        answer
            .path("leadNowhere")
            .valueStream()
            .map(place -> place.path("address").asString())
            .collect(Collectors.joining(", "));
    options.done(
        answer,
        "Mail for "
            + alias
            + " goes to "
            + String.join(", ", targets)
            + "."
            + (nobody.isEmpty() ? "" : "\nBut nobody has " + nobody + " here."));
    return ExitCode.OK;
  }

  @Command(
      name = "remove",
      description = "Remove an alias.",
      footer = {"", "Example:  posthorn alias remove info@example.org"})
  int remove(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "ALIAS", description = "The alias.") String alias) {
    JsonNode answer = options.client().delete(AdminClient.path("aliases", alias));
    options.done(answer, "Removed " + alias + "." + DeadEnds.behind(answer));
    return ExitCode.OK;
  }

  @Command(
      name = "check",
      description = {
        "Name what leads to addresses of your domains that nobody has: aliases, catch-alls,"
            + " moderators, archives and members of lists, smtp.postmaster.",
        "Fails when there is something."
      },
      footer = {"", "Example:  posthorn alias check"})
  int check(@Mixin ClientOptions options) {
    JsonNode places = options.client().get("/dead-ends");
    options.show(
        places,
        out -> {
          if (places.isEmpty()) {
            out.line("Every address of yours that something leads to is somebody's.");
          } else {
            out.line("Nobody has these addresses:");
            places.forEach(place -> out.line(DeadEnds.line(place)));
          }
        });
    return places.isEmpty() ? ExitCode.OK : ExitCode.FAILED;
  }

  @Command(
      name = "list",
      description = "Show the aliases of all domains or of one.",
      footer = {"", "Example:  posthorn alias list example.org"})
  int list(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "DOMAIN", arity = "0..1", description = "Only this domain's.")
          @Nullable String domain) {
    JsonNode answer =
        options
            .client()
            .get("/aliases" + (domain == null ? "" : "?domain=" + AdminClient.encode(domain)));
    options.show(answer, out -> print(out, answer));
    return ExitCode.OK;
  }

  private static void print(Output out, JsonNode aliases) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode alias : aliases) {
      rows.add(
          List.of(
              alias.path("alias").asString(),
              String.join(
                  ", ", alias.path("targets").valueStream().map(JsonNode::asString).toList())));
    }
    if (rows.isEmpty()) {
      out.line("No aliases.");
    } else {
      out.table(List.of("ALIAS", "TARGETS"), rows);
    }
  }
}
