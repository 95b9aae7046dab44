package org.posthorn.app.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.config.Units;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "app-password",
    description = "Passwords that are made for single programs of a user.",
    footer = {"", "Example:  posthorn user app-password add ann@example.org --name Phone"})
final class AppPasswordCommand {
  private static final String PATH = "app-passwords";

  @Command(
      name = "add",
      description = {
        "Make an app password and show it: this once, since it is not kept.",
        "It goes with the user's own login."
      },
      footer = {
        "",
        "Examples:  posthorn user app-password add ann@example.org --name Phone",
        "           posthorn user app-password add ann@example.org --scope smtp \\",
        "               --name Printer --expires 90d"
      })
  int add(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "LOGIN", description = "The user.") String login,
      @Option(names = "--name", paramLabel = "NAME", description = "What it is for.")
          @Nullable String name,
      @Option(
              names = "--scope",
              split = ",",
              paramLabel = "SERVICE",
              description = "What it is good for: imap, pop3, smtp; all if nothing is said.")
          @Nullable List<String> scope,
      @Option(
              names = "--expires",
              paramLabel = "TIME",
              description = "After which time it is refused, such as 90d.")
          @Nullable String expires) {
    Map<String, Object> body = new LinkedHashMap<>();
    if (name != null) {
      body.put("name", name);
    }
    if (scope != null) {
      body.put("scope", scope);
    }
    if (expires != null) {
      body.put("expires", Instant.now().plus(duration(expires)).toString());
    }
    JsonNode answer = options.client().post(AdminClient.path("users", login, PATH), body);
    options.show(
        answer,
        out -> {
          out.line("App password " + answer.path("id").asInt() + " of " + login + ":");
          out.line("  " + out.bold(answer.path("password").asString()));
          out.line("It is not shown again.");
        });
    return ExitCode.OK;
  }

  @Command(
      name = "list",
      description = "Show a user's app passwords and when they were used.",
      footer = {"", "Example:  posthorn user app-password list ann@example.org"})
  int list(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "LOGIN", description = "The user.") String login) {
    JsonNode answer = options.client().get(AdminClient.path("users", login, PATH));
    options.show(answer, out -> print(out, login, answer));
    return ExitCode.OK;
  }

  @Command(
      name = "remove",
      description = "Remove an app password: nobody can log in with it any more.",
      footer = {"", "Example:  posthorn user app-password remove ann@example.org 2"})
  int remove(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "LOGIN", description = "The user.") String login,
      @Parameters(paramLabel = "ID", description = "As shown by list.") String id) {
    JsonNode answer = options.client().delete(AdminClient.path("users", login, PATH, id));
    options.done(answer, "App password " + id + " of " + login + " is removed.");
    return ExitCode.OK;
  }

  @Command(
      name = "only",
      description =
          "Refuse a user's own password, so that only app passwords count; or take it again.",
      footer = {
        "",
        "Whoever is in without an app password is put out, as by  posthorn user password.",
        "",
        "Examples:  posthorn user app-password only ann@example.org",
        "           posthorn user app-password only ann@example.org --off"
      })
  int only(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "LOGIN", description = "The user.") String login,
      @Option(names = "--off", description = "The user's own password counts again.") boolean off) {
    JsonNode answer =
        options.client().patch(AdminClient.path("users", login, PATH), Map.of("only", !off));
    options.done(
        answer,
        off
            ? "The password of " + login + " counts again."
            : login + " logs in with app passwords only.");
    return ExitCode.OK;
  }

  private static Duration duration(String text) {
    return Units.duration(text)
        .filter(Duration::isPositive)
        .orElseThrow(() ->
            new CommandFailed(
                ExitCode.USAGE, "\"" + text + "\" is not a time; write for example 90d"));
  }

  private static void print(Output out, String login, JsonNode answer) {
    if (answer.path("only").asBoolean()) {
      out.line("The password of " + login + " itself is refused.");
    }
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode each : answer.path("passwords")) {
      rows.add(
          List.of(
              each.path("id").asString(),
              each.path("name").asString(),
              each.path("scope").values().stream()
                  .map(JsonNode::asString)
                  .collect(Collectors.joining(",")),
              time(each.path("made"), ""),
              time(each.path("expires"), "never"),
              lastUse(each)));
    }
    if (rows.isEmpty()) {
      out.line("No app passwords. Make one:  posthorn user app-password add " + login);
    } else {
      out.table(List.of("ID", "NAME", "SCOPE", "MADE", "EXPIRES", "LAST USE"), rows);
    }
  }

  private static String lastUse(JsonNode each) {
    return each.path("lastUse").isString()
        ? "%s, %s from %s"
            .formatted(
                time(each.path("lastUse"), ""),
                each.path("lastUseBy").asString(),
                each.path("lastUseFrom").asString())
        : "never";
  }

  private static String time(JsonNode time, String otherwise) {
    return time.isString() ? Times.here().show(Instant.parse(time.asString())) : otherwise;
  }
}
