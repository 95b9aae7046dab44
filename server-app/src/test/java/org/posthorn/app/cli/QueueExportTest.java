package org.posthorn.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.frame.FrameWriter;
import org.posthorn.storage.account.SourceKey;
import tools.jackson.databind.json.JsonMapper;

/// A mail that changes while it is written to files.
@Timeout(20)
class QueueExportTest {
  private static final String MAIL = "1r5g4u2a7k0c9d3m";

  @TempDir private Path data;
  private final JsonMapper json = JsonMapper.builder().build();

  /// Between the envelope and the messages one recipient has failed, and gets another form now.
  @Test
  void itsFilesFitTogetherThoughARecipientGetsSomethingElseMeanwhile() throws Exception {
    try (var socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.bind(UnixDomainSocketAddress.of(data.resolve("admin.sock")));
      Thread server =
          Thread.ofVirtual().start(() -> serve(socket, List.of(shown(0, 1), "", shown(1, 2), "")));
      Path files = data.resolve("files");
      var export = new QueueExport(new AdminClient(data, json), files);
      export.write(MAIL);
      server.join();
      assertThat(export.told()).startsWith("1 mail written");
      try (var written = Files.list(files)) {
        assertThat(written.map(file -> file.getFileName().toString()))
            .containsExactlyInAnyOrder(MAIL + ".json", MAIL + ".1.eml", MAIL + ".2.eml");
      }
      assertThat(json.readTree(Files.readString(files.resolve(MAIL + ".json"))).at("/exact"))
          .isEqualTo(json.readTree(shown(1, 2)).path("exact"));
    }
  }

  private static String shown(int... forms) {
    return "{\"id\": \"%s\", \"exact\": {\"recipients\": [{\"form\": %d}, {\"form\": %d}]}}"
        .formatted(MAIL, forms[0], forms[1]);
  }

  /// One answer to each request; an empty one is the messages.
  private static void serve(ServerSocketChannel socket, List<String> answers) {
    for (String answer : answers) {
      try (SocketChannel client = socket.accept()) {
        var request =
            new BufferedReader(new InputStreamReader(Channels.newInputStream(client), UTF_8));
        int bodyBytes = 0;
        for (String line = request.readLine(); !line.isEmpty(); line = request.readLine()) {
          if (line.startsWith("Content-Length: ")) {
            bodyBytes = Integer.parseInt(line.substring("Content-Length: ".length()));
          }
        }
        assertThat(request.skip(bodyBytes)).isEqualTo(bodyBytes);
        OutputStream out = Channels.newOutputStream(client);
        out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(UTF_8));
        if (answer.isEmpty()) {
          messages(out);
        } else {
          out.write(answer.getBytes(UTF_8));
        }
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static void messages(OutputStream out) throws IOException {
    var frames = new FrameWriter(out);
    for (int form : List.of(1, 2)) {
      frames.write(new Frame.Message(0, new SourceKey(0, 0, 0), List.of(), 0, MAIL + "." + form));
      frames.contents(new ByteArrayInputStream("Subject: x\r\n\r\n".getBytes(UTF_8)));
    }
    frames.write(new Frame.End());
    frames.flush();
  }
}
