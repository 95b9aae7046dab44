package org.posthorn.app.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.Counted;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "tls",
    description = "How well mail is encrypted on its way to other servers and to here.",
    footer = {
      "",
      "Examples:",
      "  posthorn tls reports",
      "  posthorn tls reports example.com",
      "  posthorn tls received"
    })
final class TlsCommand {
  @Command(
      name = "reports",
      description = {
        "Show how connections to other servers were encrypted on a day (UTC): what reports to"
            + " their domains (RFC 8460) are made of."
      },
      footer = {
        "",
        "Examples:",
        "  posthorn tls reports",
        "  posthorn tls reports example.com --day 2026-11-27"
      })
  int reports(
      @Mixin ClientOptions options,
      @Parameters(
              index = "0",
              arity = "0..1",
              paramLabel = "DOMAIN",
              description = "Only this one, with all that went wrong.")
          @Nullable String domain,
      @Option(names = "--day", paramLabel = "DATE", description = "Such as 2026-11-27; today.")
          @Nullable String day) {
    List<String> query = new ArrayList<>();
    if (domain != null) {
      query.add("domain=" + URLEncoder.encode(domain, StandardCharsets.UTF_8));
    }
    if (day != null) {
      query.add("day=" + URLEncoder.encode(day, StandardCharsets.UTF_8));
    }
    String path = "/tls/outcomes" + (query.isEmpty() ? "" : "?" + String.join("&", query));
    JsonNode answer = options.client().get(path);
    options.show(answer, out -> print(out, answer, domain != null));
    return ExitCode.OK;
  }

  @Command(
      name = "received",
      description = {
        "Show how mail that was taken on a day (UTC) came: by port, with which version and cipher"
            + " of TLS, or in clear."
      },
      footer = {"", "Example:  posthorn tls received --day 2026-11-27"})
  int received(
      @Mixin ClientOptions options,
      @Option(names = "--day", paramLabel = "DATE", description = "Such as 2026-11-27; today.")
          @Nullable String day) {
    String query = day == null ? "" : "?day=" + URLEncoder.encode(day, StandardCharsets.UTF_8);
    JsonNode answer = options.client().get("/tls/received" + query);
    options.show(answer, out -> printReceived(out, answer));
    return ExitCode.OK;
  }

  private static void printReceived(Output out, JsonNode answer) {
    JsonNode kinds = answer.path("kinds");
    if (kinds.isEmpty()) {
      out.line("No mail was taken on " + answer.path("day").asString() + " (UTC).");
      return;
    }
    long all = kinds.valueStream().mapToLong(kind -> kind.path("mails").asLong()).sum();
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode kind : kinds) {
      long mails = kind.path("mails").asLong();
      rows.add(
          List.of(
              kind.path("port").asString(),
              kind.path("version").asString("in clear"),
              kind.path("cipher").asString("-"),
              Long.toString(mails),
              Math.round(mails * 100.0 / all) + "%"));
    }
    out.table(List.of("PORT", "TLS", "CIPHER", "MAILS", "SHARE"), rows);
  }

  private static void print(Output out, JsonNode answer, boolean whole) {
    JsonNode results = answer.path("results");
    if (results.isEmpty()) {
      out.line("No connections to other servers on " + answer.path("day").asString() + " (UTC).");
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode result : results) {
      rows.add(
          List.of(
              result.path("domain").asString(),
              policy(result),
              result.path("successfulSessions").asString(),
              result.path("failedSessions").asString(),
              worst(result.path("failures")),
              result.path("report").asString("-")));
    }
    out.table(List.of("DOMAIN", "POLICY", "ENCRYPTED", "FAILED", "WHAT FAILED", "REPORT"), rows);
    if (whole) {
      results.forEach(result -> details(out, result));
    }
  }

  /// The kind, and whose it is if it is another domain's.
  private static String policy(JsonNode result) {
    String kind = result.path("policy").asString();
    String domain = result.path("policyDomain").asString();
    return domain.equals(result.path("domain").asString()) ? kind : kind + " of " + domain;
  }

  /// The kinds of failures and how often.
  private static String worst(JsonNode failures) {
    return failures
        .valueStream()
        .collect(
            Collectors.groupingBy(
                failure -> failure.path("result").asString(),
                Collectors.summingLong(failure -> failure.path("sessions").asLong())))
        .entrySet()
        .stream()
        .sorted((one, other) -> Long.compare(other.getValue(), one.getValue()))
        .map(each -> each.getKey() + " (" + each.getValue() + ")")
        .collect(Collectors.joining(", "));
  }

  private static void details(Output out, JsonNode result) {
    out.line("");
    result.path("policyLines").forEach(line -> out.line("  " + line.asString()));
    for (JsonNode failure : result.path("failures")) {
      out.line(
          "  %s with %s: %s (%s): %s"
              .formatted(
                  Counted.of(failure.path("sessions").asLong(), "session"),
                  failure.path("result").asString(),
                  failure.path("server").asString("-"),
                  failure.path("address").asString("-"),
                  failure.path("reason").asString()));
    }
  }
}
