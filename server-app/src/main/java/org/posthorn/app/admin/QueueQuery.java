package org.posthorn.app.admin;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.posthorn.app.config.Units;
import org.posthorn.mailet.AddressRange;
import org.posthorn.message.MailId;
import org.posthorn.spool.QueueAdministration.Condition;
import org.posthorn.spool.QueueFilter;

/// Which mail a request about the queue means, and how much of it an answer holds.
final class QueueQuery {
  /// So many without a word.
  static final int LIST_MAX = 1_000;

  /// What one answer holds.
  private static final int LIMIT_MAX = 10_000;

  /// Of the ids that this program gives.
  private static final int ID_LENGTH = 16;

  private QueueQuery() {}

  /// The route, with a query that may have what [#filter] reads.
  static Route choosing(Route route) {
    return route.taking(
        "sender",
        "recipient",
        "destination",
        "state",
        "older-than",
        "answer",
        "repository",
        "newer-than",
        "client",
        "subject");
  }

  static QueueFilter filter(AdminRequest request) {
    return new QueueFilter(
        text(request, "sender"),
        text(request, "recipient"),
        text(request, "destination"),
        request.parameter("state").map(QueueQuery::condition),
        request.parameter("older-than").map(QueueQuery::age),
        text(request, "answer"),
        text(request, "repository"),
        request.parameter("newer-than").map(QueueQuery::age),
        request.parameter("client").map(QueueQuery::client),
        text(request, "subject"));
  }

  /// An empty part would be in every text: whoever sends one meant something else.
  private static Optional<String> text(AdminRequest request, String name) {
    Optional<String> text = request.parameter(name);
    if (text.filter(String::isBlank).isPresent()) {
      throw Declined.badRequest(
          "%s is empty: say which, or leave it out%s"
              .formatted(name, name.equals("sender") ? "; the sender of reports is <>" : ""));
    }
    return text;
  }

  private static Duration age(String text) {
    return Units.duration(text)
        .orElseThrow(() ->
            Declined.badRequest("\"" + text + "\" is not a time; write for example 30m, 2h, 3d"));
  }

  private static AddressRange client(String text) {
    return AddressRange.parse(text)
        .orElseThrow(() ->
            Declined.badRequest(
                "\"%s\" is no IP address and no network such as 192.0.2.0/24".formatted(text)));
  }

  private static Condition condition(String word) {
    return Arrays.stream(Condition.values())
        .filter(condition -> QueueViews.word(condition).equals(word))
        .findFirst()
        .orElseThrow(() ->
            Declined.badRequest(
                "\"%s\" is no state; there are %s"
                    .formatted(
                        word,
                        Arrays.stream(Condition.values())
                            .map(QueueViews::word)
                            .collect(Collectors.joining(", ")))));
  }

  static MailId id(Map<String, String> path) {
    return id(Names.part(path, "mail"));
  }

  static MailId id(String text) {
    try {
      return new MailId(text);
    } catch (IllegalArgumentException _) {
      throw Declined.badRequest("\"" + text + "\" is no id of a mail; see  posthorn queue list");
    }
  }

  static Declined gone(MailId id) {
    return Declined.notFound(
        "No mail %s is under way: %s; see  posthorn queue list"
            .formatted(
                id,
                id.value().length() < ID_LENGTH
                    ? "an id has %d characters".formatted(ID_LENGTH)
                    : "it may have been delivered"));
  }

  static int limit(AdminRequest request) {
    return request.limit(LIST_MAX, LIMIT_MAX);
  }
}
