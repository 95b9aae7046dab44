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
import org.posthorn.message.Counted;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "login",
    description = "Who guesses passwords, and letting in again who was only wrong.",
    footer = {
      "",
      "Examples:",
      "  posthorn login attacks",
      "  posthorn login forgive 192.0.2.7",
      "  posthorn login forgive ann@example.org"
    })
final class LoginCommand {
  private static final int LOGINS_SHOWN = 3;

  /// From so many networks nobody travels in a day.
  private static final int MANY_NETWORKS = 5;

  @Command(
      name = "attacks",
      description = {
        "Show from which networks (IPv4 /24, IPv6 /56) wrong passwords came in the last day, most"
            + " tries first. WRONG were looked at; REFUSED came too soon and were not. NEXT TRY:"
            + " when passwords from there are looked at again; \"some\": of some logins only, the"
            + " others need not wait. Names that no user has are counted as others."
      },
      footer = {
        "",
        "Examples:",
        "  posthorn login attacks",
        "  posthorn login attacks 192.0.2.7",
        "  posthorn login attacks ann@example.org",
        "  posthorn login attacks --json"
      })
  int attacks(
      @Mixin ClientOptions options,
      @Parameters(
              arity = "0..1",
              paramLabel = "ADDRESS|LOGIN",
              description = "Only from the network of this address, or on this user.")
          @Nullable String of) {
    String query = of == null ? "" : "?of=" + AdminClient.encode(of);
    JsonNode answer = options.client().get("/login-attacks" + query);
    options.show(answer, out -> print(out, answer, of == null ? "" : of));
    return ExitCode.OK;
  }

  @Command(
      name = "forgive",
      description = {
        "Let in again whoever comes from the network of an address, or a user from wherever they"
            + " come: nobody there waits any more, and what was tried is forgotten."
      },
      footer = {
        "",
        "Examples:",
        "  posthorn login forgive 192.0.2.7",
        "  posthorn login forgive ann@example.org"
      })
  int forgive(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "ADDRESS|LOGIN", description = "Who has to wait.") String of) {
    JsonNode answer = options.client().delete(AdminClient.path("login-attacks", of));
    options.done(answer, forgiven(answer));
    return ExitCode.OK;
  }

  private static String forgiven(JsonNode answer) {
    boolean waited = answer.path("waited").asBoolean();
    if (answer.has("network")) {
      String network = answer.path("network").asString();
      return waited
          ? "Who comes from " + network + " need not wait any more."
          : "Nobody from " + network + " had to wait.";
    }
    String login = answer.path("login").asString();
    String said = login + (waited ? " need not wait any more." : " did not have to wait.");
    return said
        + answer
            .path("networksThatWait")
            .valueStream()
            .map(JsonNode::asString)
            .map(network ->
                "\nFrom %s everybody has to wait, and so has %s:  posthorn login forgive %s"
                    .formatted(network, login, network))
            .collect(Collectors.joining());
  }

  private static void print(Output out, JsonNode answer, String of) {
    JsonNode attacks = answer.path("attacks");
    if (attacks.isEmpty()) {
      String whose = of.isEmpty() ? "" : (of.indexOf('@') < 0 ? " from " : " for ") + of;
      Instant since = Instant.parse(answer.path("since").asString());
      out.line("No wrong password" + whose + " " + since(since) + ".");
    } else {
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode attack : attacks) {
        rows.add(
            List.of(
                attack.path("address").asString(attack.path("network").asString()),
                logins(attack, of.isEmpty() ? LOGINS_SHOWN : Integer.MAX_VALUE),
                attack.path("wrong").asString(),
                attack.path("refused").asString(),
                Waits.near(attack.path("lastTry").asString("")),
                nextTry(attack)));
      }
      out.table(List.of("NETWORK", "LOGINS", "WRONG", "REFUSED", "LAST TRY", "NEXT TRY"), rows);
      tellOfMany(out, attacks);
    }
    long unnamed = answer.path("unnamed").asLong();
    if (unnamed > 0) {
      out.line("");
      out.line(
          "%s to wait, of which only a digest is known. Whether an address is there:  posthorn login attacks ADDRESS"
              .formatted(Counted.of(unnamed, "other network") + (unnamed == 1 ? " has" : " have")));
    }
  }

  private static String since(Instant start) {
    return Duration.between(start, Instant.now()).toDays() > 0
        ? "in the last day"
        : "since the server was started, " + Waits.near(start.toString());
  }

  /// Such as `ann@example.org, bob@example.org, others`.
  private static String logins(JsonNode attack, int most) {
    List<String> names =
        attack
            .path("logins")
            .valueStream()
            .map(login -> login.path("login").asString())
            .collect(Collectors.toCollection(ArrayList::new));
    if (names.size() > most) {
      String rest = names.size() - most + " more";
      names.subList(most, names.size()).clear();
      names.add(rest);
    }
    JsonNode others = attack.path("others");
    long tries = others.path("wrong").asLong() + others.path("refused").asLong();
    if (tries > 0) {
      names.add("others (%d)".formatted(tries));
    }
    return String.join(", ", names);
  }

  private static String nextTry(JsonNode attack) {
    String everybody = attack.path("waitsUntil").asString("");
    String some = attack.path("someWaitUntil").asString("");
    if (!everybody.isEmpty()) {
      return Waits.near(everybody);
    }
    return some.isEmpty() ? "" : "some " + Waits.near(some);
  }

  /// Whoever guesses from everywhere is in many rows with little in each.
  private static void tellOfMany(Output out, JsonNode attacks) {
    Map<String, Long> networks = new LinkedHashMap<>();
    for (JsonNode attack : attacks) {
      for (JsonNode login : attack.path("logins")) {
        networks.merge(login.path("login").asString(), 1L, Long::sum);
      }
    }
    networks.values().removeIf(count -> count < MANY_NETWORKS);
    if (!networks.isEmpty()) {
      out.line("");
      networks.forEach(
          (login, count) -> out.line("%s was tried from %d networks.".formatted(login, count)));
    }
  }
}
