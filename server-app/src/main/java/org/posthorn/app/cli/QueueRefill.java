package org.posthorn.app.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.posthorn.app.admin.AdminClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Sends mails back to the queue from the files that [QueueExport] has written.
final class QueueRefill {
  private static final String ENVELOPE = ".json";

  /// The admin API takes bodies of 32 MiB, and base64 makes a third more.
  private static final long MESSAGE_MAX_BYTES = 23L << 20;

  private final AdminClient client;
  private final JsonMapper json;
  private final boolean hold;
  private int taken;
  private int known;
  private final List<String> left = new ArrayList<>();

  /// `hold`: all that would move is held.
  QueueRefill(AdminClient client, JsonMapper json, boolean hold) {
    this.client = client;
    this.json = json;
    this.hold = hold;
  }

  int taken() {
    return taken;
  }

  int known() {
    return known;
  }

  /// What could not be sent, and why.
  List<String> left() {
    return left;
  }

  /// All mails of the folder, in the order of their ids.
  void send(Path folder, boolean onlyTry) throws IOException {
    List<Path> envelopes;
    try (var files = Files.list(folder)) {
      envelopes = files.filter(file -> file.toString().endsWith(ENVELOPE)).sorted().toList();
    }
    for (Path envelope : envelopes) {
      sendOne(envelope, onlyTry);
    }
  }

  private void sendOne(Path envelope, boolean onlyTry) throws IOException {
    String name = envelope.getFileName().toString();
    Path message = envelope.resolveSibling(name.replace(ENVELOPE, ".eml"));
    try {
      if (Files.size(message) > MESSAGE_MAX_BYTES) {
        left.add(name + ": the message is larger than 23 MiB");
        return;
      }
      JsonNode answer =
          client.post(
              "/queue?" + (onlyTry ? "dry-run=1&" : "") + (hold ? "hold=1" : ""),
              body(json.readTree(Files.readAllBytes(envelope)), Files.readAllBytes(message)));
      if (answer.path("taken").asBoolean()) {
        taken++;
      } else {
        known++;
      }
    } catch (NoSuchFileException _) {
      left.add(
          name + ": there is no " + message.getFileName() + " beside it (or one for each form)");
    }
  }

  private static Map<String, Object> body(JsonNode envelope, byte[] message) {
    Map<String, Object> body = new LinkedHashMap<>();
    for (String key : List.of("id", "sender", "received", "protocol", "remote", "helo", "login")) {
      if (envelope.hasNonNull(key)) {
        body.put(key, envelope.path(key).asString());
      }
    }
    List<Map<String, Object>> recipients = new ArrayList<>();
    for (JsonNode recipient : envelope.path("recipients")) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("address", recipient.path("address").asString());
      line.put("state", recipient.path("state").asString());
      line.put("where", recipient.path("where").asString(""));
      if (recipient.path("parked").isObject()) {
        line.put("parked", recipient.path("parked"));
      }
      recipients.add(line);
    }
    body.put("recipients", recipients);
    body.put("message", Base64.getEncoder().encodeToString(message));
    return body;
  }
}
