package org.posthorn.app.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.admin.AdminClient;
import picocli.CommandLine.Option;

/// Which recipients of the queue are meant.
final class QueueChoice {
  @Option(
      names = "--state",
      paramLabel = "STATE",
      description = "Only recipients that are waiting, outgoing, held, dead or parked.")
  private @Nullable String state;

  @Option(
      names = "--sender",
      paramLabel = "TEXT",
      description =
          "Only mail whose envelope or login has this part; what is an address, also a short one such as ann@a, is meant whole, and * stands for any text there, as in *@example.org; <> is the sender of reports.")
  private @Nullable String sender;

  @Option(
      names = "--recipient",
      paramLabel = "TEXT",
      description =
          "Only recipients whose address has this part, or is this whole address; * stands for any text there, as in *@example.org.")
  private @Nullable String recipient;

  @Option(
      names = "--destination",
      paramLabel = "NAME",
      description = "Only what goes to this domain or host:port.")
  private @Nullable String destination;

  @Option(
      names = "--answer",
      paramLabel = "TEXT",
      description = "Only where the last answer has this part.")
  private @Nullable String answer;

  @Option(
      names = "--older-than",
      paramLabel = "TIME",
      description = "Only mail that came so long ago, such as 30m, 2h, 3d.")
  private @Nullable String olderThan;

  @Option(
      names = "--newer-than",
      paramLabel = "TIME",
      description = "Only mail that came within this time, such as 30m, 2h, 3d.")
  private @Nullable String newerThan;

  @Option(
      names = "--client",
      paramLabel = "ADDRESS",
      description = "Only mail that came from this IP address or network, such as 192.0.2.0/24.")
  private @Nullable String client;

  @Option(
      names = "--subject",
      paramLabel = "TEXT",
      description =
          "Only mail whose subject has this part, as it came in. The queue does not know subjects: each mail that the other options leave is looked up in the store, so in a long queue name them too.")
  private @Nullable String subject;

  boolean isEverything() {
    return parameters().isEmpty();
  }

  /// Whether it names somebody who sends.
  boolean hasSender() {
    return sender != null && !sender.equals("<>");
  }

  /// A server that went on while its program was replaced takes what it does not know for nothing,
  /// so that more fits; and those of long ago do not say that it was.
  void requireKnownBy(ClientOptions options) {
    if (isNew() && options.client().get("/status").path("programReplaced").asBoolean(true)) {
      throw new CommandFailed(
          ExitCode.NOT_POSSIBLE,
          "The server that runs is of another build and may not know --client, --newer-than or --subject: restart it first");
    }
  }

  /// Whether a server of a build from before would not see a part of it.
  private boolean isNew() {
    return newerThan != null || client != null || subject != null;
  }

  /// The query of a request, with `more` parameters; empty or beginning with `?`.
  String query(String... more) {
    return asQuery(parts(), more);
  }

  /// Of what is chosen, that which is held, whatever it waited for before.
  String queryOfHeld(String... more) {
    Map<String, String> all = parameters();
    if (state == null || state.equals("outgoing")) {
      all.put("state", "held");
    }
    return asQuery(parts(all), more);
  }

  private static String asQuery(List<String> parts, String... more) {
    parts.addAll(List.of(more));
    return parts.isEmpty() ? "" : "?" + String.join("&", parts);
  }

  /// The parts of such a query.
  List<String> parts() {
    return parts(parameters());
  }

  private static List<String> parts(Map<String, String> parameters) {
    List<String> parts = new ArrayList<>();
    parameters.forEach((name, value) -> parts.add(name + "=" + AdminClient.encode(value)));
    return parts;
  }

  /// Chooses what goes to other servers, to `name` or to all.
  static QueueChoice outgoing(@Nullable String name) {
    var choice = new QueueChoice();
    choice.state = "outgoing";
    choice.destination = name;
    return choice;
  }

  private Map<String, String> parameters() {
    Map<String, String> all = new LinkedHashMap<>();
    put(all, "state", state);
    put(all, "sender", sender);
    put(all, "recipient", recipient);
    put(all, "destination", destination);
    put(all, "answer", answer);
    put(all, "older-than", olderThan);
    put(all, "newer-than", newerThan);
    put(all, "client", client);
    put(all, "subject", subject);
    return all;
  }

  private static void put(Map<String, String> all, String name, @Nullable String value) {
    if (value != null) {
      all.put(name, value);
    }
  }
}
