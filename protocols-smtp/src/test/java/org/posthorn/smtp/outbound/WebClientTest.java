package org.posthorn.smtp.outbound;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.Http;
import org.posthorn.mailet.TestDns;

/// The web for plugins, against a web server on loopback.
final class WebClientTest {
  private final TestDns dns = new TestDns().with("A", "web.example", "127.0.0.1");
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/echo", WebClientTest::echo);
    server.createContext("/chunks", exchange -> answer(exchange, 200, "x".repeat(5_000), 0));
    server.createContext("/empty", exchange -> answer(exchange, 204, "", -1));
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private static void echo(HttpExchange exchange) throws IOException {
    String sent = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
    String text =
        "%s %s %s %s %s"
            .formatted(
                exchange.getRequestMethod(),
                exchange.getRequestURI(),
                exchange.getRequestHeaders().getFirst("Host").replaceAll(":.*", ""),
                exchange.getRequestHeaders().getFirst("Authorization"),
                sent);
    answer(exchange, 200, text, text.getBytes(UTF_8).length);
  }

  private static void answer(HttpExchange exchange, int status, String text, long length)
      throws IOException {
    exchange.getResponseHeaders().add("X-Two", "a");
    exchange.getResponseHeaders().add("X-Two", "b");
    exchange.sendResponseHeaders(status, length);
    exchange.getResponseBody().write(text.getBytes(UTF_8));
    exchange.close();
  }

  private WebClient client(String... inside) {
    return new WebClient(
        dns,
        new OwnHosts(List.of(), false),
        List.of(inside).stream().map(text -> AddressRange.of("test", text)).toList(),
        new TlsClient(Optional.empty()));
  }

  private URI uri(String path) {
    return uri("web.example", path);
  }

  private URI uri(String host, String path) {
    return URI.create("http://" + host + ":" + server.getAddress().getPort() + path);
  }

  private static Http.Response response(Http.Answer answer) {
    assertThat(answer).isInstanceOf(Http.Response.class);
    return (Http.Response) answer;
  }

  private static Http.Failure failure(Http.Answer answer) {
    assertThat(answer).isInstanceOf(Http.Failure.class);
    return (Http.Failure) answer;
  }

  @Test
  void asksAndSends() {
    Http http = client("127.0.0.1");
    Http.Response got = response(http.send(Http.Request.get(uri("/echo?a=b%20c"))));
    assertThat(got.text()).isEqualTo("GET /echo?a=b%20c web.example null ");
    assertThat(got.header("x-two")).contains("a, b");
    var post =
        Http.Request.post(uri("/echo"), "text/plain", Http.Body.of("grüß"))
            .withHeader("authorization", "no")
            .withHeader("Authorization", "Bearer x");
    assertThat(response(http.send(post)).text()).isEqualTo("POST /echo web.example Bearer x grüß");
    assertThat(response(http.send(Http.Request.get(uri("/nothing")))).status()).isEqualTo(404);
    assertThat(response(http.send(Http.Request.get(uri("/empty")))).body()).isEmpty();
    assertThat(response(http.send(Http.Request.get(uri("localhost", "/echo")))).status())
        .isEqualTo(200);
    var head = Http.Request.of("HEAD", uri("/chunks"), Optional.empty());
    assertThat(response(http.send(head)).body()).isEmpty();
  }

  @Test
  void goesNowhereInsideUnlessTheOperatorSaysSo() {
    dns.with("A", "rebound.example", "10.1.2.3", "169.254.169.254");
    for (String host :
        List.of(
            "web.example",
            "127.0.0.1",
            "localhost",
            "[::1]",
            "[::ffff:7f00:1]",
            "rebound.example",
            "0.0.0.0",
            "[64:ff9b::7f00:1]",
            "2130706433.example")) {
      Http.Failure failure = failure(client().send(Http.Request.get(uri(host, "/echo"))));
      assertThat(failure.reason())
          .as(host)
          .isIn(
              host.startsWith("2130706433")
                  ? List.of(Http.Reason.UNREACHABLE)
                  : List.of(Http.Reason.FORBIDDEN));
    }
    assertThat(failure(client().send(Http.Request.get(uri("/echo")))).why())
        .contains("web.example", "127.0.0.1", "private-networks");
    assertThat(failure(client("10.0.0.0/8").send(Http.Request.get(uri("/echo")))).reason())
        .isEqualTo(Http.Reason.FORBIDDEN);
  }

  @Test
  void saysWhyNobodyAnswers() throws IOException {
    Http http = client("127.0.0.1");
    assertThat(failure(http.send(Http.Request.get(uri("nobody.example", "/")))))
        .isEqualTo(
            new Http.Failure(Http.Reason.UNREACHABLE, "no address is known of nobody.example"));
    int port;
    try (var closed = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      port = closed.getLocalPort();
    }
    Http.Failure refused =
        failure(http.send(Http.Request.get(URI.create("http://web.example:" + port + "/"))));
    assertThat(refused.reason()).isEqualTo(Http.Reason.UNREACHABLE);
    URI notTls = URI.create("https://web.example:" + server.getAddress().getPort() + "/");
    var _ = failure(http.send(Http.Request.get(notTls).within(Duration.ofMillis(500))));
  }

  @Test
  void takesNoMoreThanItMay() {
    Http http = client("127.0.0.1");
    var request = Http.Request.get(uri("/chunks"));
    assertThat(response(http.send(request.upTo(5_000))).body()).hasSize(5_000);
    Http.Failure tooLarge = failure(http.send(request.upTo(4_999)));
    assertThat(tooLarge.reason()).isEqualTo(Http.Reason.TOO_LARGE);
    assertThat(tooLarge.status()).contains(200);
    var echo = Http.Request.get(uri("/echo"));
    assertThat(failure(http.send(echo.upTo(10))).reason()).isEqualTo(Http.Reason.TOO_LARGE);
  }

  @Test
  void waitsNoLongerThanItMayWhereverTheServerStops() throws Exception {
    for (String beginning :
        List.of(
            "",
            "HTTP/1.1 200 OK\r\nX: ",
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")) {
      var over = new CountDownLatch(1);
      try (var listener = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
        var server =
            Thread.ofVirtual()
                .start(() -> {
                  try (Socket client = listener.accept()) {
                    client.getOutputStream().write(beginning.getBytes(US_ASCII));
                    over.await();
                  } catch (IOException | InterruptedException _) {
                    // The test says what is wrong.
                  }
                });
        URI uri = URI.create("http://web.example:" + listener.getLocalPort() + "/");
        long begin = System.nanoTime();
        Http.Failure failure =
            failure(client("127.0.0.1").send(Http.Request.get(uri).within(Duration.ofMillis(300))));
        assertThat(failure.reason()).as(beginning).isEqualTo(Http.Reason.TOO_SLOW);
        assertThat(failure.status().isPresent()).as(beginning).isEqualTo(beginning.contains("abc"));
        assertThat(System.nanoTime() - begin).isLessThan(30_000_000_000L);
        over.countDown();
        server.join();
      }
    }
  }

  @Test
  void aTimeLimitThatIsNoWholeNumberOfMillisecondsIsNotOverBeforeItIsOver() throws Exception {
    try (var listener = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"))) {
      URI silent = URI.create("http://web.example:" + listener.getLocalPort() + "/");
      var request = Http.Request.get(silent).within(Duration.ofNanos(5_900_000));
      for (int i = 0; i < 20; i++) {
        assertThat(failure(client("127.0.0.1").send(request)).reason())
            .isEqualTo(Http.Reason.TOO_SLOW);
      }
    }
  }

  @Test
  void doesNotTakeAHalfAnswerForAWholeOne() throws Exception {
    for (String half :
        List.of(
            "SSH-2.0 hello\r\n",
            "HTTP/1.1 200 OK\r\nX: y",
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc")) {
      try (var listener = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
        var server =
            Thread.ofVirtual()
                .start(() -> {
                  try (Socket client = listener.accept()) {
                    readHead(client.getInputStream());
                    client.getOutputStream().write(half.getBytes(US_ASCII));
                  } catch (IOException _) {
                    // The test says what is wrong.
                  }
                });
        URI uri = URI.create("http://web.example:" + listener.getLocalPort() + "/");
        Http.Failure failure = failure(client("127.0.0.1").send(Http.Request.get(uri)));
        assertThat(failure.reason()).as(half).isEqualTo(Http.Reason.UNREACHABLE);
        server.join();
      }
    }
  }

  /// For a body that is too large or for want of a login a server answers early and hangs up.
  @Test
  void aServerThatHasHeardEnoughIsBelieved() throws Exception {
    for (String answer :
        List.of(
            "HTTP/1.1 413 Too Much\r\nContent-Length: 2\r\n\r\nno",
            "HTTP/1.1 401 Who\r\nX: y\r\n\r\nno",
            "")) {
      try (var listener = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
        var server =
            Thread.ofVirtual()
                .start(() -> {
                  try (Socket client = listener.accept()) {
                    client.getInputStream().readNBytes(64 << 10);
                    client.getOutputStream().write(answer.getBytes(US_ASCII));
                  } catch (IOException _) {
                    // The test says what is wrong.
                  }
                });
        URI uri = URI.create("http://web.example:" + listener.getLocalPort() + "/");
        var post = Http.Request.post(uri, "text/plain", Http.Body.of("x".repeat(8 << 20)));
        Http.Answer got = client("127.0.0.1").send(post);
        if (answer.isEmpty()) {
          assertThat(failure(got).reason()).isEqualTo(Http.Reason.UNREACHABLE);
        } else {
          assertThat(response(got).status()).isEqualTo(Integer.parseInt(answer.substring(9, 12)));
        }
        server.join();
      }
    }
  }

  private static void readHead(InputStream in) throws IOException {
    int last = 0;
    while ((last & 0xFFFFFFFF) != 0x0D0A0D0A) {
      last = last << 8 | in.read();
    }
  }

  @Test
  void followsRedirectsAsFarAsItMay() {
    String port = ":" + server.getAddress().getPort();
    dns.with("A", "other.example", "127.0.0.1").with("A", "inside.example", "10.0.0.1");
    redirect("/here", "/echo");
    redirect("/there", "http://other.example" + port + "/echo");
    redirect("/inside", "http://inside.example/secret");
    redirect("/file", "file:///etc/passwd");
    redirect("/round", "/round");
    Http http = client("127.0.0.1");
    var request = Http.Request.get(uri("/here")).withHeader("Authorization", "x");
    assertThat(response(http.send(request)).status()).isEqualTo(302);
    var same = request.following(Http.Redirects.SAME_HOST);
    assertThat(response(http.send(same)).text()).isEqualTo("GET /echo web.example x ");
    var there = Http.Request.get(uri("/there")).withHeader("authorization", "x");
    assertThat(response(http.send(there.following(Http.Redirects.SAME_HOST))).status())
        .isEqualTo(302);
    assertThat(response(http.send(there.following(Http.Redirects.ANYWHERE))).text())
        .isEqualTo("GET /echo other.example null ");
    assertThat(status(http, "/inside")).isEqualTo("FORBIDDEN");
    assertThat(status(http, "/file")).isEqualTo("302");
    assertThat(status(http, "/round")).isEqualTo("302");
    var post = Http.Request.post(uri("/here"), "text/plain", Http.Body.of("once"));
    assertThat(response(http.send(post.following(Http.Redirects.ANYWHERE))).status())
        .isEqualTo(302);
  }

  private void redirect(String from, String to) {
    server.createContext(
        from,
        exchange -> {
          exchange.getResponseHeaders().add("Location", to);
          exchange.sendResponseHeaders(302, -1);
          exchange.close();
        });
  }

  private String status(Http http, String path) {
    return switch (http.send(Http.Request.get(uri(path)).following(Http.Redirects.ANYWHERE))) {
      case Http.Response response -> String.valueOf(response.status());
      case Http.Failure failure -> failure.reason().name();
    };
  }

  @Test
  void refusesWhatMakesNoSense() {
    Http http = client("127.0.0.1");
    for (String uri :
        List.of("ftp://web.example/", "file:///etc/passwd", "/echo", "http://ann@web.example/")) {
      assertThatIllegalArgumentException()
          .as(uri)
          .isThrownBy(() -> http.send(Http.Request.get(URI.create(uri))));
    }
    var request = Http.Request.get(uri("/echo"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> http.send(request.withHeader("X-A", "b\r\nX-C: d")));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> http.send(request.withHeader("Host", "other.example")));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> http.send(Http.Request.of("GET /", uri("/"), Optional.empty())));
  }

  @Test
  void aBodyThatIsShorterThanItSaysIsNoRequest() {
    var body =
        new Http.Body() {
          @Override
          public long sizeBytes() {
            return 10;
          }

          @Override
          public InputStream open() {
            return new ByteArrayInputStream(new byte[5]);
          }
        };
    assertThat(
            failure(
                    client("127.0.0.1")
                        .send(
                            Http.Request.post(uri("/echo"), "text/plain", body)
                                .within(Duration.ofSeconds(60))))
                .reason())
        .isEqualTo(Http.Reason.UNREACHABLE);
  }
}
