package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.cli.InProcess;
import org.slf4j.LoggerFactory;

/// An operator who is asked why a mail did not come, or not yet, finds the reason in the log and in
/// the story.
@Timeout(120)
class WhyNoMailTest {
  @TempDir private Path data;

  /// Lines of the log as an operator greps them: level, text, and all keys with their values.
  private final Queue<String> lines = new ConcurrentLinkedQueue<>();

  private final AppenderBase<ILoggingEvent> log =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          var line = new StringBuilder(event.getLevel() + " " + event.getFormattedMessage());
          event.getMDCPropertyMap().forEach((key, value) -> line.append(" " + key + "=" + value));
          if (event.getKeyValuePairs() != null) {
            event
                .getKeyValuePairs()
                .forEach(pair -> line.append(" " + pair.key + "=" + pair.value));
          }
          lines.add(line.toString());
        }
      };

  @BeforeEach
  void listen() {
    log.start();
    logger().setLevel(Level.INFO);
    logger().addAppender(log);
  }

  @AfterEach
  void detach() {
    logger().detachAppender(log);
    logger().setLevel(null);
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger("org.posthorn");
  }

  @Test
  void whatIsRefusedBeforeAnybodyLooksAtItIsTold() throws IOException {
    try (TestServer server = TestServer.start(data, TestServer.WITHOUT_DNS).withUsers("ann")) {
      try (WireClient client = server.connect("mx").hello()) {
        assertThat(client.smtp("MAIL FROM:<big@far.example> SIZE=999999999")).startsWith("552");
        assertThat(client.smtp("MAIL FROM:<do..como@far.example>")).startsWith("501 5.1.7");
        assertThat(client.smtp("MAIL FROM:<odd\u202e@far.example>")).startsWith("550 5.6.7");
        assertThat(client.smtp("MAIL FROM:<news@far.example> XYZ=1")).startsWith("555");
        assertThat(client.smtp("AUTH PLAIN geheim geheim")).startsWith("501");
        assertThat(client.smtp("MAIL FROM:<x@far.example>")).startsWith("250");
        assertThat(client.smtp("RCPT TO:<m\u00fcller@example.org>")).startsWith("553");
        assertThat(client.smtp("RCPT TO:<a..b@example.org>")).startsWith("501 5.1.3");
        assertThat(client.smtp("RCPT TO:<ann@example.org> SECRET=1")).startsWith("555");
      }
      line("INFO sender refused", "from=big@far.example", "reply=552 5.3.4");
      line("INFO sender refused", "from=do..como@far.example", "reply=501 5.1.7");
      line("INFO sender refused", "from=odd\\u202e@far.example", "reply=550 5.6.7");
      line("INFO sender refused", "from=news@far.example", "reply=555 5.5.4");
      line("INFO recipient refused", "from=x@far.example", "to=m\u00fcller@example.org", "553");
      line("INFO recipient refused", "from=x@far.example", "to=a..b@example.org", "501 5.1.3");
      line("INFO recipient refused", "from=x@far.example", "to=ann@example.org", "555");
      assertThat(lines).noneMatch(line -> line.contains("geheim"));

      until(() -> trace("x@far.example").contains("555 5.5.4"));
      assertThat(trace("do..como@far.example")).contains("501 5.1.7");
      assertThat(trace("news@far.example")).contains("555 5.5.4 Parameter not known here");
      assertThat(trace("big@far.example")).contains("552 5.3.4 Message is too big");
      assertThat(trace("a..b@example.org")).contains("501 5.1.3");
    }
  }

  @Test
  void whoIsHungUpOnIsTold() throws IOException {
    try (TestServer server =
        TestServer.start(
                data,
                TestServer.WITHOUT_DNS,
                "smtp.greeting-delay=100ms",
                "smtp.limits.errors-max=3",
                "smtp.limits.messages-max=1",
                "smtp.limits.command-timeout=3s")
            .withUsers("ann")) {
      try (WireClient waits = server.connect("mx").hello()) {
        waits.smtp("MAIL FROM:<waits@far.example>");
        try (WireClient early = server.connect("mx")) {
          early.send("EHLO early.example");
          assertThat(early.reply()).startsWith("554");
        }
        try (WireClient errs = server.connect("mx").hello()) {
          errs.smtp("MAIL FROM:<errs@far.example>");
          for (int i = 0; i < 3; i++) {
            assertThat(errs.smtp("RCPT TO:<nobody@example.org>")).startsWith("550");
          }
          assertThat(errs.reply()).startsWith("421 4.7.0 This leads nowhere");
        }
        try (WireClient many = server.connect("mx").hello()) {
          many.deliver("many@far.example", "ann@example.org", "Subject: x\r\n\r\n");
          assertThat(many.smtp("MAIL FROM:<many@far.example>")).startsWith("421 4.7.0 Enough");
        }
        assertThat(waits.reply()).startsWith("421 4.4.2");
      }
      line("INFO hung up", "reply=554 5.5.1 You spoke");
      line("INFO hung up", "reply=421 4.7.0 This leads nowhere", "from=errs@far.example");
      line("INFO hung up", "reply=421 4.7.0 Enough");
      line("INFO hung up", "reply=421 4.4.2", "from=waits@far.example");
      until(() -> trace("waits@far.example").contains("421 4.4.2"));
      assertThat(trace("errs@far.example")).contains("421 4.7.0 This leads nowhere");
    }
  }

  /// Nothing was refused, and the other side's log has no more than that the connection was lost.
  @Test
  void whoIsGoneWithinATextIsTold() throws IOException {
    try (TestServer server = TestServer.start(data, TestServer.WITHOUT_DNS).withUsers("ann")) {
      for (String how : List.of("DATA", "BDAT 1000 LAST")) {
        try (WireClient client = server.connect("mx").hello()) {
          assertThat(client.smtp("MAIL FROM:<gone@far.example>")).startsWith("250");
          assertThat(client.smtp("RCPT TO:<ann@example.org>")).startsWith("250");
          client.send(how);
          if (how.equals("DATA")) {
            assertThat(client.reply()).startsWith("354");
          }
          client.send("Message-ID: <%s@far.example>\r\n\r\nhalf".formatted(how.substring(0, 4)));
        }
      }
      try (WireClient client = server.connect("mx").hello()) {
        assertThat(client.smtp("MAIL FROM:<asks@far.example>")).startsWith("250");
      }
      String cut = "INFO message cut off";
      line(cut, "from=gone@far.example", "to=ann@example.org", "<DATA@far.example>", "bytes=40");
      line(cut, "from=gone@far.example", "to=ann@example.org", "<BDAT@far.example>", "bytes=40");
      assertThat(lines).noneMatch(one -> one.contains("asks@far.example"));
    }
  }

  @Test
  void mailThatIsHeldSaysSo() throws IOException {
    try (TestServer server = TestServer.start(data, TestServer.WITHOUT_DNS).withUsers("ann")) {
      String id;
      try (WireClient client = server.submission("ann")) {
        client.smtp("MAIL FROM:<ann@example.org> HOLDFOR=3600 BY=7200;R MT-PRIORITY=3");
        client.smtp("RCPT TO:<ann@example.org>");
        client.smtp("DATA");
        id = accepted(client.smtp("Subject: later\r\n\r\n."));
      }
      until(() -> trace(id).contains("taken from"));
      assertThat(trace(id))
          .containsPattern("taken from .*; to be held until 2\\S+Z at the sender's wish,")
          .containsPattern("to be delivered by 2\\S+Z, with priority 3\\n");
      String two;
      try (WireClient client = server.connect("lmtp")) {
        client.reply();
        client.smtp("LHLO client.example");
        client.smtp("MAIL FROM:<x@far.example>");
        client.smtp("RCPT TO:<ann@example.org>");
        client.smtp("RCPT TO:<Ann+x@example.org>");
        client.smtp("DATA");
        two = accepted(client.smtp("Subject: two\r\n\r\n."));
      }
      for (String mail : List.of(id, two)) {
        assertThat(line("INFO accepted", "mail=" + mail).split(" connection=", -1)).hasSize(2);
      }
    }
  }

  @Test
  void whatIsOursToMendInSendingIsWarnedOf() throws IOException {
    try (TestServer other = TestServer.start(data.resolve("other"));
        ServerSocket plain = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        TestServer server =
            TestServer.start(
                    data.resolve("own"),
                    TestServer.WITHOUT_DNS,
                    """
                    outbound.routes=[{recipients: login.example, to: "127.0.0.1:%1$d", tls: none, credentials: p}, \
                    {recipients: tls.example, to: "127.0.0.1:%1$d", credentials: p}, \
                    {recipients: from.example, to: "127.0.0.1:%1$d", source-addresses: [192.0.2.1]}, \
                    {recipients: plain.example, to: "127.0.0.1:%2$d", credentials: p}, \
                    {recipients: name.example, to: "smart.example:25"}]\
                    """
                        .formatted(other.port("mx"), plain.getLocalPort()),
                    "outbound.credentials={p: {login: u, password: geheim}}")
                .withUsers("ann")) {
      Thread.ofVirtual().start(() -> knowsNoTls(plain));
      try (WireClient client = server.submission("ann")) {
        for (String domain : List.of("login", "tls", "from", "name", "dest", "plain")) {
          accepted(
              client.deliver("ann@example.org", "x@" + domain + ".example", "Subject: x\r\n\r\n"));
        }
      }
      line("WARN smarthost-unusable", "host=127.0.0.1", "neither AUTH PLAIN nor LOGIN");
      line("WARN smarthost-unusable", "host=127.0.0.1", "TLS failed: ");
      line("WARN smarthost-unusable", "host=smart.example", "no DNS server answered");
      line("WARN smarthost-unusable", "port=" + plain.getLocalPort(), "It does not offer STARTTLS");
      line("WARN source-address-unusable", "192.0.2.1 (source-addresses)");
      line("INFO deferred", "to=x@from.example", "nothing can set out from 192.0.2.1");
      line("INFO deferred", "to=x@dest.example");
      assertThat(run("own", "queue", "destinations", "dest.example"))
          .contains("outbound.dns.servers");
    }
    assertThat(lines).noneMatch(line -> line.contains("geheim"));
  }

  /// Greets one client, and offers nothing.
  private static void knowsNoTls(ServerSocket listener) {
    try (Socket client = listener.accept();
        var in =
            new BufferedReader(
                new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII))) {
      byte[] reply = "250 plain.example\r\n".getBytes(StandardCharsets.US_ASCII);
      client.getOutputStream().write("220 plain.example\r\n".getBytes(StandardCharsets.US_ASCII));
      while (in.readLine() != null) {
        client.getOutputStream().write(reply);
      }
    } catch (IOException _) {
      // The client has gone.
    }
  }

  private String run(String name, String... arguments) {
    InProcess.Result result = InProcess.run(data.resolve(name), arguments);
    return result.out() + result.err();
  }

  @Test
  void eachRecipientIsNamedOnce() throws IOException {
    try (TestServer server =
        TestServer.start(data, TestServer.WITHOUT_DNS).withUsers("ann", "bob")) {
      server
          .admin()
          .put(
              "/aliases/team%40example.org",
              Map.of("targets", List.of("ann@example.org", "bob@example.org")));
      String id;
      try (WireClient client = server.connect("mx").hello()) {
        id =
            accepted(
                client.deliver(
                    "x@far.example",
                    List.of("ann@example.org", "team@example.org"),
                    "Subject: x\r\n\r\n"));
      }
      until(() -> trace(id).contains("now: delivered"));
      assertThat(trace(id))
          .contains("Aliases: goes on, now for ann@example.org and bob@example.org (")
          .contains("delivered into INBOX, for ann@example.org and bob@example.org (");
      line("INFO served", "mail=" + id, "to=ann@example.org bob@example.org step=");
    }
  }

  @Test
  void aBrokenProxyHeaderIsTold() throws IOException {
    try (TestServer server =
        TestServer.start(
            data,
            "smtp.mx.proxy-networks=[127.0.0.0/8]",
            "smtp.mx.handshake-timeout=300ms",
            "smtp.submissions.handshake-timeout=300ms")) {
      try (WireClient silent = server.connect("mx")) {
        assertThat(silent.rest()).isEmpty();
      }
      line("WARN no PROXY header", "remote=127.0.0.1", "port=" + server.port("mx"));
      for (int i = 0; i < 30; i++) {
        try (WireClient plain = server.connect("mx")) {
          plain.send("EHLO client.example");
          assertThat(plain.rest()).isEmpty();
        }
      }
      assertThat(lines.stream().filter(line -> line.contains("PROXY"))).hasSizeLessThan(20);
      // A balancer that only looks whether somebody is there.
      server.connect("imap").close();
      try (WireClient plain = server.connect("submissions")) {
        plain.send("EHLO client.example");
        plain.rest();
      }
      line("INFO no TLS", "remote=127.0.0.1", "port=" + server.port("submissions"));
    }
  }

  /// RFC 8601 §5: whichever name of ours somebody writes results in.
  @Test
  void resultsInNoNameOfOursAreBelieved() throws IOException {
    Path gates =
        Files.writeString(
            data.resolve("gates.yaml"), "mx: [{gate: SenderAuth, authserv-id: Auth_1.Example}]\n");
    try (TestServer server =
        TestServer.start(
                data,
                TestServer.WITHOUT_DNS,
                "gates-file=" + gates,
                "hostname=mail.example.com",
                "smtp.hostname=mx.example.com")
            .withUsers("ann")) {
      try (WireClient client = server.connect("lmtp")) {
        client.reply();
        client.smtp("LHLO client.example");
        assertThat(
                client.deliver(
                    "x@far.example",
                    "ann@example.org",
                    """
                    Authentication-Results: mail.example.com; dkim=pass header.d=bank.example\r
                    Authentication-Results: mx.example.com; dkim=pass header.d=bank.example\r
                    Authentication-Results: auth_1.example; dkim=pass header.d=bank.example\r
                    Authentication-Results: other.example; dkim=pass header.d=kept.example\r
                    Subject: x\r
                    \r
                    """))
            .startsWith("250");
      }
      assertThat(server.message("ann@example.org", 1))
          .contains("kept.example")
          .doesNotContain("bank.example");
    }
  }

  /// The log knows the connection of each line that is written on its thread.
  @Test
  void aLineNamesItsConnectionOnce() throws IOException {
    try (TestServer server = TestServer.start(data, TestServer.WITHOUT_DNS).withUsers("ann");
        WireClient client = server.connect("imap")) {
      client.line();
      client.send("a LOGIN ann@example.org wrong");
      assertThat(client.line()).startsWith("a NO");
    }
    assertThat(line("INFO login failed", "login=ann@example.org")).containsOnlyOnce("connection=");
    assertThat(lines).noneMatch(line -> line.matches(".*connection=.* connection=.*"));
  }

  private String line(String... parts) {
    until(() -> lines.stream().anyMatch(line -> hasAll(line, parts)));
    return lines.stream().filter(line -> hasAll(line, parts)).findFirst().orElseThrow();
  }

  private static boolean hasAll(String line, String... parts) {
    return line.startsWith(parts[0]) && List.of(parts).stream().allMatch(line::contains);
  }

  private void until(BooleanSupplier condition) {
    for (int tries = 0; !condition.getAsBoolean(); tries++) {
      assertThat(tries).as("tries, with the log %s", lines).isLessThan(60);
      LockSupport.parkNanos(50_000_000);
    }
  }

  private String trace(String what) {
    return InProcess.run(data, "trace", what).out();
  }

  /// The id in `250 2.0.0 Accepted as ID`.
  private static String accepted(String answer) {
    assertThat(answer).startsWith("250 ");
    return answer.substring(answer.lastIndexOf(' ') + 1);
  }
}
