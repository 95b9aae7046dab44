package org.posthorn.app.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "dmarc",
    description = "Who sends mail in the name of our domains.",
    footer = {"", "Examples:", "  posthorn dmarc reports example.org"})
final class DmarcCommand {
  private static final String BARS = "▁▂▃▄▅▆▇█";
  private static final int TREND_MAX = 30;

  @Command(
      name = "reports",
      description = {
        "Show what others have reported about mail in the name of a domain, by the address that it"
            + " came from. TREND is what did not pass, day by day up to today. Reports are taken from"
            + " mail"
            + " by the mailet TakeDmarcReports."
      },
      footer = {
        "",
        "Examples:",
        "  posthorn dmarc reports example.org",
        "  posthorn dmarc reports example.org --days 7"
      })
  int reports(
      @Mixin ClientOptions options,
      @Parameters(index = "0", paramLabel = "DOMAIN", description = "One of ours.") String domain,
      @Option(
              names = "--days",
              paramLabel = "N",
              defaultValue = "30",
              description = "Of the last days, at most 90. Default: ${DEFAULT-VALUE}.")
          int days) {
    String path =
        "/dmarc/reports/" + URLEncoder.encode(domain, StandardCharsets.UTF_8) + "?days=" + days;
    JsonNode answer = options.client().get(path);
    options.show(answer, out -> print(out, answer));
    return ExitCode.OK;
  }

  private static void print(Output out, JsonNode answer) {
    JsonNode sources = answer.path("sources");
    if (sources.isEmpty()) {
      out.line("Nobody has reported anything about " + answer.path("domain").asString() + ".");
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode source : sources) {
      JsonNode totals = source.path("totals");
      rows.add(
          List.of(
              source.path("address").asString(),
              totals.path("messages").asString(),
              totals.path("passed").asString(),
              totals.path("dkim").asString(),
              totals.path("spf").asString(),
              totals.path("quarantined").asString(),
              totals.path("rejected").asString(),
              trend(source.path("failedByDay"))));
    }
    out.table(
        List.of(
            "SOURCE",
            "MESSAGES",
            "PASSED",
            "BY DKIM",
            "BY SPF",
            "QUARANTINED",
            "REJECTED",
            "TREND"),
        rows);
  }

  /// A bar for each day, the highest for the most; none for a day without.
  private static String trend(JsonNode byDay) {
    List<Long> days = byDay.valueStream().map(JsonNode::asLong).toList();
    List<Long> shown = days.subList(Math.max(0, days.size() - TREND_MAX), days.size());
    long most = shown.stream().mapToLong(Long::longValue).max().orElse(0);
    StringBuilder bars = new StringBuilder();
    for (long failed : shown) {
      int height = most == 0 ? 0 : (int) ((failed * BARS.length() + most - 1) / most) - 1;
      bars.append(failed == 0 ? '·' : BARS.charAt(height));
    }
    return most == 0 ? "-" : bars.toString();
  }
}
