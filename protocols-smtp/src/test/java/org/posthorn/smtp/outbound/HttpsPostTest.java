package org.posthorn.smtp.outbound;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// To a real web server.
final class HttpsPostTest {
  @AutoClose private final SendingMta mta = SendingMta.in("reports.example IN A 127.0.0.1\n");

  private final List<String> taken = new CopyOnWriteArrayList<>();
  private HttpsServer server;
  private volatile int status = 201;
  private Duration limit = Duration.ofSeconds(60);

  @BeforeEach
  void start() throws IOException {
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(new Authority().server("another.example").tls()));
    server.createContext(
        "/",
        exchange -> {
          taken.add(
              exchange.getRequestMethod()
                  + " "
                  + exchange.getRequestURI()
                  + " "
                  + exchange.getRequestHeaders().getFirst("Content-Type")
                  + " "
                  + new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          exchange.getResponseHeaders().add("Location", "/elsewhere");
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void handsOverWhateverTheCertificate() throws IOException {
    post(true, "/v1/r?d=a%20b");
    assertThat(taken).containsExactly("POST /v1/r?d=a%20b text/x hello");
  }

  @Test
  void takesNothingButYesForAnAnswer() {
    for (int no : List.of(302, 404, 503)) {
      status = no;
      assertThat(catchThrowable(() -> post(true, "/")))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(Integer.toString(no));
    }
    assertThat(taken).as("no redirection").hasSize(3);
  }

  @Test
  void goesToNoMachineInside() {
    assertThat(catchThrowable(() -> post(false, "/")))
        .hasMessageContaining("no address that we may go to");
    assertThat(taken).isEmpty();
  }

  /// Such as one of two machines that hangs.
  @Test
  void anAddressThatIsSilentLeavesTimeForTheNext() throws IOException {
    mta.zone("reports.example IN A 127.0.0.1\nreports.example IN A 127.0.0.9\n");
    try (var silent =
        new ServerSocket(server.getAddress().getPort(), 5, InetAddress.ofLiteral("127.0.0.9"))) {
      limit = Duration.ofSeconds(6);
      assertThat(silent.isBound()).isTrue();
      for (int i = 0; i < 2; i++) {
        post(true, "/");
      }
      assertThat(taken).hasSize(2);
    }
  }

  private void post(boolean inside, String path) throws IOException {
    var post = new HttpsPost(mta.dnsClient(), new OwnHosts(List.of(), inside), mta.tls());
    post.post(
        URI.create("https://reports.example:" + server.getAddress().getPort() + path),
        "text/x",
        "hello".getBytes(UTF_8),
        limit);
  }
}
