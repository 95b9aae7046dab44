package org.posthorn.app.admin;

import java.net.InetAddress;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.config.ConfigException;
import org.posthorn.app.config.ConfigProblem;
import org.posthorn.mailet.Mail;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.RehearsedMail;
import org.posthorn.storage.directory.Directory;

/// What would become of a mail.
final class ChainRoutes {
  private final ServerControl server;
  private final Directory directory;
  private final Json json;

  ChainRoutes(ServerControl server, Directory directory, Json json) {
    this.server = server;
    this.directory = directory;
    this.json = json;
  }

  private record TestBody(
      @Nullable String message,
      @Nullable String from,
      @Nullable List<String> to,
      @Nullable String as,
      @Nullable String remote,
      @Nullable Map<String, String> notes) {}

  List<Route> routes() {
    return List.of(
        new Route(
            "GET",
            "/chain/steps",
            "How the steps of the chain and the gates fare that are watched: those of plugins.",
            (_, _) -> AdminAnswer.ok(server.stepHealth())),
        new Route(
            "POST",
            "/chain/test",
            "Lead a mail through the chain as the configuration says now, without delivering"
                + " anything: `{\"message\": BASE64, \"from\": ADDRESS or \"<>\", \"to\": [ADDRESS,"
                + " …], \"as\": LOGIN, \"remote\": IP, \"notes\": {NAME: VALUE}}`. Answers with each"
                + " step and where recipients end.",
            (request, _) -> AdminAnswer.ok(test(json.read(request, TestBody.class)))));
  }

  private Object test(TestBody body) {
    if (body.to() == null || body.to().isEmpty()) {
      throw Declined.badRequest("Name at least one recipient");
    }
    Optional<MailAddress> login =
        Optional.ofNullable(body.as()).map(text -> UserRoutes.find(directory, text).login());
    var mail =
        RehearsedMail.of(
            message(body.message()),
            Optional.ofNullable(body.from()).filter(text -> !text.equals("<>")).map(Names::address),
            body.to().stream().map(Names::address).toList(),
            Optional.ofNullable(body.remote()).map(ChainRoutes::remote),
            login,
            Instant.now());
    Mail noted = noted(mail, Objects.requireNonNullElse(body.notes(), Map.of()));
    try {
      return server.rehearse(noted);
    } catch (ConfigException e) {
      throw Declined.badRequest(
          e.problems().stream().map(ConfigProblem::toString).collect(Collectors.joining("\n")));
    }
  }

  /// With what gates would have noted, or steps before.
  private static Mail noted(Mail mail, Map<String, String> notes) {
    Mail noted = mail;
    for (Map.Entry<String, String> note : notes.entrySet()) {
      if (note.getKey().isBlank()) {
        throw Declined.badRequest("A note has a name");
      }
      try {
        noted = noted.withAttribute(note.getKey(), Objects.toString(note.getValue(), ""));
      } catch (IllegalArgumentException e) {
        throw Declined.badRequest(String.valueOf(e.getMessage()));
      }
    }
    return noted;
  }

  private static byte[] message(@Nullable String base64) {
    try {
      return Base64.getDecoder().decode(base64 == null ? "" : base64);
    } catch (IllegalArgumentException _) {
      throw Declined.badRequest("The message is not in base64");
    }
  }

  private static InetAddress remote(String text) {
    try {
      return InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException _) {
      throw Declined.badRequest("\"%s\" is no IP address".formatted(text));
    }
  }
}
