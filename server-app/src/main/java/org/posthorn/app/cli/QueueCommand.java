package org.posthorn.app.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.admin.AdminClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "queue",
    description = "Mail that is under way: in the chain, to other servers, held or given up on.",
    footer = {
      "",
      "Examples:  posthorn queue destinations",
      "           posthorn queue list --destination example.org",
      "           posthorn queue reroute --destination example.org \\",
      "               --via backup.example.net",
      "Orders take a mail's id or the same options as the list, flush a DESTINATION;",
      "--dry-run counts first."
    })
final class QueueCommand {
  private static final String MAIL = "MAIL";
  private static final String YES = "Do it; do not ask.";

  @Command(
      name = "list",
      description = "Show mail under way, oldest first, a line for each recipient.",
      footer = {
        "",
        "Examples:  posthorn queue list --state dead --json",
        "           posthorn queue list --answer greylist --older-than 2h"
      })
  int list(
      @Mixin ClientOptions options,
      @Mixin QueueChoice choice,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "1000",
              description = "At most so many mails. Default: 1000.")
          int limit) {
    choice.requireKnownBy(options);
    JsonNode answer = new QueuePages(options, choice.parts()).first(limit);
    options.show(answer, out -> QueueLines.table(out, answer, choice.isEverything()));
    return ExitCode.OK;
  }

  @Command(
      name = "destinations",
      description = {
        "Show where mail is on its way to: how many recipients wait, what was said last.",
        "With a NAME: that one whole, with what the answer means and what to do."
      },
      footer = {
        "",
        "Examples:  posthorn queue destinations",
        "           posthorn queue destinations example.org"
      })
  int destinations(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "NAME", arity = "0..1", description = "A domain or host:port.")
          @Nullable String name,
      @Option(names = "--limit", paramLabel = "N", description = "So many at most. Default: 1000.")
          @Nullable Integer limit) {
    if (name == null) {
      JsonNode answer =
          options.client().get("/queue/destinations" + (limit == null ? "" : "?limit=" + limit));
      options.show(answer, out -> DestinationLines.table(out, answer));
      return ExitCode.OK;
    }
    if (limit != null) {
      throw new CommandFailed(
          ExitCode.USAGE, "--limit is for all destinations: leave it out, or the NAME");
    }
    for (JsonNode destination :
        options
            .client()
            .get("/queue/destinations?name=" + AdminClient.encode(name))
            .path("destinations")) {
      options.show(destination, out -> DestinationLines.one(out, destination));
      return ExitCode.OK;
    }
    throw new CommandFailed(
        ExitCode.NOT_POSSIBLE,
        "No destination that mail waits for is called %s. Mail for a domain may go by another server: see  posthorn queue list --destination %s  or all  posthorn queue destinations"
            .formatted(name, name));
  }

  @Command(
      name = "senders",
      description = {
        "Show whose mail is under way, those with most recipients first.",
        "Whoever has logged in, or else the sender of the envelope; <> are reports."
      },
      footer = {"", "Example:  posthorn queue senders --limit 5"})
  int senders(
      @Mixin ClientOptions options,
      @Option(names = "--limit", paramLabel = "N", description = "So many at most. Default: 20.")
          @Nullable Integer limit) {
    JsonNode answer =
        options.client().get("/queue/senders?limit=" + (limit == null ? 20 : limit.intValue()));
    options.show(answer, out -> QueueLines.senders(out, answer));
    return ExitCode.OK;
  }

  @Command(
      name = "show",
      description = "Show one mail: where it came from, and where each recipient stands.",
      footer = {"", "Example:  posthorn queue show 1r5g4u2a7k0c9d3m"})
  int show(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = MAIL, description = "The mail's id, from the list or the log.")
          String mail) {
    JsonNode answer = options.client().get(AdminClient.path("queue", mail));
    options.show(answer, out -> QueueLines.one(out, answer));
    return ExitCode.OK;
  }

  @Command(
      name = "route",
      description = {
        "Explain which way mail for an ADDRESS would go now: the route of the configuration, the servers, the policies of its domain. Nothing is sent; only the DNS is asked."
      },
      footer = {
        "",
        "Examples:  posthorn queue route bob@example.org",
        "           posthorn queue route bob@example.org --from news@example.net"
      })
  int route(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "ADDRESS", description = "The recipient.") String address,
      @Option(
              names = "--from",
              paramLabel = "SENDER",
              description =
                  "The sender, for routes that depend on it; <> (the default) for reports.")
          @Nullable String from) {
    JsonNode answer =
        options
            .client()
            .get(
                "/queue/route?recipient="
                    + URLEncoder.encode(address, StandardCharsets.UTF_8)
                    + "&sender="
                    + URLEncoder.encode(from == null ? "<>" : from, StandardCharsets.UTF_8));
    options.show(answer, out -> RouteLines.print(out, answer));
    return ExitCode.OK;
  }

  @Command(
      name = "retry",
      description = {
        "Try again now, instead of when the next attempt is due.",
        "Mail that was given up on goes back to the step where it stopped; what is held stays held.",
        "A destination that was left alone is tried with one mail first: if nobody can be reached, the others wait on without a try."
      },
      footer = {
        "",
        "Examples:  posthorn queue retry 1r5g4u2a7k0c9d3m",
        "           posthorn queue retry --state dead"
      })
  int retry(@Mixin QueueOrders orders) {
    return orders.give("retry", Map.of(), "will be tried again now", "would be tried again now");
  }

  @Command(
      name = "flush",
      description = {
        "Try now all mail for other servers, or for one DESTINATION; what is held stays held.",
        "A destination that was left alone is tried with one mail first: if nobody can be reached, the others wait on without a try."
      },
      footer = {"", "Example:  posthorn queue flush example.org"})
  int flush(
      @Mixin ClientOptions options,
      @Parameters(
              paramLabel = "DESTINATION",
              arity = "0..1",
              description = "A domain or host:port.")
          @Nullable String destination,
      @Option(names = "--dry-run", description = "Only say how many recipients that would be.")
          boolean dryRun) {
    var orders = new QueueOrders(options, QueueChoice.outgoing(destination), dryRun);
    return orders.give("retry", Map.of(), "will be tried again now", "would be tried again now");
  }

  @Command(
      name = "hold",
      description = "Do nothing more with mail until it is released.",
      footer = {
        "",
        "Examples:  posthorn queue hold 1r5g4u2a7k0c9d3m",
        "           posthorn queue hold --sender spammer@example.org --dry-run"
      })
  int hold(@Mixin QueueOrders orders) {
    return orders.give(
        "hold",
        Map.of(),
        "held",
        "would be held",
        orders.areForASender()
            ? " What that sender sends from now on is not held:  posthorn user disable ADDRESS  lets nobody in"
            : "");
  }

  @Command(
      name = "release",
      description = "Go on with mail that was held.",
      footer = {"", "Example:  posthorn queue release --state held"})
  int release(@Mixin QueueOrders orders) {
    return orders.give("release", Map.of(), "released", "would be released");
  }

  @Command(
      name = "reroute",
      description = {
        "Send mail for other servers by another one, at once; --mx goes back to the usual way.",
        "Only what is under way now: for what comes later set a route (see docs/relay.md)."
      },
      footer = {
        "",
        "Examples:  posthorn queue reroute --destination example.org \\",
        "               --via backup.example.net:25",
        "           posthorn queue reroute --all --via smtp.provider.example:587 \\",
        "               --credentials provider",
        "           posthorn queue reroute --destination backup.example.net:25 --mx"
      })
  int reroute(
      @Mixin QueueOrders orders,
      @Option(
              names = "--via",
              paramLabel = "HOST[:PORT]",
              description = "The server; without a port 25, with --credentials 587.")
          @Nullable String via,
      @Option(names = "--mx", description = "By the MX of each domain.") boolean mx,
      @Option(
              names = "--tls",
              paramLabel = "KIND",
              description =
                  "none, opportunistic, starttls or implicit; the last two want a certificate for its name."
                      + " Default: opportunistic; with --credentials starttls; on port 465 implicit.")
          @Nullable String tls,
      @Option(
              names = "--credentials",
              paramLabel = "NAME",
              description = "The login, an entry of outbound.credentials.")
          @Nullable String credentials) {
    if (mx == (via != null)) {
      throw new CommandFailed(ExitCode.USAGE, "Say where to:  --via HOST[:PORT]  or  --mx");
    }
    Map<String, Object> body = new LinkedHashMap<>();
    if (via != null) {
      putHost(body, via);
      put(body, "tls", tls);
      put(body, "credentials", credentials);
    }
    return orders.give("reroute", body, "rerouted", "would be rerouted");
  }

  @Command(
      name = "fail",
      description = "Give up on mail now, and tell its sender, as after the last try.",
      footer = {
        "",
        "Example:  posthorn queue fail --destination exmaple.org \\",
        "              --reason \"There is no such domain\""
      })
  int fail(
      @Mixin QueueOrders orders,
      @Option(
              names = "--reason",
              paramLabel = "TEXT",
              description = "What the sender is told; without it, what was said last.")
          @Nullable String reason,
      @Option(names = "--yes", description = YES) boolean yes) {
    Map<String, Object> body = new LinkedHashMap<>();
    put(body, "reason", reason);
    return orders.giveAfterAsking(
        "fail",
        body,
        "given up; their senders are told, if there are any who want to know",
        "would be given up",
        "Give up on %s?",
        yes);
  }

  @Command(
      name = "drop",
      description = "Throw mail away. Nobody is told.",
      footer = {
        "",
        "Examples:  posthorn queue drop 1r5g4u2a7k0c9d3m --yes",
        "           posthorn queue drop --sender spammer@example.org"
      })
  int drop(@Mixin QueueOrders orders, @Option(names = "--yes", description = YES) boolean yes) {
    return orders.giveAfterAsking(
        "drop",
        Map.of(),
        "dropped",
        "would be dropped",
        "Throw %s away? Nobody will be told.",
        yes);
  }

  @Command(
      name = "export",
      description = {
        "Write mail under way to files: ID.eml is the message, ID.json the envelope.",
        "It stays in the queue. A mail whose files are there already is left out."
      },
      footer = {
        "",
        "Examples:  posthorn queue export --state dead --to /tmp/dead",
        "           posthorn queue export --repositories --to /tmp/all"
      })
  int export(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = MAIL, arity = "0..1", description = "The mail's id.")
          @Nullable String mail,
      @Mixin QueueChoice choice,
      @Option(
              names = "--to",
              paramLabel = "DIR",
              required = true,
              description = "The directory; it is made.")
          Path directory,
      @Option(
              names = "--repositories",
              description = "All mail: also what is in repositories, the dead letters among it.")
          boolean repositories) {
    if (repositories && (mail != null || !choice.isEverything())) {
      throw new CommandFailed(ExitCode.USAGE, "--repositories means all mail: leave the rest out");
    }
    choice.requireKnownBy(options);
    Set<String> mails = new TreeSet<>();
    if (mail != null) {
      var _ = options.client().get(AdminClient.path("queue", mail));
      List<String> parts = choice.parts();
      parts.add("mail=" + AdminClient.encode(mail));
      if (!choice.isEverything() && ids(options, parts).isEmpty()) {
        throw new CommandFailed(
            ExitCode.NOT_POSSIBLE,
            "Mail %s is there, but the other options do not fit it: leave them out"
                .formatted(mail));
      }
      mails.add(mail);
    } else {
      mails.addAll(ids(options, choice.parts()));
      if (repositories) {
        mails.addAll(ids(options, List.of("state=dead")));
        mails.addAll(ids(options, List.of("state=parked")));
      }
    }
    return QueueExport.all(options, List.copyOf(mails), directory);
  }

  private static List<String> ids(ClientOptions options, List<String> query) {
    List<String> ids = new ArrayList<>();
    new QueuePages(options, query).each(each -> ids.add(each.path("id").asString()));
    return ids;
  }

  @Command(
      name = "import",
      description = {
        "Take mail back that 'queue export' has written to a folder.",
        "Each mail keeps its id, and its recipients go on where they stood. What is here, or was"
            + " taken back in the last 30 days, is left out. What cannot be taken is named at the"
            + " end."
      },
      footer = {
        "",
        "Examples:  posthorn queue import /tmp/dead --dry-run",
        "           posthorn queue import /tmp/all --hold"
      })
  int importMail(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "DIR", description = "The folder.") Path directory,
      @Option(
              names = "--hold",
              description = "Hold all that would go on; 'queue release' lets it go.")
          boolean hold,
      @Option(
              names = "--again",
              description = "Also what was taken back before and is not here any more.")
          boolean again,
      @Option(names = "--dry-run", description = "Only say how many mails that would be.")
          boolean dryRun) {
    return QueueRefill.all(options, directory, hold, again, dryRun);
  }

  private static void put(Map<String, Object> body, String name, @Nullable String value) {
    if (value != null) {
      body.put(name, value);
    }
  }

  /// `host`, `host:25`, `[2001:db8::1]:25`.
  private static void putHost(Map<String, Object> body, String via) {
    int colon = via.lastIndexOf(':');
    boolean hasPort = colon > 0 && (via.indexOf(':') == colon || via.charAt(colon - 1) == ']');
    body.put("host", hasPort ? via.substring(0, colon) : via);
    if (hasPort) {
      try {
        body.put("port", Integer.parseInt(via.substring(colon + 1)));
      } catch (NumberFormatException _) {
        throw new CommandFailed(ExitCode.USAGE, "\"" + via + "\" is not HOST:PORT");
      }
    }
  }
}
