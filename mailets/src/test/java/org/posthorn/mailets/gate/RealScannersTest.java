package org.posthorn.mailets.gate;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateContract;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.HeaderField;
import org.posthorn.message.MailAddress;

/// clamd and rspamd of Debian, each with a configuration of its own. Skipped where they are not
/// installed.
class RealScannersTest {
  private static final Path CLAMD = Path.of("/usr/sbin/clamd");
  private static final Path RSPAMD = Path.of("/usr/bin/rspamd");

  /// In two pieces, or scanners would not like this file.
  private static final String EICAR =
      "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";

  private static final Visitor VISITOR =
      new Visitor(
          InetAddress.ofLiteral("192.0.2.7"),
          "mx",
          "c1",
          Optional.of("client.example"),
          Optional.of(MailAddress.of("ann@example.org")),
          Optional.of("TLSv1.3 TLS_AES_128_GCM_SHA256"));

  @TempDir private Path directory;

  @Test
  void clamdFindsWhatItKnows() throws IOException {
    Assumptions.assumeTrue(Files.isExecutable(CLAMD), "clamav-daemon is not installed");
    int port = ScannerProcess.freePort();
    Path socket = directory.resolve("clamd.sock");
    Path database = Files.createDirectory(directory.resolve("db"));
    Files.writeString(
        database.resolve("test.ndb"),
        "Eicar-Test:0:*:%s\n".formatted(HexFormat.of().formatHex(EICAR.getBytes(ISO_8859_1))));
    Path config = directory.resolve("clamd.conf");
    Files.writeString(
        config,
        """
        LocalSocket %s
        TCPSocket %d
        TCPAddr 127.0.0.1
        DatabaseDirectory %s
        Foreground yes
        StreamMaxLength 1M
        """
            .formatted(socket, port, database));
    List<String> command = List.of(CLAMD.toString(), "-c", config.toString());
    List<String> places = List.of(socket.toString(), "127.0.0.1:" + port);
    try (var _ = ScannerProcess.start(directory.resolve("log"), places.getLast(), command)) {
      for (String place : places) {
        Gate gate = gate(new ClamAv.Factory(), Map.of("clamd", place));
        assertThat(judged(gate, "Subject: x\n\nnothing\n"))
            .isEqualTo(Verdict.tag("clamav", "clean", "clean"));
        assertThat(judged(gate, "Subject: x\n\n" + EICAR + "\n"))
            .isInstanceOfSatisfying(
                Verdict.Refuse.class,
                refuse -> {
                  assertThat(refuse.text()).contains("Eicar-Test");
                  assertThat(refuse.reason()).contains("Eicar-Test");
                });
        assertThat(judged(gate, "Subject: x\n\n" + "0123456789\n".repeat(500_000)))
            .as("more than clamd wants, by " + place)
            .isInstanceOfSatisfying(
                Verdict.Tag.class,
                tag -> assertThat(tag.attributes()).containsEntry("clamav", "too-big"));
      }
    }
    for (String place : places) {
      Gate gate = gate(new ClamAv.Factory(), Map.of("clamd", place));
      assertThatThrownBy(() -> judged(gate, "Subject: x\n\nnothing\n"))
          .hasMessageContaining("clamd at " + place);
    }
  }

  @Test
  void rspamdIsObeyed() throws IOException {
    int port = ScannerProcess.freePort();
    try (var _ = rspamd(port, ScannerProcess.freePort())) {
      Gate gate = gate(new Rspamd.Factory(), Map.of("url", "http://127.0.0.1:" + port));
      assertThat(judged(gate, message("nothing")))
          .isInstanceOfSatisfying(
              Verdict.Tag.class,
              tag ->
                  assertThat(tag.attributes())
                      .containsEntry("rspamd.action", "no action")
                      .containsEntry("rspamd.spam", "no"));
      assertThat(judged(gate, message("reject"))).isInstanceOf(Verdict.Refuse.class);
      assertThat(judged(gate, message("soft")))
          .isEqualTo(
              Verdict.defer(
                  "Come again, says the test",
                  "soft reject, score 0.0: Come again, says the test"));
      assertThat(judged(gate, message("grey")))
          .as("its greylisting is a soft reject; this is but a high score")
          .isInstanceOf(Verdict.Tag.class);
      assertThat(judged(gate, message("flag")))
          .isInstanceOfSatisfying(
              Verdict.Tag.class,
              tag -> assertThat(tag.headers()).contains(new HeaderField("X-Spam-Flag", "YES")));
      assertThat(text(judged(gate, message("subject"))))
          .startsWith("X-Spam-Flag: YES\r\nX-Spam-Score: 11.0\r\n")
          .contains("\r\nSubject: SPAM: hi\r\n")
          .doesNotContain("Subject: hi");
      Verdict edited = judged(gate, message("edit").replace("\n\n", "\nX-Spam-Flag: YES\n\n"));
      edited(edited);
      assertThat(text(edited))
          .contains("\r\nX-Two: a\r\nX-Two: b\r\n", "\r\nX-Spam-Flag: NO\r\n")
          .doesNotContain("X-Spam-Flag: YES");
    }
  }

  /// SMTPUTF8: rspamd reads no such addresses, and would take the mail for one of nobody.
  @Test
  void rspamdHearsOfInternationalAddresses() throws IOException {
    int port = ScannerProcess.freePort();
    try (var _ = rspamd(port, ScannerProcess.freePort())) {
      Gate gate = gate(new Rspamd.Factory(), Map.of("url", "http://127.0.0.1:" + port));
      var ann =
          new Visitor(
              VISITOR.remote(),
              "submission",
              "c1",
              VISITOR.helo(),
              Optional.of(MailAddress.of("änn@bücher.example")),
              Optional.empty());
      IncomingMail mail = GateContract.incoming("änn@bücher.example", "björn@bücher.example");
      String message = message("envelope").replace("Subject: hi", "Subject: größe");
      assertThat(text(gate.content(ann, mail, HeapMessage.of(message))))
          .contains(
              """
              X-Envelope: ?nn@xn--bcher-kva.example ?nn@xn--bcher-kva.example 1 bj?rn@xn--bcher-kva.example
              """
                  .strip())
          .contains("\r\nSubject: größe\r\n");
    }
  }

  /// What rules write of a message is in the answer as it stands there: in no UTF-8 where a spammer
  /// wants nobody to read the answer.
  @Test
  void rspamdIsObeyedWhateverBytesItQuotes() throws IOException {
    int port = ScannerProcess.freePort();
    try (var _ = rspamd(port, ScannerProcess.freePort())) {
      Gate gate = gate(new Rspamd.Factory(), Map.of("url", "http://127.0.0.1:" + port));
      String message = message("author").replace("a@example.net", "ä@exämple.net");
      Verdict verdict =
          gate.content(
              VISITOR,
              GatesTest.mail("a@example.net"),
              HeapMessage.of(message.replace("\n", "\r\n").getBytes(ISO_8859_1)));
      assertThat(text(verdict)).startsWith("X-Spam-Flag: YES\r\n").contains("\r\nX-Author: ");
      assertThat(((Verdict.Change) verdict).mail().attribute("rspamd.spam")).contains("yes");
    }
  }

  /// It names all hosts of links, up to 10,000.
  @Test
  void rspamdIsObeyedHoweverManyLinksItNames() throws IOException {
    int port = ScannerProcess.freePort();
    try (var _ = rspamd(port, ScannerProcess.freePort())) {
      Gate gate = gate(new Rspamd.Factory(), Map.of("url", "http://127.0.0.1:" + port));
      String label = "x".repeat(60);
      var message = new StringBuilder(message("reject"));
      for (int i = 0; i < 10_000; i++) {
        message.append("http://%s.%s.%s.n%d.com/\n".formatted(label, label, label, i));
      }
      assertThat(judged(gate, message.toString())).isInstanceOf(Verdict.Refuse.class);
    }
  }

  /// It hangs up on a request with a header of more than 80 KiB.
  @Test
  void rspamdJudgesAMailToManyRecipients() throws IOException {
    int port = ScannerProcess.freePort();
    try (var _ = rspamd(port, ScannerProcess.freePort())) {
      Gate gate = gate(new Rspamd.Factory(), Map.of("url", "http://127.0.0.1:" + port));
      IncomingMail mail =
          GatesTest.mail("a@example.net")
              .withRecipients(
                  IntStream.range(0, 10_000)
                      .mapToObj("recipient%05d@example.org"::formatted)
                      .map(MailAddress::of)
                      .map(Recipient::of)
                      .toList());
      Verdict verdict = gate.content(VISITOR, mail, HeapMessage.of(message("envelope")));
      assertThat(text(verdict))
          .containsPattern(
              "X-Envelope: a@example.net ann@example.org [0-9]{4} recipient00000@example.org");
      assertThat(verdict)
          .isInstanceOfSatisfying(
              Verdict.Change.class,
              change -> {
                assertThat(change.mail().recipients()).hasSize(10_000);
                assertThat(change.reason()).containsPattern("it was told [0-9]{4} of 10000");
              });
    }
  }

  private static void edited(Verdict verdict) throws IOException {
    assertThat(text(verdict))
        .startsWith("X-Edit: first\r\n")
        .contains("\r\nX-Heard: 192.0.2.7 client.example ann@example.org c1\r\n")
        .contains("\r\nX-Folded: one\r\n\ttwo\r\n")
        .contains("\r\nX-Old: 1\r\n")
        .doesNotContain("X-Old: 2", "X-Do");
    assertThat(verdict)
        .isInstanceOfSatisfying(
            Verdict.Change.class,
            change -> {
              assertThat(change.mail().sender()).hasValue(MailAddress.of("new@example.net"));
              assertThat(change.mail().recipients())
                  .extracting(Recipient::address)
                  .hasToString("[carl@example.org]");
            });
  }

  @Test
  void rspamdIsObeyedAsAMilter() throws IOException {
    int port = ScannerProcess.freePort();
    try (var _ = rspamd(ScannerProcess.freePort(), port)) {
      Gate gate = gate(new Milter.Factory(), Map.of("at", "127.0.0.1:" + port));
      assertThat(judged(gate, message("nothing"))).isEqualTo(Verdict.pass());
      assertThat(judged(gate, message("reject"))).isInstanceOf(Verdict.Refuse.class);
      assertThat(judged(gate, message("soft")))
          .isInstanceOfSatisfying(
              Verdict.Defer.class,
              defer -> assertThat(defer.text()).contains("Come again, says the test"));
      assertThat(text(judged(gate, message("subject")))).contains("\r\nSubject: SPAM: hi\r\n");
      edited(judged(gate, message("edit")));
    }
  }

  private ScannerProcess rspamd(int port, int milterPort) throws IOException {
    Assumptions.assumeTrue(Files.isExecutable(RSPAMD), "rspamd is not installed");
    Path rules = ScannerProcess.resource(directory, "rspamd.lua");
    Path domains = Files.writeString(directory.resolve("domains"), "com\nnet\norg\n");
    Path config = directory.resolve("rspamd.conf");
    Files.writeString(
        config,
        """
        options {
          filters = "";
          url_tld = "%1$s";
          control_socket = "%2$s/control.sock mode=0600";
          hs_cache_dir = "%2$s";
          cache_file = "%2$s/symbols.cache";
          tempdir = "%2$s";
          dns { nameserver = ["127.0.0.1:1"]; timeout = 0.1s; retransmits = 1; }
        }
        logging { type = "console"; level = "notice"; }
        worker "normal" { bind_socket = "127.0.0.1:%3$d"; count = 1; }
        worker "rspamd_proxy" {
          bind_socket = "127.0.0.1:%4$d";
          milter = yes;
          count = 1;
          upstream "local" { default = yes; self_scan = yes; }
        }
        metric {
          name = "default";
          subject = "SPAM: %%s";
          actions { reject = 15; rewrite_subject = 10; add_header = 6; greylist = 4; }
        }
        lua = "%5$s";
        """
            .formatted(domains, directory, port, milterPort, rules));
    return ScannerProcess.start(
        directory.resolve("log"),
        "127.0.0.1:" + milterPort,
        List.of(RSPAMD.toString(), "-i", "-f", "-c", config.toString()));
  }

  private static String message(String words) {
    return """
    From: a@example.net
    To: bob@example.org
    Subject: hi
    X-Old: 1
    X-Old: 2
    X-Do: %s

    Hello Bob
    """
        .formatted(words);
  }

  private static Gate gate(GateFactory<?> factory, Map<String, String> given) {
    return TestParameters.gate(factory, given, new TestServices());
  }

  private static Verdict judged(Gate gate, String message) {
    gate.connection(VISITOR);
    gate.hello(VISITOR);
    var mail = GatesTest.mail("a@example.net");
    gate.sender(VISITOR, mail);
    gate.recipient(VISITOR, mail, mail.recipients().getFirst());
    Verdict verdict = gate.content(VISITOR, mail, HeapMessage.of(message));
    gate.gone(VISITOR);
    return verdict;
  }

  private static String text(Verdict verdict) throws IOException {
    assertThat(verdict).isInstanceOf(Verdict.Change.class);
    try (InputStream bytes = ((Verdict.Change) verdict).message().open()) {
      return new String(bytes.readAllBytes(), UTF_8);
    }
  }
}
