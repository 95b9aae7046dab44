package org.posthorn.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;

/// A disk has lost bytes of a mail that is in the queue: it can be looked at, and the others are
/// exported.
@Timeout(120)
final class DamagedQueueTest {
  @TempDir private Path temp;

  @Test
  void aDamagedMailIsShownAndKeepsNoOtherFromBeingExported() throws IOException {
    Path data = temp.resolve("data");
    String sound;
    String damaged;
    try (TestServer server = start(data)) {
      server.withUsers("ann");
      sound = send(server, "sound");
      damaged = send(server, "damaged");
    }
    damage(data, "body of the damaged one");
    Path files = temp.resolve("files");
    try (TestServer _ = start(data)) {
      assertThat(InProcess.run(data, "queue", "show", sound).out())
          .contains("zoe@far.example", "subject   sound");
      InProcess.Result shown = InProcess.run(data, "queue", "show", damaged);
      assertThat(shown.isDone()).as(shown.err()).isTrue();
      assertThat(shown.out()).contains("zoe@far.example");

      InProcess.Result exported = InProcess.run(data, "queue", "export", "--to", files.toString());
      assertThat(exported.status()).isEqualTo(1);
      assertThat(exported.out()).contains("1 mail written");
      assertThat(exported.err()).contains("Not written", damaged).doesNotContain(sound);
      assertThat(Files.readString(files.resolve(sound + ".eml"))).contains("body of the sound one");
      try (Stream<Path> all = Files.list(files)) {
        assertThat(all.map(file -> file.getFileName().toString()))
            .containsExactlyInAnyOrder(sound + ".eml", sound + ".json");
      }
    }
  }

  private static TestServer start(Path data) throws IOException {
    return TestServer.start(data, TestServer.WITHOUT_DNS, "storage.compression=none");
  }

  /// Returns its id.
  private static String send(TestServer server, String name) throws IOException {
    try (WireClient client = server.submission("ann")) {
      String reply =
          client.deliver(
              "ann@example.org",
              "zoe@far.example",
              "From: ann@example.org\r\nSubject: %s\r\n\r\nThe body of the %s one\r\n"
                  .formatted(name, name));
      assertThat(reply).startsWith("250 2.0.0 Accepted as ");
      return reply.strip().substring(reply.lastIndexOf(' ') + 1);
    }
  }

  /// Another byte in place of the first of this text, wherever it is stored.
  private static void damage(Path data, String text) throws IOException {
    List<Path> segments;
    try (Stream<Path> all = Files.walk(data)) {
      segments = all.filter(file -> file.toString().endsWith(".segment")).toList();
    }
    int hits = 0;
    for (Path segment : segments) {
      byte[] bytes = Files.readAllBytes(segment);
      int at = new String(bytes, ISO_8859_1).indexOf(text);
      if (at >= 0) {
        bytes[at] ^= 1;
        Files.write(segment, bytes);
        hits++;
      }
    }
    assertThat(hits).as("segments with the text").isEqualTo(1);
  }
}
