package org.posthorn.app.cli;

import java.util.ArrayList;
import java.util.HashMap;
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
    name = "dkim",
    description = "The keys by which domains sign their mail.",
    footer = {
      "",
      "Examples:  posthorn dkim create example.org",
      "           posthorn dkim list",
      "           posthorn dkim rotate example.org"
    })
final class DkimCommand {
  @Command(
      name = "create",
      description = {
        "Make keys for a domain, one of RSA and one of Ed25519, and print the DNS records to"
            + " publish.",
        "The server signs with them as soon as it sees the records; it looks every five minutes."
      },
      footer = {
        "",
        "Examples:  posthorn dkim create example.org",
        "           posthorn dkim create example.org --selector mail2026 --algorithm rsa"
      })
  int create(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "DOMAIN", description = "A domain of this server.") String domain,
      @Option(
              names = "--selector",
              paramLabel = "NAME",
              description =
                  "The name of the key in the DNS; with its kind behind it when two are made."
                      + " Default: the kind and the day.")
          @Nullable String selector,
      @Option(
              names = "--algorithm",
              paramLabel = "KIND",
              description = "rsa, ed25519 or both; default: both.")
          @Nullable String algorithm,
      @Option(
              names = "--bits",
              paramLabel = "BITS",
              description = "Of an RSA key: 1024, 2048, 3072 or 4096; default: 2048.")
          @Nullable Integer bits) {
    Map<String, Object> wanted = new HashMap<>();
    if (selector != null) {
      wanted.put("selector", selector);
    }
    if (bits != null) {
      wanted.put("rsaBits", bits);
    }
    if (algorithm != null && !algorithm.equals("both")) {
      wanted.put("algorithms", List.of(algorithm + "-sha256"));
    }
    JsonNode made = options.client().post(AdminClient.path("dkim", domain), wanted);
    options.show(made, out -> printNew(out, domain, made));
    return ExitCode.OK;
  }

  @Command(
      name = "rotate",
      description = {
        "Make new keys beside those that sign, and print their records. When the server sees them"
            + " in the DNS,"
            + " the new keys take over; keep the old records for a week more, until the list says that"
            + " they may go."
      },
      footer = {"", "Example:  posthorn dkim rotate example.org"})
  int rotate(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "DOMAIN", description = "A domain of this server.") String domain) {
    JsonNode made = options.client().post(AdminClient.path("dkim", domain, "rotate"), Map.of());
    options.show(made, out -> printNew(out, domain, made));
    return ExitCode.OK;
  }

  @Command(
      name = "list",
      description = "Show all keys, and what each waits for.",
      footer = {"", "Examples:  posthorn dkim list", "           posthorn dkim list example.org"})
  int list(
      @Mixin ClientOptions options,
      @Parameters(
              index = "0",
              arity = "0..1",
              paramLabel = "DOMAIN",
              description = "Only those of this one.")
          @Nullable String domain) {
    JsonNode keys = options.client().get(ofDomain(domain));
    options.show(keys, out -> printTable(out, keys));
    return ExitCode.OK;
  }

  @Command(
      name = "show",
      description = "Print the DNS records of a domain's keys, ready to paste into its zone.",
      footer = {"", "Example:  posthorn dkim show example.org"})
  int show(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "DOMAIN", description = "A domain of this server.") String domain) {
    JsonNode keys = options.client().get(ofDomain(domain));
    if (keys.isEmpty()) {
      throw new CommandFailed(
          ExitCode.NOT_POSSIBLE,
          domain + " has no keys. Make some with  posthorn dkim create " + domain);
    }
    options.show(keys, out -> printRecords(out, keys));
    return ExitCode.OK;
  }

  @Command(
      name = "look",
      description =
          "Look into the DNS now whether new keys may take over, and old ones be forgotten.",
      footer = {"", "Example:  posthorn dkim look example.org"})
  int look(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "DOMAIN", description = "A domain of this server.") String domain) {
    JsonNode keys = options.client().post(AdminClient.path("dkim", domain, "look"), Map.of());
    options.show(keys, out -> printTable(out, keys));
    return ExitCode.OK;
  }

  @Command(
      name = "delete",
      description = "Forget a key with its secret. One that is in use only with --force.",
      footer = {"", "Example:  posthorn dkim delete example.org r20261127"})
  int delete(
      @Mixin ClientOptions options,
      @Parameters(index = "0", paramLabel = "DOMAIN", description = "A domain of this server.")
          String domain,
      @Parameters(index = "1", paramLabel = "SELECTOR", description = "As in the list.")
          String selector,
      @Option(
              names = "--force",
              description = "Also when mail is signed with it, or such mail is still under way.")
          boolean force) {
    String path = AdminClient.path("dkim", domain, selector) + (force ? "?force=true" : "");
    options.done(
        options.client().delete(path),
        "Forgot %s of %s. Remove its record:  %s._domainkey.%s"
            .formatted(selector, domain, selector, domain));
    return ExitCode.OK;
  }

  private static String ofDomain(@Nullable String domain) {
    return domain == null ? "/dkim" : "/dkim?domain=" + AdminClient.encode(domain);
  }

  private static void printNew(Output out, String domain, JsonNode keys) {
    printRecords(out, keys);
    out.line("");
    out.line(
        "Publish these records. Mail of %s is signed as soon as they are seen:  posthorn dkim look %s"
            .formatted(domain, domain));
  }

  private static void printRecords(Output out, JsonNode keys) {
    for (JsonNode key : keys) {
      out.line(
          "; %s, %s: %s"
              .formatted(
                  key.path("algorithm").asString(),
                  key.path("state").asString(),
                  key.path("next").asString()));
      out.line(ZoneLine.txt(key.path("name").asString(), key.path("record").asString()));
    }
  }

  static void printTable(Output out, JsonNode keys) {
    if (keys.isEmpty()) {
      out.line("There are no keys. Make some with  posthorn dkim create DOMAIN");
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode key : keys) {
      rows.add(
          List.of(
              key.path("domain").asString(),
              key.path("selector").asString(),
              key.path("algorithm").asString(),
              key.path("state").asString(),
              Waits.near(key.path("since").asString(""))));
    }
    out.table(List.of("DOMAIN", "SELECTOR", "ALGORITHM", "STATE", "SINCE"), rows);
    out.line("");
    // Not in the table, which may have to be cut: they say what to do, and by when.
    for (JsonNode key : keys) {
      out.line(
          "%s of %s: %s"
              .formatted(
                  key.path("selector").asString(),
                  key.path("domain").asString(),
                  key.path("next").asString()));
    }
  }
}
