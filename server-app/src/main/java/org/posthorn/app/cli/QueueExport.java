package org.posthorn.app.cli;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.admin.MailExchange;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.frame.FrameReader;
import tools.jackson.databind.JsonNode;

/// Writes mails of the queue to files: the message as `ID.eml`, its envelope and where each
/// recipient stands as `ID.json`. A file that is there already is not written over.
final class QueueExport {
  private final AdminClient client;
  private final Path directory;

  QueueExport(AdminClient client, Path directory) throws IOException {
    this.client = client;
    this.directory = Files.createDirectories(directory);
  }

  /// Writes all of them, and says how many.
  static int all(ClientOptions options, List<String> mails, Path directory) {
    try {
      var export = new QueueExport(options.client(), directory);
      for (String id : mails) {
        export.write(id);
        options.output().progress(id);
      }
      options.output().endProgress();
    } catch (FileAlreadyExistsException e) {
      throw new CommandFailed(ExitCode.NOT_POSSIBLE, "There is a file already: " + e.getMessage());
    } catch (IOException e) {
      throw new CommandFailed(ExitCode.FAILED, "Cannot write the mail: " + e.getMessage());
    }
    JsonNode answer = options.mapper().valueToTree(Map.of("exported", mails.size()));
    options.done(answer, "%,d mails written to %s.".formatted(mails.size(), directory));
    return ExitCode.OK;
  }

  void write(String mail) throws IOException {
    JsonNode envelope = client.get(AdminClient.path("queue", mail));
    try (MailExchange exchange = client.mail("GET", AdminClient.path("queue", mail, "message"))) {
      var frames = new FrameReader(exchange.answer());
      boolean ended = false;
      while (!ended) {
        switch (frames.next()) {
          case Frame.Message message -> {
            try (OutputStream file = create(message.label() + ".eml")) {
              frames.contents().transferTo(file);
            }
          }
          case Frame.End _ -> ended = true;
          case Frame other -> throw new FrameReader.Malformed("Not expected: " + other);
        }
      }
    } catch (EOFException _) {
      throw new CommandFailed(
          ExitCode.FAILED,
          "Mail %s could not be read to its end; see the server's log".formatted(mail));
    }
    try (OutputStream file = create(mail + ".json")) {
      file.write(envelope.toPrettyString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
      file.write('\n');
    }
  }

  private OutputStream create(String name) throws IOException {
    return Files.newOutputStream(
        directory.resolve(name), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }
}
