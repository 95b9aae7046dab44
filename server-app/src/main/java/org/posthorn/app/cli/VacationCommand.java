package org.posthorn.app.cli;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
    name = "vacation",
    description = "What is answered to those who write to a user who is away.",
    footer = {
      "",
      "Example:  posthorn user vacation set ann@example.org --until 2027-01-04 \\",
      "              --text \"Back in January.\""
    })
final class VacationCommand {
  private static final String VACATION = "vacation";

  @Command(
      name = "set",
      description = {
        "Answer for a user who is away.",
        "Each sender gets it once in a while; lists, programs, bulk mail and mail that does not name"
            + " the user get nothing. Setting it anew begins anew with everybody."
      },
      footer = {
        "",
        "Examples:  posthorn user vacation set ann@example.org \\",
        "               --text \"I am back on Monday.\"",
        "           posthorn user vacation set ann@example.org --from 2026-12-24 \\",
        "               --until 2027-01-04 --subject \"On holiday\" --text-file away.txt \\",
        "               --html-file away.html"
      })
  int set(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "LOGIN", description = "The user.") String login,
      @Option(
              names = "--from",
              paramLabel = "TIME",
              description = "From when on, such as 2026-12-24 or 2026-12-24T12:00:00Z.")
          @Nullable String from,
      @Option(
              names = "--until",
              paramLabel = "TIME",
              description = "The first moment when the user is back.")
          @Nullable String until,
      @Option(
              names = "--subject",
              paramLabel = "TEXT",
              description = "Without it: Auto, and the subject of the mail.")
          @Nullable String subject,
      @Option(names = "--text", paramLabel = "TEXT", description = "The answer.")
          @Nullable String text,
      @Option(names = "--text-file", paramLabel = "FILE", description = "The answer, in a file.")
          @Nullable Path textFile,
      @Option(names = "--html-file", paramLabel = "FILE", description = "The same as HTML.")
          @Nullable Path htmlFile,
      @Option(
              names = "--every",
              paramLabel = "DAYS",
              description = "How many days apart one sender gets it; 7 if nothing is said.")
          @Nullable Integer every) {
    Map<String, Object> body = new LinkedHashMap<>();
    put(body, "from", from == null ? null : time(from).toString());
    put(body, "until", until == null ? null : time(until).toString());
    put(body, "subject", subject);
    put(body, "html", htmlFile == null ? null : content(htmlFile));
    put(body, "everyDays", every);
    if (until != null && !time(until).isAfter(Instant.now())) {
      throw new CommandFailed(
          ExitCode.USAGE, until + " is over: nobody would be answered. Nothing was changed");
    }
    if (text != null && textFile != null) {
      throw new CommandFailed(ExitCode.USAGE, "Give --text or --text-file, not both");
    }
    if (text == null && textFile == null) {
      throw new CommandFailed(ExitCode.USAGE, "Say what to answer, with --text or --text-file");
    }
    put(body, "text", textFile == null ? text : content(textFile));
    JsonNode answer = options.client().put(AdminClient.path("users", login, VACATION), body);
    options.done(
        answer,
        "Those who write to "
            + login
            + (answer.path("on").asBoolean() ? " are answered" : " will be answered")
            + (answer.path("on").asBoolean() ? "" : when(" from ", answer.path("from")))
            + when(" until ", answer.path("until"))
            + ".");
    return ExitCode.OK;
  }

  private static String when(String word, JsonNode time) {
    return time.isString() ? word + Times.here().show(Instant.parse(time.asString())) : "";
  }

  private static void put(Map<String, Object> body, String name, @Nullable Object value) {
    if (value != null) {
      body.put(name, value);
    }
  }

  private static Instant time(String text) {
    try {
      return text.contains("T")
          ? Instant.parse(text)
          : LocalDate.parse(text).atStartOfDay(ZoneId.systemDefault()).toInstant();
    } catch (DateTimeParseException _) {
      throw new CommandFailed(
          ExitCode.USAGE,
          "\"%s\" is no time; write for example 2026-12-24 or 2026-12-24T12:00:00Z"
              .formatted(text));
    }
  }

  private static String content(Path file) {
    try {
      return Files.readString(file);
    } catch (CharacterCodingException _) {
      throw new CommandFailed(ExitCode.FAILED, "Cannot read " + file + " as UTF-8");
    } catch (IOException e) {
      throw CommandFailed.unread("the text", file, e);
    }
  }

  @Command(
      name = "show",
      description = "Show what is answered.",
      footer = {"", "Example:  posthorn user vacation show ann@example.org"})
  int show(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "LOGIN", description = "The user.") String login) {
    JsonNode answer = options.client().get(AdminClient.path("users", login, VACATION));
    options.show(answer, out -> print(out, answer));
    return ExitCode.OK;
  }

  private static void print(Output out, JsonNode vacation) {
    if (!vacation.path("set").asBoolean()) {
      out.line("Nothing is answered.");
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("on", vacation.path("on").asBoolean() ? "yes" : "no"));
    for (String name : List.of("from", "until", "subject", "everyDays", "text", "html")) {
      if (vacation.hasNonNull(name) && !vacation.path(name).asString().isEmpty()) {
        rows.add(List.of(name, vacation.path(name).asString().strip().replace("\n", " / ")));
      }
    }
    out.table(List.of("ANSWER", ""), rows);
  }

  @Command(
      name = "clear",
      description = "Answer no more.",
      footer = {"", "Example:  posthorn user vacation clear ann@example.org"})
  int clear(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "LOGIN", description = "The user.") String login) {
    options.done(
        options.client().delete(AdminClient.path("users", login, VACATION)),
        "Those who write to " + login + " are not answered any more.");
    return ExitCode.OK;
  }
}
