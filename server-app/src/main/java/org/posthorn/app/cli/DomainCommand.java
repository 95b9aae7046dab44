package org.posthorn.app.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.message.Counted;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "domain",
    description = "The domains that mail is taken for.",
    footer = {"", "Example:  posthorn domain add example.org"})
final class DomainCommand {
  private static final String AS_CONFIGURED = "as configured";

  @Command(
      name = "add",
      description = "Take mail for a domain from now on.",
      footer = {"", "Example:  posthorn domain add example.org"})
  int add(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "DOMAIN", description = "Such as example.org.") String domain) {
    JsonNode answer = options.client().post("/domains", Map.of("domain", domain));
    options.done(
        answer,
        "Added %s. Next:  posthorn user add NAME@%s"
            .formatted(answer.path("domain").asString(), answer.path("domain").asString()));
    return ExitCode.OK;
  }

  @Command(
      name = "remove",
      description = {
        "Take no more mail for a domain, and forget its aliases, groups and lists.",
        "Refused while it has users, lists or aliases that lead elsewhere, unless they are to go"
            + " too."
      },
      footer = {
        "",
        "Examples:  posthorn domain remove example.org",
        "           posthorn domain remove example.org --force --yes"
      })
  int remove(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "DOMAIN", description = "A domain or an alias of one.")
          String domain,
      @Option(
              names = "--force",
              description =
                  "Remove its users too, with all their mail, its lists, and aliases that lead"
                      + " elsewhere, for good.")
          boolean force,
      @Option(names = "--yes", description = "With --force: do it; do not ask.") boolean yes) {
    String path = AdminClient.path("domains", domain);
    if (!force) {
      options.done(options.client().delete(path), "Removed " + domain + ".");
      return ExitCode.OK;
    }
    String all = allOf(options.client(), domain);
    if (!yes && !Question.agreed("Remove " + all + " and all their mail, for good? [y/N] ")) {
      throw new CommandFailed(
          ExitCode.USAGE,
          "Nothing was removed. To remove %s and all their mail without a question:  --yes"
              .formatted(all));
    }
    options.done(
        options.client().delete(path + "?force=true"), "Removed " + all + " and their mail.");
    return ExitCode.OK;
  }

  /// A domain with what it takes along, in words.
  private static String allOf(AdminClient client, String domain) {
    String only = "?domain=" + AdminClient.encode(domain);
    String all =
        "%s, its %s".formatted(domain, Counted.of(client.get("/users" + only).size(), "user"));
    int lists = client.get("/lists" + only).size();
    if (lists > 0) {
      all += ", its " + Counted.of(lists, "list");
    }
    long leadingOut =
        client
            .get("/aliases" + only)
            .valueStream()
            .filter(alias -> alias.path("leadsElsewhere").asBoolean())
            .count();
    if (leadingOut > 0) {
      all +=
          ", its %s that %s elsewhere"
              .formatted(Counted.of(leadingOut, "alias"), leadingOut == 1 ? "leads" : "lead");
    }
    return all;
  }

  @Command(
      name = "list",
      description = "Show all domains.",
      footer = {"", "Example:  posthorn domain list --json"})
  int list(@Mixin ClientOptions options) {
    JsonNode answer = options.client().get("/domains");
    options.show(answer, out -> printAll(out, answer));
    return ExitCode.OK;
  }

  @Command(
      name = "set",
      description = {
        "Change what the users of a domain may keep, unless something else is said for a user,"
            + " and how addresses are read."
      },
      footer = {
        "",
        "Examples:  posthorn domain set example.org --quota 5GB --quota-messages 100000",
        "           posthorn domain set example.org --quota default --separator -",
        "           posthorn domain set example.org --history 90d --trash 30d --junk 14d"
      })
  int set(
      @Mixin ClientOptions options,
      @Mixin AllowanceOptions allowance,
      @Parameters(paramLabel = "DOMAIN", description = "The domain.") String domain,
      @Option(
              names = "--separator",
              paramLabel = "CHAR",
              description = "What stands between a name and its detail (ann+lists); none: nothing.")
          @Nullable String separator,
      @Option(
              names = "--history",
              paramLabel = "DAYS",
              description =
                  "How long what was changed and deleted can be had back, such as 90d; default: as configured.")
          @Nullable String history,
      @Option(
              names = "--trash",
              paramLabel = "DAYS",
              description =
                  "When messages leave Trash, such as 30d; none: never; default: as configured.")
          @Nullable String trash,
      @Option(
              names = "--junk",
              paramLabel = "DAYS",
              description =
                  "When messages leave Junk, such as 14d; none: never; default: as configured.")
          @Nullable String junk) {
    Map<String, Object> changes = new LinkedHashMap<>();
    allowance.into(changes);
    if (separator != null) {
      changes.put("separator", separator.equals("none") ? "" : separator);
    }
    Days.historyInto(changes, history);
    Days.into(changes, "trashDays", trash);
    Days.into(changes, "junkDays", junk);
    if (changes.isEmpty()) {
      throw new CommandFailed(
          ExitCode.USAGE,
          "Say what to change: --quota, --quota-messages, --separator, --history, --trash or --junk");
    }
    JsonNode answer = options.client().patch(AdminClient.path("domains", domain), changes);
    options.done(answer, domain + " is changed; to see it:  posthorn domain show " + domain);
    return ExitCode.OK;
  }

  @Command(
      name = "show",
      description = "Show one domain: its other names, and what counts for its users.",
      footer = {"", "Example:  posthorn domain show example.org"})
  int show(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "DOMAIN", description = "The domain.") String domain) {
    JsonNode answer = options.client().get(AdminClient.path("domains", domain));
    options.show(answer, out -> print(out, answer));
    return ExitCode.OK;
  }

  @Command(
      name = "alias",
      description = {
        "Make one domain a second name of another: mail for ann@ALIAS goes to ann@DOMAIN.",
        "A domain that has users, aliases, lists or a catch-all keeps them, and what is nobody's there"
            + " becomes mail for the other: so it is only taken with --force.",
        "With --none it is a domain of its own again, with all that it has; one that has nothing goes"
            + " with  posthorn domain remove."
      },
      footer = {
        "",
        "Examples:  posthorn domain alias example.net example.org",
        "           posthorn domain alias example.net --none"
      })
  int alias(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "ALIAS", description = "The second name.") String alias,
      @Parameters(
              paramLabel = "DOMAIN",
              arity = "0..1",
              description = "The domain that is there already.")
          @Nullable String domain,
      @Option(names = "--none", description = "Let it be a domain of its own again.") boolean none,
      @Option(names = "--force", description = "Also a domain that has something of its own.")
          boolean force) {
    if (none == (domain != null)) {
      throw new CommandFailed(ExitCode.USAGE, "Give a DOMAIN, or --none");
    }
    if (domain == null) {
      JsonNode own = options.client().delete(AdminClient.path("domains", alias, "alias-of"));
      options.done(own, ofItsOwn(own));
      return ExitCode.OK;
    }
    JsonNode answer =
        options
            .client()
            .put(
                AdminClient.path("domains", domain, "aliases", alias)
                    + (force ? "?force=true" : ""),
                Map.of());
    options.done(answer, "Mail for " + alias + " is now taken as mail for " + domain + ".");
    return ExitCode.OK;
  }

  private static String ofItsOwn(JsonNode domain) {
    String name = domain.path("domain").asString();
    long users = domain.path("users").asLong();
    return name
        + " is a domain of its own, with "
        + Counted.of(users, "user")
        + "."
        + (users == 0 ? " To take no mail for it:  posthorn domain remove " + name : "");
  }

  @Command(
      name = "catch-all",
      description = "Deliver mail for unknown users of a domain to an address, or refuse it again.",
      footer = {
        "",
        "Examples:  posthorn domain catch-all example.org ann@example.org",
        "           posthorn domain catch-all example.org --none"
      })
  int catchAll(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "DOMAIN", description = "The domain.") String domain,
      @Parameters(paramLabel = "ADDRESS", arity = "0..1", description = "Who gets the mail.")
          @Nullable String address,
      @Option(names = "--none", description = "Refuse mail for unknown users (the default).")
          boolean none) {
    if (none == (address != null)) {
      throw new CommandFailed(ExitCode.USAGE, "Give an ADDRESS, or --none");
    }
    String path = AdminClient.path("domains", domain, "catch-all");
    JsonNode answer =
        address == null
            ? options.client().delete(path)
            : options.client().put(path, Map.of("address", address));
    options.done(
        answer,
        address == null
            ? "Mail for unknown users of " + domain + " is refused."
            : "Mail for unknown users of " + domain + " goes to " + address + ".");
    return ExitCode.OK;
  }

  private static void print(Output out, JsonNode domain) {
    String catchAll = domain.path("catchAll").asString("");
    String separator = domain.path("separator").asString("");
    String quota = AllowanceOptions.quota(domain);
    String messages = AllowanceOptions.messages(domain);
    out.table(
        List.of("SETTING", domain.path("domain").asString()),
        List.of(
            List.of("users", domain.path("users").asString()),
            List.of("aliases", aliases(domain)),
            List.of("alias of", domain.path("aliasOf").asString("")),
            List.of("catch-all", catchAll.isEmpty() ? "none" : catchAll),
            List.of("separator", separator.isEmpty() ? "none" : separator),
            List.of("quota", quota.isEmpty() ? AS_CONFIGURED : quota),
            List.of("messages", messages.isEmpty() ? AS_CONFIGURED : messages),
            List.of("history", days(domain.path("historyDays"))),
            List.of("trash", days(domain.path("trashDays"))),
            List.of("junk", days(domain.path("junkDays")))));
  }

  private static String days(JsonNode days) {
    if (!days.isNumber()) {
      return AS_CONFIGURED;
    }
    return days.asLong() == 0 ? "for ever" : Counted.of(days.asLong(), "day");
  }

  private static String aliases(JsonNode domain) {
    return String.join(" ", domain.path("aliases").valueStream().map(JsonNode::asString).toList());
  }

  private static void printAll(Output out, JsonNode domains) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode domain : domains) {
      rows.add(
          List.of(
              domain.path("domain").asString(),
              domain.path("users").asString(),
              aliases(domain),
              domain.path("aliasOf").asString(""),
              domain.path("catchAll").asString(""),
              AllowanceOptions.quota(domain),
              AllowanceOptions.messages(domain)));
    }
    if (rows.isEmpty()) {
      out.line("No domains yet. Add one:  posthorn domain add example.org");
    } else {
      out.table(
          List.of("DOMAIN", "USERS", "ALIASES", "ALIAS OF", "CATCH-ALL", "QUOTA", "MESSAGES"),
          rows);
    }
  }
}
