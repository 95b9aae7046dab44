package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.posthorn.mailet.Smarthost;

/// A server that means harm: whatever it does at whichever stage, the mail has an answer before
/// long, in bounded memory, and is nobody else's trouble.
final class HostileServerTest {
  /// Each wait may take half a second, a whole connection two.
  private static final Duration AT_MOST = Duration.ofSeconds(15);

  private static final OutgoingMail TO_BOB = OutgoingMail.to("bob@example.net");

  @AutoClose private final SendingMta mta = SendingMta.direct().impatient();

  /// After how many replies it begins.
  enum Stage {
    GREETING(0),
    EHLO(1),
    MAIL(2),
    RCPT(3),
    DATA(4),
    END(5);

    final int replies;

    Stage(int replies) {
      this.replies = replies;
    }
  }

  private static final List<String> REPLIES =
      List.of(
          "220 mx\r\n",
          "250-mx\r\n250 8BITMIME\r\n",
          "250 ok\r\n",
          "250 ok\r\n",
          "354 go\r\n",
          "250 ok\r\n");

  interface Harm {
    void to(InputStream in, OutputStream out) throws Exception;
  }

  private static final byte[] MEGABYTE = "x".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);

  private static final List<Named> HARMS =
      List.of(
          new Named(
              "a line of a gigabyte",
              (_, out) -> {
                for (int i = 0; i < 1_024; i++) {
                  out.write(MEGABYTE);
                }
              }),
          new Named("a reply without end", (_, out) -> endless(out, "250-more\r\n")),
          new Named(
              "one byte in a while",
              (_, out) -> {
                for (byte b :
                    "250-slow and slower and slower"
                        .repeat(50)
                        .getBytes(StandardCharsets.US_ASCII)) {
                  out.write(b);
                  out.flush();
                  Thread.sleep(100);
                }
              }),
          new Named("line breaks", (_, out) -> endless(out, "\r\n")),
          new Named("zeroes", (_, out) -> endless(out, "\0\0\0\0\0\0\0\0")),
          new Named("codes that change", (_, out) -> say(out, "250-one\r\n550 other\r\n")),
          new Named("no code", (_, out) -> say(out, "hello\r\n")),
          new Named("a code of four", (_, out) -> say(out, "2500 ok\r\n")),
          new Named("a code of the intermediate", (_, out) -> say(out, "150 wait\r\n")),
          new Named("go ahead at a wrong time", (_, out) -> say(out, "354 go\r\n354 go\r\n")),
          new Named("421", (_, out) -> say(out, "421 4.3.2 enough\r\n")),
          new Named("half a reply", (_, out) -> say(out, "250-half\r\n")),
          new Named("nothing", (in, _) -> in.readAllBytes()),
          new Named("nothing is read either", (_, _) -> Thread.sleep(3_000)),
          new Named("a hang up", (_, _) -> {}));

  record Named(String name, Harm harm) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Arguments> everyHarmAtEveryStage() {
    return HARMS.stream()
        .flatMap(harm -> Stream.of(Stage.values()).map(stage -> Arguments.of(harm, stage)));
  }

  @Execution(ExecutionMode.CONCURRENT)
  @ParameterizedTest
  @MethodSource("everyHarmAtEveryStage")
  void hasAnAnswerBeforeLong(Named harm, Stage stage) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> serve(server, harm.harm(), stage));
      long begin = System.nanoTime();

      String answer = mta.carry(server.getLocalPort(), TO_BOB);

      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(AT_MOST);
      assertThat(answer).hasSizeLessThan(2_000).doesNotContain("\r", "\0", "no answer");
      assertThat(answer).matches("bob@example.net: (deferred 4|failed 5)\\.\\d+\\.\\d+ .*");
    }
  }

  /// A server that takes the connection for TLS and then is silent, or talks on in plain text.
  @Execution(ExecutionMode.CONCURRENT)
  @ParameterizedTest
  @MethodSource("everyHarmAtTheHandshake")
  void doesNotHangInTheHandshake(Named harm) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> serveHandshake(server, harm.harm()));
      var host =
          new Smarthost(
              "127.0.0.1", server.getLocalPort(), Smarthost.Tls.STARTTLS, Optional.empty());
      long begin = System.nanoTime();

      String answer = mta.carry(server.getLocalPort(), TO_BOB.through(host));

      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(AT_MOST);
      assertThat(answer).contains("deferred 4.7.5", "TLS failed");
    }
  }

  static Stream<Named> everyHarmAtTheHandshake() {
    return HARMS.stream();
  }

  private static void serve(ServerSocket server, Harm harm, Stage stage) {
    while (!server.isClosed()) {
      try (Socket client = server.accept()) {
        OutputStream out = client.getOutputStream();
        InputStream in = client.getInputStream();
        for (int i = 0; i < stage.replies; i++) {
          say(out, REPLIES.get(i));
          if (i == Stage.DATA.replies) {
            untilEnd(in);
          } else {
            line(in);
          }
        }
        harm.to(in, out);
      } catch (Exception _) {
        // The next client, or the end.
      }
    }
  }

  private static void serveHandshake(ServerSocket server, Harm harm) {
    while (!server.isClosed()) {
      try (Socket client = server.accept()) {
        say(client.getOutputStream(), "220 mx\r\n");
        line(client.getInputStream());
        say(client.getOutputStream(), "250-mx\r\n250 STARTTLS\r\n");
        line(client.getInputStream());
        say(client.getOutputStream(), "220 go\r\n");
        harm.to(client.getInputStream(), client.getOutputStream());
      } catch (Exception _) {
        // The next client, or the end.
      }
    }
  }

  private static void untilEnd(InputStream in) throws IOException {
    String line = line(in);
    while (!line.equals(".\r\n") && !line.isEmpty()) {
      line = line(in);
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b >= 0; b = in.read()) {
      line.append((char) b);
      if (b == '\n') {
        break;
      }
    }
    return line.toString();
  }

  private static void say(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  private static void endless(OutputStream out, String text) throws IOException {
    byte[] bytes = text.repeat(1_000).getBytes(StandardCharsets.US_ASCII);
    while (true) {
      out.write(bytes);
    }
  }
}
