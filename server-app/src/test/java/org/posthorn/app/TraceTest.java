package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.admin.AdminFailure;
import org.posthorn.app.cli.InProcess;

/// `posthorn trace` tells what happened to mails: over real sockets, from the connection to the
/// mailbox or the other server's answer.
@Timeout(120)
class TraceTest {
  @TempDir private Path temp;

  private Path data = Path.of("");

  @Test
  void aMailIsFollowedFromTheConnectionToTheMailbox() throws IOException {
    data = temp.resolve("data");
    try (TestServer server = TestServer.start(data).withUsers("ann", "bob")) {
      server
          .admin()
          .put(
              "/aliases/team%40example.org",
              Map.of("targets", List.of("ann@example.org", "bob@example.org")));
      send(server, "mx", "eve@example.net", "1@example.net", "team@example.org");
      until(() -> trace("1@example.net").contains("now: delivered"));
      String story = trace("<1@example.net>");

      assertThat(story)
          .startsWith("Mail ")
          .containsSubsequence(
              "<1@example.net>",
              "taken from client.example [127.0.0.1] in clear",
              "of eve@example.net for team@example.org",
              "now for ann@example.org and bob@example.org",
              "delivered into INBOX, for ann@example.org and bob@example.org",
              "now: delivered into INBOX");
      String page = Files.readString(Path.of("..", "docs", "trace.md"));
      int example = page.indexOf("```text\n") + "```text\n".length();
      assertThat(page.substring(example, page.indexOf("```", example)))
          .as("the example in docs/trace.md")
          .satisfies(text -> assertThat(anyTime(text)).isEqualTo(anyTime(story)));
      String id = story.lines().findFirst().orElseThrow().split(" ", 3)[1];
      assertThat(trace(id)).isEqualTo(story);
      assertThat(trace(id, "--steps").lines()).hasSizeGreaterThan((int) story.lines().count());
      assertThat(trace(id, "--json")).contains("\"what\":\"accepted\"", "\"done\":true");
      assertThat(trace("Ann@example.org"))
          .containsSubsequence(
              "WHEN", "FATE", id, "eve@example.net", "team@example.org", "delivered");
    }
    try (TestServer _ = TestServer.start(data)) {
      assertThat(trace("1@example.net")).contains("now: delivered into INBOX");
    }
  }

  @Test
  void whoeverWasRefusedIsToldWithTheReason() throws IOException {
    data = temp.resolve("data");
    Path config = Files.writeString(temp.resolve("posthorn.yaml"), "gates-file: gates.yaml\n");
    Files.writeString(
        temp.resolve("gates.yaml"),
        """
        mx:
          - gate: AccessList
            label: blocked
            senders: ["@spam.example"]
          - gate: AccessList
            label: watched
            dry-run: true
            senders: ["joe@example.net"]
        """);
    try (TestServer server = TestServer.start(data, Optional.of(config)).withUsers("ann")) {
      try (WireClient client = server.connect("mx")) {
        client.line();
        client.send("HELO client.example");
        client.line();
        client.send("MAIL FROM:<joe@example.net>");
        client.line();
        client.send("RCPT TO:<nobody@example.org>");
        assertThat(client.line()).startsWith("550");
        client.send("QUIT");
      }
      try (WireClient client = server.connect("mx")) {
        client.line();
        client.send("HELO client.example");
        client.line();
        client.send("MAIL FROM:<x@spam.example>");
        assertThat(client.line()).startsWith("5");
        client.send("QUIT");
      }
      assertThat(trace("x@spam.example"))
          .containsSubsequence("x@spam.example", "refused: 5", "gate blocked: ");
      send(server, "mx", "joe@example.net", "5@example.net", "ann@example.org");
      until(() -> trace("5@example.net").contains("now: delivered"));
      assertThat(trace("5@example.net"))
          .containsSubsequence("taken from", "gate watched: would refuse", "delivered into INBOX");
      assertThat(trace("nobody@example.org"))
          .containsSubsequence("joe@example.net", "nobody@example.org", "refused: 550 5.1.1");
      assertThat(InProcess.run(data, "trace", "unknown@example.org"))
          .satisfies(none -> assertThat(none.status()).isEqualTo(3))
          .satisfies(none ->
              assertThat(none.err())
                  .contains("Nothing is known of unknown@example.org", "kept for 30d"));
    }
  }

  /// Rspamd throws away, puts into quarantine or refuses, as the sender's name says.
  @Test
  void whatAGateDoesWithAContentIsFoundByItsMessageId() throws IOException {
    data = temp.resolve("data");
    HttpServer rspamd =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    rspamd.createContext(
        "/",
        exchange -> {
          String action = exchange.getRequestHeaders().getFirst("From").replaceFirst("@.*", "");
          byte[] answer =
              "{\"action\":\"%s\",\"score\":20.5}"
                  .formatted(action)
                  .getBytes(StandardCharsets.US_ASCII);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    rspamd.start();
    Path config = Files.writeString(temp.resolve("posthorn.yaml"), "gates-file: gates.yaml\n");
    Files.writeString(
        temp.resolve("gates.yaml"),
        "mx:\n  - gate: Rspamd\n    url: http://127.0.0.1:" + rspamd.getAddress().getPort() + "\n");
    try (TestServer server = TestServer.start(data, Optional.of(config)).withUsers("ann")) {
      try (WireClient client = server.connect("mx")) {
        client.hello();
        assertThat(client.deliver("reject@example.net", "ann@example.org", text("r@example.net")))
            .startsWith("550");
        client.send("QUIT");
      }
      assertThat(trace("<r@example.net>"))
          .containsSubsequence(
              "reject@example.net", "ann@example.org", "refused: 550", "gate Rspamd: reject");

      send(server, "mx", "discard@example.net", "d@example.net", "ann@example.org");
      assertThat(trace("<d@example.net>"))
          .containsSubsequence(
              "<d@example.net>",
              "thrown away, as gate Rspamd: discard, score 20.5: mail of discard@example.net for"
                  + " ann@example.org, from [127.0.0.1]",
              "now: thrown away");
      assertThat(trace("discard@example.net"))
          .containsSubsequence("FATE", "discard@example.net", "ann@example.org", "thrown away");

      send(server, "mx", "quarantine@example.net", "q@example.net", "ann@example.org");
      String held = trace("<q@example.net>");
      String id = held.split(" ", 3)[1];
      assertThat(held)
          .endsWith(
              "now: held: Quarantine: rspamd: quarantine, score 20.5 (posthorn queue release "
                  + id
                  + ")\n");
      assertThat(InProcess.run(data, "queue", "release", id).out()).startsWith("1 recipient");
      until(() -> trace("<q@example.net>").contains("delivered into INBOX"));
      assertThat(trace("<q@example.net>")).doesNotContain("now: held");
    } finally {
      rspamd.stop(0);
    }
  }

  @Test
  void aMailIsFollowedToItsBounceAndBack() throws IOException {
    data = temp.resolve("data");
    try (TestServer other =
            TestServer.start(temp.resolve("other")).withAccounts("bob@far.example");
        TestServer server =
            TestServer.start(data, other.route("far.example"), TestServer.WITHOUT_DNS)
                .withUsers("ann")) {
      send(server, "submission", "ann@example.org", "2@example.org", "bob@far.example");
      until(() -> trace("2@example.org").contains("now: taken by"));
      assertThat(trace("2@example.org"))
          .containsSubsequence(
              "logged in as ann@example.org",
              "taken by 127.0.0.1 over TLSv1.3 ",
              ", not verified, for bob@far.example",
              "250 2");

      send(server, "submission", "ann@example.org", "3@example.org", "gone@far.example");
      until(() -> trace("3@example.org").contains("now: delivered into INBOX"));
      assertThat(trace("3@example.org"))
          .containsSubsequence(
              "taken from",
              "failed for gone@far.example at 127.0.0.1 over TLSv1.3 ",
              ", not verified: 5.1.1 ",
              "550 5.1.1",
              "now: failed: ",
              "  Mail ",
              "made here on behalf of ",
              "of <> for ann@example.org",
              "delivered into INBOX");

      assertThat(trace("--failed"))
          .containsSubsequence("WHY", "ann@example.org", "gone@far.example", "5.1.1 550 5.1.1")
          .contains("its sender sends")
          .doesNotContain("bob@far.example", "bounced by");
      assertThat(trace("--failed", "--to", "FAR.example", "--since", "1h")).contains("gone@");
      assertThat(trace("--failed", "--to", "near.example")).contains("Nothing has failed");
      assertThat(trace("far.example"))
          .contains("posthorn trace --failed --to far.example")
          .doesNotContainPattern("[0-9]\\.[0-9]+Z");

      send(server, "submission", "ann@example.org", "4@example.org", "joe@away.example");
      until(() -> trace("4@example.org").contains("now: waits: "));
      assertThat(trace("4@example.org"))
          .containsPattern(
              "try 1 for joe@away.example failed, next at [0-9-]{10} [0-9:]{8}: [0-9.]+ ");
      until(() -> InProcess.run(data, "queue", "hold", "--all").out().startsWith("1 recipient"));
      until(() ->
          InProcess.run(data, "queue", "drop", "--all", "--yes").out().startsWith("1 recipient"));
      until(() -> trace("4@example.org").contains(" said drop"));
      assertThat(trace("4@example.org"))
          .endsWith("now: operator " + System.getProperty("user.name") + " said drop\n");
    }
  }

  @Test
  void storiesSurviveAKill() throws Exception {
    data = temp.resolve("data");
    try (TestServer server = TestServer.start(data)) {
      server.withUsers("ann");
    }
    String before;
    try (ServerProcess server = ServerProcess.start(data)) {
      send(server.connect("mx"), "mx", "eve@example.net", "6@example.net", "ann@example.org");
      until(() -> trace("6@example.net").contains("now: delivered"));
      before = trace("6@example.net");
      server.kill();
    }
    try (ServerProcess _ = ServerProcess.start(data)) {
      assertThat(trace("6@example.net")).isEqualTo(before);
    }
  }

  /// The stories are written a moment after the mail: a kill in between is played by taking them
  /// away.
  @Test
  void mailThatWaitsIsKnownAlthoughItsStoryIsLost() throws IOException {
    data = temp.resolve("data");
    String before;
    try (TestServer server = TestServer.start(data, TestServer.WITHOUT_DNS).withUsers("ann")) {
      send(server, "submission", "ann@example.org", "4@example.org", "bob@far.example");
      until(() -> trace("4@example.org").contains("waits"));
      before = trace("4@example.org");
    }
    try (var stories = Files.list(data.resolve("store").resolve("story"))) {
      for (Path file : stories.toList()) {
        Files.delete(file);
      }
    }
    for (int start = 0; start < 2; start++) {
      try (TestServer _ = TestServer.start(data, TestServer.WITHOUT_DNS)) {
        String story = trace("4@example.org");
        assertThat(beginning(story)).isEqualTo(beginning(before));
        assertThat(story.split("taken from", -1)).hasSize(2);
      }
    }
  }

  /// Without the times: what is told again has that of the message's first byte, not of its last.
  private static List<String> beginning(String story) {
    return story
        .lines()
        .limit(2)
        .map(line -> line.replaceAll("\\d\\d:\\d\\d:\\d\\d", "-"))
        .toList();
  }

  @Test
  void whatHappensIsShownAtOnce() throws Exception {
    data = temp.resolve("data");
    var out = new AtomicReference<>("");
    Thread follower;
    Thread reader;
    try (TestServer server = TestServer.start(data).withUsers("ann", "bob")) {
      follower = Thread.ofVirtual().start(() -> out.set(trace("ann@example.org", "--follow")));
      var lines = new CopyOnWriteArrayList<String>();
      reader =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  server
                      .admin()
                      .lines(
                          "GET",
                          "/trace/live?of=ann%40example.org",
                          new byte[0],
                          line -> lines.add(line.toString()));
                } catch (AdminFailure _) {
                  lines.add("over");
                }
              });
      until(() -> lines.stream().anyMatch(line -> line.contains("alive")));
      send(server, "mx", "eve@example.net", "7@example.net", "bob@example.org");
      send(server, "mx", "eve@example.net", "8@example.net", "ann@example.org");
      until(() -> lines.stream().anyMatch(line -> line.contains("delivered into INBOX")));
      assertThat(lines.toString())
          .contains("8@example.net")
          .doesNotContain("7@example.net", "bob@example.org");
    }
    follower.join();
    reader.join();
    assertThat(out.get())
        .containsSubsequence(
            "taken from client.example", "delivered into INBOX", "The server has ended");
  }

  /// `posthorn trace --follow | head -1` would stay for ever, with a connection to the server.
  @Test
  void whoFollowsForNobodyEnds() throws Exception {
    data = temp.resolve("data");
    try (TestServer server = TestServer.start(data).withUsers("ann")) {
      var closed =
          new PrintWriter(
              new Writer() {
                @Override
                public void write(char[] text, int from, int length) throws IOException {
                  throw new IOException("Broken pipe");
                }

                @Override
                public void flush() {
                  // Nothing is held.
                }

                @Override
                public void close() {
                  // It is.
                }
              });
      Thread follower =
          Thread.ofVirtual().start(() -> InProcess.run(closed, data, "trace", "--follow"));
      until(() -> {
        send(server, "9@example.net");
        return !follower.isAlive();
      });
      follower.join();
    }
  }

  /// Without what differs from one time to the next.
  private static String anyTime(String story) {
    return story
        .replaceAll("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d", "WHEN")
        .replaceAll("Mail [0-9a-z]{16}", "Mail ID")
        .replaceAll("\\(\\d+\\.\\d ms\\)", "(MS)")
        .replaceAll("\\[[0-9.]+\\]", "[IP]");
  }

  private String trace(String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = "trace";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    InProcess.Result result = InProcess.run(data, all);
    return result.out() + result.err();
  }

  private static void until(BooleanSupplier condition) {
    for (int tries = 0; !condition.getAsBoolean(); tries++) {
      assertThat(tries).as("tries").isLessThan(300);
      LockSupport.parkNanos(100_000_000);
    }
  }

  private static void send(TestServer server, String messageId) {
    try {
      send(server, "mx", "eve@example.net", messageId, "ann@example.org");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void send(TestServer server, String port, String from, String messageId, String to)
      throws IOException {
    send(server.connect(port), port, from, messageId, to);
  }

  private static void send(
      WireClient connected, String port, String from, String messageId, String to)
      throws IOException {
    try (WireClient client = connected) {
      if (port.equals("submission")) {
        client.login(from);
      } else {
        client.hello();
      }
      assertThat(client.deliver(from, to, "From: " + from + "\r\n" + text(messageId)))
          .startsWith("250");
      client.send("QUIT");
    }
  }

  private static String text(String messageId) {
    return "Date: Fri, 27 Nov 2026 10:00:00 +0000\r\nMessage-ID: <"
        + messageId
        + ">\r\nSubject: Secret\r\n\r\nHelp\r\n";
  }
}
