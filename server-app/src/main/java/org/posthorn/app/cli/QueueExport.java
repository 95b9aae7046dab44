package org.posthorn.app.cli;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.posthorn.app.FileTrouble;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.admin.AdminFailure;
import org.posthorn.app.admin.MailExchange;
import org.posthorn.app.transfer.file.OwnDirectory;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.frame.FrameReader;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes mails of the queue to files: the message as `ID.eml`, its envelope and where each
/// recipient stands as `ID.json`. That comes last: a mail that has one is whole and stays as it is,
/// and what an export that broke off has left of others is written anew.
final class QueueExport {
  private static final int TRIES_MAX = 10;

  private final AdminClient client;
  private final Path directory;
  private int written;
  private int present;
  private int gone;

  /// What could not be read.
  private final List<String> unread = new ArrayList<>();

  QueueExport(AdminClient client, Path directory) throws IOException {
    this.client = client;
    this.directory = directory;
    OwnDirectory.make(directory);
  }

  /// Writes all of them, and says how many.
  static int all(ClientOptions options, List<String> mails, Path directory) {
    QueueExport export;
    try {
      export = new QueueExport(options.client(), directory);
      for (String id : mails) {
        export.write(id);
        options.output().progress(id);
      }
      options.output().endProgress();
    } catch (IOException e) {
      throw new CommandFailed(
          ExitCode.FAILED, "Cannot write the mail: " + FileTrouble.unwritten(e));
    }
    JsonNode answer =
        options
            .mapper()
            .valueToTree(
                Map.of("exported", export.written, "present", export.present, "gone", export.gone));
    options.done(answer, export.told());
    if (!export.unread.isEmpty()) {
      throw new CommandFailed(
          ExitCode.FAILED,
          "Not written, since they could not be read to their end; see the server's log: "
              + String.join(", ", export.unread));
    }
    return ExitCode.OK;
  }

  String told() {
    return "%s written to %s.".formatted(Output.mails(written), directory)
        + (present == 0 ? "" : " %,d had files there already.".formatted(present))
        + (gone == 0
            ? ""
            : " %,d %s gone before that.".formatted(gone, gone == 1 ? "was" : "were"));
  }

  /// A mail may be delivered at any time, or be damaged: that is no reason to leave out those
  /// behind it.
  void write(String mail) throws IOException {
    if (Files.exists(envelope(mail))) {
      present++;
      return;
    }
    List<Path> messages = new ArrayList<>();
    try {
      for (int tries = 0; tries < TRIES_MAX; tries++) {
        Instant now = Instant.now();
        JsonNode shown = client.get(AdminClient.path("queue", mail));
        messages(mail, messages);
        if (Set.copyOf(messages).equals(wanted(mail, shown))) {
          finish(mail, shown, now);
          return;
        }
        // Some of its recipients went just now, and with them what they got; or they get something
        // else now.
        remove(messages);
      }
      unread.add(mail);
    } catch (EOFException _) {
      remove(messages);
      if (isThere(mail)) {
        unread.add(mail);
      } else {
        gone++;
      }
    } catch (AdminFailure e) {
      remove(messages);
      if (e.kind() != AdminFailure.Kind.NOT_POSSIBLE) {
        throw e;
      }
      gone++;
    }
  }

  /// `at` is for an import: whoever got the mail later is not to get it again.
  private void finish(String mail, JsonNode shown, Instant at) throws IOException {
    ((ObjectNode) shown).put("exported", at.toString());
    Path part = directory.resolve(mail + ".part");
    Files.write(part, (shown.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
    Files.move(part, envelope(mail), StandardCopyOption.ATOMIC_MOVE);
    written++;
  }

  private Path envelope(String mail) {
    return directory.resolve(mail + ".json");
  }

  private static void remove(List<Path> messages) throws IOException {
    for (Path message : messages) {
      Files.deleteIfExists(message);
    }
    messages.clear();
  }

  private boolean isThere(String mail) {
    try {
      return client.get(AdminClient.path("queue", mail)).isObject();
    } catch (AdminFailure e) {
      if (e.kind() == AdminFailure.Kind.NOT_POSSIBLE) {
        return false;
      }
      throw e;
    }
  }

  /// The files of its messages, by which an import finds them.
  private Set<Path> wanted(String mail, JsonNode shown) {
    Set<Integer> forms = new HashSet<>();
    shown.path("exact").path("recipients").forEach(row -> forms.add(row.path("form").asInt()));
    return forms.size() == 1
        ? Set.of(message(mail))
        : forms.stream().map(form -> message(mail + "." + form)).collect(Collectors.toSet());
  }

  private Path message(String label) {
    return directory.resolve(label + ".eml");
  }

  private void messages(String mail, List<Path> files) throws IOException {
    try (MailExchange exchange = client.mail("GET", AdminClient.path("queue", mail, "message"))) {
      var frames = new FrameReader(exchange.answer());
      boolean ended = false;
      while (!ended) {
        switch (frames.next()) {
          case Frame.Message message -> {
            Path file = message(message.label());
            files.add(file);
            try (OutputStream out = Files.newOutputStream(file)) {
              frames.contents().transferTo(out);
            }
          }
          case Frame.End _ -> ended = true;
          case Frame other -> throw new FrameReader.Malformed("Not expected: " + other);
        }
      }
    }
  }
}
