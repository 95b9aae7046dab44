package org.posthorn.app.cli;

import java.util.ArrayList;
import java.util.List;
import org.posthorn.app.admin.AdminClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "dns",
    description = "What a domain must publish in the DNS, and whether it does.",
    footer = {
      "",
      "Examples:  posthorn dns show example.org",
      "           posthorn dns check example.org"
    })
final class DnsCommand {
  @Command(
      name = "show",
      description = {
        "Print the records that a domain should publish, ready to paste into its zone,"
            + " and the policy file of MTA-STS. Nothing is looked up."
      },
      footer = {"", "Example:  posthorn dns show example.org"})
  int show(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "DOMAIN", description = "A domain of this server.") String domain) {
    JsonNode plan = options.client().get(AdminClient.path("dns", domain));
    options.show(plan, out -> printPlan(out, plan));
    return ExitCode.OK;
  }

  @Command(
      name = "check",
      description = {
        "Look up what a domain publishes, and say of each record whether it is right and what to"
            + " do.",
        "Ends with 0 when nothing is missing or wrong, and with 1 otherwise."
      },
      footer = {
        "",
        "Examples:  posthorn dns check example.org",
        "           posthorn dns check example.org --json"
      })
  int check(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "DOMAIN", description = "A domain of this server.") String domain) {
    JsonNode check = options.client().get(AdminClient.path("dns", domain, "check"));
    options.show(check, out -> printCheck(out, check));
    return check.path("right").asBoolean() ? ExitCode.OK : ExitCode.FAILED;
  }

  private static void printPlan(Output out, JsonNode plan) {
    String before = "";
    for (JsonNode record : plan.path("records")) {
      String why = record.path("why").asString();
      if (!why.equals(before)) {
        out.line("; " + why);
        before = why;
      }
      String name = record.path("name").asString();
      String type = record.path("type").asString();
      String value = record.path("value").asString();
      out.line(
          type.equals("TXT")
              ? ZoneLine.txt(name, value)
              : "%s. IN %s %s".formatted(name, type, value));
    }
    out.line("");
    out.line(
        "; https://mta-sts.%s/.well-known/mta-sts.txt (%s):"
            .formatted(
                plan.path("domain").asString(),
                plan.path("mtaStsServed").asBoolean()
                    ? "this server shows it, as web.mta-sts says"
                    : "mode: enforce when it has worked for a while"));
    plan.path("mtaStsFile").asString().lines().forEach(line -> out.line(";   " + line));
  }

  private static void printCheck(Output out, JsonNode check) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode finding : check.path("findings")) {
      rows.add(
          List.of(
              finding.path("what").asString(),
              finding.path("name").asString(),
              finding.path("state").asString(),
              cut(finding.path("found").asString())));
    }
    out.table(List.of("WHAT", "NAME", "STATE", "FOUND"), rows);
    for (JsonNode finding : check.path("findings")) {
      String todo = finding.path("todo").asString();
      if (!todo.isEmpty()) {
        out.line("");
        out.line(
            "%s, %s: %s"
                .formatted(
                    finding.path("what").asString(), finding.path("state").asString(), todo));
      }
    }
    out.line("");
    out.line(
        check.path("right").asBoolean()
            ? "Nothing is missing or wrong."
            : "Something is missing or wrong: see above.");
  }

  private static String cut(String text) {
    return text.length() <= 60 ? text : text.substring(0, 59) + "…";
  }
}
