package org.posthorn.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.ListBook;

/// The public pages over TLS, by clients of all kinds.
@Timeout(120)
class PublicWebTest {
  private static final MailAddress TEAM = MailAddress.of("team@example.org");
  private static final String HOST = "Host: mail.example.org\r\n";

  @TempDir private Path data;

  private TestServer start(String... more) throws IOException {
    String[] settings = {
      "hostname=mail.example.org",
      "web.enabled=true",
      "web.port=0",
      "web.url=https://mail.example.org",
      "web.requests-per-minute=10000"
    };
    String[] all = new String[settings.length + more.length];
    System.arraycopy(settings, 0, all, 0, settings.length);
    System.arraycopy(more, 0, all, settings.length, more.length);
    return TestServer.start(data, all).withUsers("ann", "bob");
  }

  @Test
  void nothingListensUntilItIsConfigured() throws IOException {
    try (TestServer server = TestServer.start(data)) {
      assertThat(server.server().listeners()).noneMatch(one -> one.name().equals("web"));
    }
  }

  @Test
  void oneClickLeavesAListAndLookingChangesNothing() throws IOException {
    try (TestServer server = start()) {
      run("list", "create", "team@example.org", "title=Tea & <Cake>");
      run("list", "subscribe", "team@example.org", "eve@example.net", "zoe@example.net");
      String eve = "/unsubscribe?list=team%40example.org&token=" + token(server, "eve");
      String shown = get(server, eve);
      assertThat(shown)
          .startsWith("HTTP/1.1 200 ")
          .contains("<button>", "Tea &amp; &lt;Cake&gt;", "Referrer-Policy: no-referrer")
          .doesNotContain("<Cake>", "eve@");
      assertThat(ask(server, "HEAD " + eve + " HTTP/1.1\r\n" + HOST + "\r\n"))
          .startsWith("HTTP/1.1 200 ")
          .endsWith("\r\n\r\n");
      assertThat(post(server, eve, "")).startsWith("HTTP/1.1 400 ");
      assertThat(get(server, eve.replace("token=", "token=x"))).startsWith("HTTP/1.1 404 ");
      assertThat(members(server)).isEqualTo(2);

      assertThat(post(server, eve, "List-Unsubscribe=One-Click")).startsWith("HTTP/1.1 200 ");
      assertThat(members(server)).isEqualTo(1);
      assertThat(post(server, eve, "List-Unsubscribe=One-Click"))
          .as("once more")
          .startsWith("HTTP/1.1 200 ");
      assertThat(get(server, eve)).startsWith("HTTP/1.1 404 ");
      String zoe = "/unsubscribe?list=team%40example.org&token=" + token(server, "zoe");
      String parts =
          """
          --b
          Content-Disposition: form-data; name="List-Unsubscribe"

          One-Click
          --b--
          """
              .replace("\n", "\r\n");
      assertThat(post(server, zoe, parts)).startsWith("HTTP/1.1 200 ");
      assertThat(members(server)).isZero();
    }
  }

  @Test
  void postsOfListsCarryTheLink() throws IOException {
    try (TestServer server = start()) {
      run("list", "create", "team@example.org", "posting=anyone");
      run("list", "subscribe", "team@example.org", "bob@example.org");
      try (WireClient smtp = server.connect("mx")) {
        smtp.reply();
        smtp.smtp("EHLO client.example");
        assertThat(
                smtp.deliver(
                    "x@else.example", "team@example.org", "From: x@else.example\r\n\r\nx\r\n"))
            .startsWith("250");
      }
      String post = firstOf(server, "bob");
      assertThat(post)
          .contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
          .contains(
              "<https://mail.example.org/unsubscribe?list=team%40example.org&token="
                  + token(server, "bob"));
    }
  }

  private static String firstOf(TestServer server, String user) throws IOException {
    while (true) {
      try (WireClient imap = server.imap(user)) {
        if (String.join("\n", imap.imap("SELECT INBOX")).contains("* 1 EXISTS")) {
          return String.join("\r\n", imap.imap("FETCH 1 BODY.PEEK[HEADER]")).replace("\r\n ", " ");
        }
      }
      LockSupport.parkNanos(20_000_000);
    }
  }

  @Test
  void tellsThePolicyOfEachOfOurDomains() throws IOException {
    try (TestServer server =
        start(
            "web.mta-sts.mode=enforce", "web.mta-sts.mx=[\"mx.example.org\", \"*.example.net\"]")) {
      assertThat(asked(server, "mta-sts.Example.org:443", "/.well-known/mta-sts.txt"))
          .startsWith("HTTP/1.1 200 ")
          .contains("Content-Type: text/plain")
          .endsWith(
              """
              version: STSv1
              mode: enforce
              mx: mx.example.org
              mx: *.example.net
              max_age: 604800
              """
                  .replace("\n", "\r\n"));
      assertThat(asked(server, "mta-sts.example.com", "/.well-known/mta-sts.txt"))
          .startsWith("HTTP/1.1 421 ");
      assertThat(InProcess.run(data, "dns", "show", "example.org").out())
          .contains("(this server shows it, as web.mta-sts says):")
          .contains(";   mode: enforce\n;   mx: mx.example.org\n;   mx: *.example.net\n");
      assertThat(asked(server, "example.org", "/.well-known/mta-sts.txt"))
          .startsWith("HTTP/1.1 404 ");
    }
  }

  @Test
  void thereIsNoPolicyUntilSomebodyWantsOne() throws IOException {
    try (TestServer server = start()) {
      assertThat(asked(server, "mta-sts.example.org", "/.well-known/mta-sts.txt"))
          .startsWith("HTTP/1.1 404 ");
    }
  }

  @Test
  void tellsMailProgramsTheirSettings() throws IOException {
    try (TestServer server = start()) {
      String thunderbird = asked(server, "autoconfig.example.org", "/mail/config-v1.1.xml");
      assertThat(thunderbird)
          .contains("<emailProvider id=\"example.org\">", "<hostname>mail.example.org</hostname>")
          .contains("<port>" + server.port("imaps") + "</port>", "<socketType>SSL</socketType>")
          .contains("<outgoingServer type=\"smtp\">", "%EMAILADDRESS%");
      assertThat(
              asked(
                  server,
                  "mail.example.org",
                  "/mail/config-v1.1.xml?emailaddress=nobody%40example.org"))
          .contains("<domain>example.org</domain>");
      assertThat(get(server, "/mail/config-v1.1.xml")).startsWith("HTTP/1.1 404 ");
      String outlook = post(server, "/Autodiscover/Autodiscover.xml", discovery("ann@example.org"));
      assertThat(outlook)
          .contains("<Type>IMAP</Type>", "<LoginName>ann@example.org</LoginName>")
          .contains("<Port>" + server.port("submissions") + "</Port>", "<SSL>on</SSL>");
      assertThat(post(server, "/autodiscover/autodiscover.xml", discovery("x@else.example")))
          .startsWith("HTTP/1.1 404 ");
      assertThat(
              post(
                  server,
                  "/autodiscover/autodiscover.xml",
                  "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>"
                      + discovery("&e;@example.org")))
          .startsWith("HTTP/1.1 404 ");
    }
  }

  private static String discovery(String address) {
    return """
    <?xml version="1.0"?>
    <Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006">
      <Request><EMailAddress>%s</EMailAddress></Request>
    </Autodiscover>
    """
        .formatted(address);
  }

  @Test
  void hostileRequestsAreRefused() throws IOException {
    try (TestServer server = start()) {
      for (String path :
          List.of(
              "/", "/../posthorn.yaml", "/.well-known/../../etc/passwd", "/%2e%2e/x", "/a\\b")) {
        assertThat(get(server, path)).as(path).startsWith("HTTP/1.1 404 ");
      }
      refused(server, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421);
      refused(server, "GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n", 421);
      refused(server, "GET / HTTP/1.1\r\n\r\n", 400);
      refused(server, "GET / HTTP/1.1\r\n" + HOST + HOST + "\r\n", 400);
      refused(server, "GET http://mail.example.org/ HTTP/1.1\r\n" + HOST + "\r\n", 400);
      refused(server, "GET / HTTP/1.1\r\n" + HOST + "no header\r\n\r\n", 400);
      refused(server, "GET / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n", 501);
      refused(server, "POST / HTTP/1.1\r\n" + HOST + "Content-Length: 999999999\r\n\r\n", 413);
      refused(server, "POST / HTTP/1.1\r\n" + HOST + "Content-Length: -1\r\n\r\n", 400);
      refused(server, "DELETE /unsubscribe HTTP/1.1\r\n" + HOST + "\r\n", 405);
      refused(server, "GET /unsubscribe?list=%zz HTTP/1.1\r\n" + HOST + "\r\n", 400);
      refused(server, "GET /" + "a".repeat(50_000) + " HTTP/1.1\r\n" + HOST + "\r\n", 431);
      refused(server, "GET / HTTP/1.1\r\n" + "X: y\r\n".repeat(1_000) + "\r\n", 431);
      refused(server, "EHLO there\r\n", 400);
      assertThat(get(server, "/unsubscribe?" + "a=b&".repeat(100))).startsWith("HTTP/1.1 400 ");
      String blanks = "<EMailAddress>" + " ".repeat(8_100);
      assertTimeoutPreemptively(
          Duration.ofSeconds(10),
          () ->
              assertThat(post(server, "/autodiscover/autodiscover.xml", blanks))
                  .startsWith("HTTP/1.1 404 "));
    }
  }

  @Test
  void whoIsSlowOrAsksTooOftenIsSentAway() throws IOException {
    try (TestServer server = start("web.request-timeout=1s", "web.requests-per-minute=1")) {
      assertThat(ask(server, "GET /unsubscribe HTTP/1.1\r\nHost: ma")).startsWith("HTTP/1.1 408 ");
      // The minute may change between two.
      String answer = "";
      while (!answer.startsWith("HTTP/1.1 429 ")) {
        answer = ask(server, "GET / HTTP/1.1\r\n" + HOST + "\r\n");
      }
      assertThat(answer).contains("Retry-After: 60");
    }
  }

  private static void refused(TestServer server, String request, int status) throws IOException {
    assertThat(ask(server, request))
        .as(request.substring(0, Math.min(80, request.length())))
        .startsWith("HTTP/1.1 " + status + " ");
  }

  private static String get(TestServer server, String path) throws IOException {
    return asked(server, "mail.example.org", path);
  }

  private static String asked(TestServer server, String host, String path) throws IOException {
    return ask(server, "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  }

  private static String post(TestServer server, String path, String body) throws IOException {
    return ask(
        server,
        "POST %s HTTP/1.1\r\n%sContent-Type: x/y\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(path, HOST, body.getBytes(UTF_8).length, body));
  }

  /// All that the server says until it closes.
  private static String ask(TestServer server, String request) throws IOException {
    try (Socket socket =
        TrustAll.context()
            .getSocketFactory()
            .createSocket(InetAddress.getLoopbackAddress(), server.port("web"))) {
      socket.getOutputStream().write(request.getBytes(UTF_8));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  private void run(String... command) {
    InProcess.Result result = InProcess.run(data, command);
    assertThat(result.err()).isEmpty();
  }

  private static ListBook lists(TestServer server) {
    return server.server().composition().room(Directory.class).lists();
  }

  private static int members(TestServer server) {
    return lists(server).count(TEAM);
  }

  private static String token(TestServer server, String name) {
    ListBook lists = lists(server);
    return lists.members(lists.there(TEAM), Optional.empty(), 10).stream()
        .filter(member -> member.address().localPart().equals(name))
        .findFirst()
        .orElseThrow()
        .token();
  }
}
