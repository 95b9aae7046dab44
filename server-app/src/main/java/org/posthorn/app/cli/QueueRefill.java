package org.posthorn.app.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.posthorn.app.FileTrouble;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.admin.AdminFailure;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Sends mails back to the queue from the files that [QueueExport] has written.
final class QueueRefill {
  private static final String ENVELOPE = ".json";
  private static final List<String> ENVELOPE_KEYS =
      List.of("id", "sender", "received", "protocol", "remote", "helo", "login", "exported");

  /// The admin API takes bodies of 32 MiB, and base64 makes a third more.
  private static final long MESSAGE_MAX_BYTES = 23L << 20;

  /// For so many mails the server looks up at once who has got them meanwhile.
  private static final int TOGETHER = 500;

  private final AdminClient client;
  private final JsonMapper json;
  private final boolean hold;
  private final boolean again;
  private int taken;
  private int known;

  /// How many of those that are known were taken back before, and are not here any more.
  private int gone;

  /// How many recipients have got their mail since it was written to the files.
  private int served;

  /// What could not be sent, and why.
  private final List<String> left = new ArrayList<>();

  /// What the server is still to hear of the mails that come next.
  private Map<String, String> together = Map.of();

  /// `hold`: all that would move is held; `again`: also what was taken back before, and is gone.
  private QueueRefill(AdminClient client, JsonMapper json, boolean hold, boolean again) {
    this.client = client;
    this.json = json;
    this.hold = hold;
    this.again = again;
  }

  /// Sends all mails of a folder, and says how many.
  static int all(ClientOptions options, Path folder, boolean hold, boolean again, boolean onlyTry) {
    var refill = new QueueRefill(options.client(), options.mapper(), hold, again);
    try {
      refill.send(folder, onlyTry);
    } catch (IOException e) {
      throw CommandFailed.unread("the mail", folder, e);
    }
    JsonNode answer =
        options
            .mapper()
            .valueToTree(
                Map.of(
                    "taken",
                    refill.taken,
                    "known",
                    refill.known,
                    "gone",
                    refill.gone,
                    "delivered",
                    refill.served,
                    "left",
                    refill.left));
    options.done(answer, refill.told(onlyTry));
    if (!refill.left.isEmpty()) {
      throw new CommandFailed(ExitCode.FAILED, String.join("\n", refill.left));
    }
    return ExitCode.OK;
  }

  private String told(boolean onlyTry) {
    return "%s %s, %,d known already.%s%s"
        .formatted(
            Output.mails(taken),
            onlyTry ? "would be taken" : "taken",
            known,
            toldServed(),
            toldGone());
  }

  private String toldGone() {
    return gone == 0
        ? ""
        : "\nOf these %s taken back before and gone since: delivered, bounced or dropped.\nTo take those that nobody has got:  --again"
            .formatted(gone == 1 ? "1 was" : "%,d were".formatted(gone));
  }

  private String toldServed() {
    return switch (served) {
      case 0 -> "";
      case 1 -> " 1 recipient has got it since the export and is left out.";
      default -> " %,d recipients have got it since the export and are left out.".formatted(served);
    };
  }

  /// All mails of the folder, in the order of their ids. What cannot be read, or is refused, does
  /// not keep those behind it; but when the server is not to be asked any more, it ends there.
  private void send(Path folder, boolean onlyTry) throws IOException {
    List<Path> all;
    try (var files = Files.list(folder)) {
      all = files.sorted().toList();
    }
    List<Path> envelopes = all.stream().filter(file -> file.toString().endsWith(ENVELOPE)).toList();
    // An empty folder is what an export of an empty queue leaves.
    if (envelopes.isEmpty() && !all.isEmpty()) {
      throw new CommandFailed(
          ExitCode.NOT_POSSIBLE,
          "Nothing in %s is an export of the queue: name the folder that was given to  posthorn queue export --to"
              .formatted(folder));
    }
    for (int i = 0; i < envelopes.size(); i++) {
      if (i % TOGETHER == 0) {
        together = exported(envelopes.subList(i, Math.min(envelopes.size(), i + TOGETHER)));
      }
      Path envelope = envelopes.get(i);
      String name = envelope.getFileName().toString();
      try {
        sendOne(envelope, onlyTry);
      } catch (NoSuchFileException e) {
        left.add(name + ": there is no " + Path.of(e.getFile()).getFileName() + " beside it");
      } catch (FileSystemException e) {
        left.add(name + ": " + FileTrouble.unread(e));
      } catch (IOException e) {
        left.add(name + ": cannot be read: " + e.getMessage());
      } catch (JacksonException e) {
        left.add(name + ": is not what an export writes: " + e.getOriginalMessage());
      } catch (AdminFailure e) {
        boolean refused =
            switch (e.kind()) {
              case WRONG_REQUEST, NOT_POSSIBLE -> true;
              case NOT_RUNNING, FAILED -> false;
            };
        if (!refused && taken + known + left.size() == 0) {
          throw e;
        }
        left.add(name + ": " + e.getMessage());
        if (!refused) {
          left.add("What comes behind it was not sent: repeat the command");
          return;
        }
      }
    }
  }

  /// When each of these was exported.
  private Map<String, String> exported(List<Path> envelopes) {
    Map<String, String> exported = new LinkedHashMap<>();
    for (Path envelope : envelopes) {
      try {
        JsonNode mail = json.readTree(Files.readAllBytes(envelope));
        if (mail.hasNonNull("id") && mail.hasNonNull("exported")) {
          exported.put(mail.path("id").asString(), mail.path("exported").asString());
        }
      } catch (IOException | JacksonException _) {
        // It is told when it is its turn.
      }
    }
    return exported;
  }

  private void sendOne(Path envelope, boolean onlyTry) throws IOException {
    String name = envelope.getFileName().toString();
    JsonNode mail = json.readTree(Files.readAllBytes(envelope));
    Map<Integer, byte[]> messages = messages(envelope, mail.path("exact"));
    if (messages.values().stream().mapToLong(each -> each.length).sum() > MESSAGE_MAX_BYTES) {
      left.add(name + ": the message is larger than 23 MiB");
      return;
    }
    Map<String, Object> body = body(mail, messages);
    if (!together.isEmpty()) {
      body.put("together", together);
      together = Map.of(); // Once: a server of a version before refuses what it does not know.
    }
    JsonNode answer =
        client.post(
            "/queue?"
                + (onlyTry ? "dry-run=true&" : "")
                + (hold ? "hold=true&" : "")
                + (again ? "again=true" : ""),
            body);
    served += answer.path("delivered").asInt(0);
    if (answer.path("taken").asBoolean()) {
      taken++;
    } else {
      known++;
      gone += answer.path("gone").asBoolean(false) ? 1 : 0;
    }
  }

  /// By the numbers of the forms that recipients get: `ID.eml`, or `ID.FORM.eml` for each of
  /// several. Reads no more than may be sent.
  private static Map<Integer, byte[]> messages(Path envelope, JsonNode exact) throws IOException {
    Set<Integer> forms = new TreeSet<>();
    exact.path("recipients").forEach(row -> forms.add(row.path("form").asInt(0)));
    String stem = envelope.getFileName().toString();
    stem = stem.substring(0, stem.length() - ENVELOPE.length());
    Map<Integer, byte[]> messages = new LinkedHashMap<>();
    if (forms.size() < 2) {
      int form = forms.isEmpty() ? 0 : forms.iterator().next();
      messages.put(form, read(envelope.resolveSibling(stem + ".eml")));
    } else {
      for (int form : forms) {
        messages.put(form, read(envelope.resolveSibling(stem + "." + form + ".eml")));
      }
    }
    return messages;
  }

  private static byte[] read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes((int) MESSAGE_MAX_BYTES + 1);
    }
  }

  private static Map<String, Object> body(JsonNode envelope, Map<Integer, byte[]> messages) {
    Map<String, Object> body = new LinkedHashMap<>();
    for (String key : ENVELOPE_KEYS) {
      if (envelope.hasNonNull(key)) {
        body.put(key, envelope.path(key).asString());
      }
    }
    Map<Integer, String> texts = new LinkedHashMap<>();
    messages.forEach((form, bytes) -> texts.put(form, Base64.getEncoder().encodeToString(bytes)));
    if (envelope.path("exact").isObject()) {
      body.put("exact", envelope.path("exact"));
      body.put("messages", texts);
      return body;
    }
    // Written by a program from before.
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
    body.put("message", texts.values().iterator().next());
    return body;
  }
}
