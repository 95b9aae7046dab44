package org.posthorn.mailets.gate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.MailAddress;

/// Milters that others have made, of Debian's packages opendkim and python3-milter. Skipped where
/// they are not installed.
class RealMiltersTest {
  private static final Path OPENDKIM = Path.of("/usr/sbin/opendkim");
  private static final Path PYTHON = Path.of("/usr/bin/python3");
  private static final Recipient BOB = Recipient.of(MailAddress.of("bob@example.org"));
  private static final IncomingMail MAIL = GatesTest.mail("a@example.net");
  private static final String MESSAGE =
      """
      Received: by us
      From: ann@example.org
      To: bob@example.org
      Date: Fri, 27 Nov 2026 12:00:00 +0000
      Message-ID: <1@example.org>
      Subject: a  real
       message
      X-Do: %s

      Hello   Bob,

      .
      Ann

      """;

  @TempDir private Path directory;

  private final List<ScannerProcess> processes = new ArrayList<>();

  @AfterEach
  void stop() {
    processes.forEach(ScannerProcess::close);
  }

  @Test
  void opendkimSignsAndVerifies() throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(OPENDKIM), "opendkim is not installed");
    for (String form : List.of("simple/simple", "relaxed/relaxed")) {
      Path signer = opendkim("s", form);
      Verdict signed = judged(gate(signer), loggedIn(), HeapMessage.of(MESSAGE));
      String text = text(signed);
      assertThat(text).contains("DKIM-Signature: v=1; a=rsa-sha256; c=" + form).contains("s=sel;");
      Path verifier = opendkim("v", form);
      Verdict verified = judged(gate(verifier), stranger(), HeapMessage.of(text));
      assertThat(text(verified)).as(form).containsPattern("dkim=pass[^;]* header.d=example.org");
      String forged = text.replace("Ann\r\n", "Eve\r\n");
      verified = judged(gate(verifier), stranger(), HeapMessage.of(forged));
      assertThat(text(verified)).containsPattern("dkim=fail|dkim=neutral");
    }
  }

  /// libmilter hangs up on a packet that is too long; opendkim itself wants no header of 64 KiB.
  @Test
  void opendkimJudgesAHeaderFieldThatIsLongerThanAPacket() throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(OPENDKIM), "opendkim is not installed");
    Path verifier = opendkim("v", "simple/simple");
    String text = MESSAGE.formatted("x".repeat(70_000));
    assertThat(judged(gate(verifier), stranger(), HeapMessage.of(text)))
        .isInstanceOfSatisfying(
            Verdict.Defer.class, defer -> assertThat(defer.reason()).isEqualTo("milter: tempfail"));
  }

  /// With a key that is in a file, so that no DNS is asked.
  private Path opendkim(String mode, String form) throws Exception {
    if (!Files.exists(directory.resolve("key"))) {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      KeyPair pair = generator.generateKeyPair();
      Base64.Encoder lines = Base64.getMimeEncoder(64, new byte[] {'\n'});
      Files.writeString(
          directory.resolve("key"),
          "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n"
              .formatted(lines.encodeToString(pair.getPrivate().getEncoded())));
      Files.writeString(
          directory.resolve("public"),
          "sel._domainkey.example.org v=DKIM1; k=rsa; p=%s\n"
              .formatted(Base64.getEncoder().encodeToString(pair.getPublic().getEncoded())));
    }
    Path socket = directory.resolve(mode + form.replace('/', '-') + ".sock");
    Path config = directory.resolve(socket.getFileName() + ".conf");
    Files.writeString(
        config,
        """
        Socket local:%s
        Mode %s
        Domain example.org
        Selector sel
        KeyFile %s
        Canonicalization %s
        InternalHosts 198.51.100.0/24
        TestPublicKeys %s
        RequireSafeKeys no
        AlwaysAddARHeader yes
        """
            .formatted(socket, mode, directory.resolve("key"), form, directory.resolve("public")));
    start(List.of(OPENDKIM.toString(), "-f", "-x", config.toString()), socket);
    return socket;
  }

  @Test
  void aMilterMadeWithLibmilterChangesAll() throws Exception {
    Gate gate = gate(rewriting());
    Verdict verdict = judged(gate, loggedIn(), message("everything"));
    String text = text(verdict);
    assertThat(text)
        .startsWith("X-Inserted: first\r\nReceived: by us\r\nFrom: ann@example.org\r\n")
        .contains("\r\nSubject: changed\r\n")
        .contains("\r\nX-Added: last\r\n\tfolded\r\n")
        .contains(
            "\r\nX-Heard: 1 client.example <a@example.net> <bob@example.org> ann@example.org c1\r\n")
        .contains("\r\n\r\na new body\r\n0123456789abcdef")
        .endsWith("cdef\r\nits end\r\n")
        .doesNotContain("X-Do")
        .hasSizeGreaterThan(16 * 8192);
    assertThat(verdict)
        .isInstanceOfSatisfying(
            Verdict.Change.class,
            change -> {
              assertThat(change.mail().sender()).hasValue(MailAddress.of("changed@example.net"));
              assertThat(change.mail().recipients())
                  .extracting(one -> one.address() + " " + one.notifications())
                  .containsExactly("carl@example.org []", "dora@example.org [NEVER]");
              assertThat(change.mail().attributes())
                  .containsEntry("posthorn.quarantine", "looks odd");
            });
  }

  @Test
  void aMilterMadeWithLibmilterHearsWhatTheClientAsksFor() throws Exception {
    Gate gate = gate(rewriting());
    Visitor visitor = stranger();
    gate.connection(visitor);
    gate.hello(visitor);
    assertThat(text(mail(gate, visitor, message("header")))).contains("\r\nX-Asked: nothing\r\n");
    IncomingMail mail = MAIL.withParameters(List.of("SIZE=500", "BODY=8BITMIME", "AUTH=<>"));
    var bob =
        new Recipient(
            BOB.address(), Optional.of("rfc822;bob@example.net"), Set.of(Recipient.Notify.FAILURE));
    gate.sender(visitor, mail);
    gate.recipient(visitor, mail, bob);
    assertThat(text(gate.content(visitor, mail, message("header"))))
        .contains(
            "\r\nX-Asked: SIZE=500 BODY=8BITMIME AUTH=<> NOTIFY=FAILURE ORCPT=rfc822;bob@example.net\r\n");
    gate.gone(visitor);
  }

  @Test
  void aMilterMadeWithLibmilterDecides() throws Exception {
    Gate gate = gate(rewriting());
    Visitor visitor = stranger();
    gate.connection(visitor);
    gate.hello(visitor);
    gate.sender(visitor, MAIL);
    assertThat(gate.recipient(visitor, MAIL, Recipient.of(MailAddress.of("refused@example.org"))))
        .isEqualTo(
            new Verdict.Refuse(550, "5.1.1", "Not here, 100% sure", "milter: 550-5.1.1 Not here,"));
    assertThat(mail(gate, visitor, message("all"))).isEqualTo(Verdict.pass());
    assertThat(mail(gate, visitor, message("reject"))).isInstanceOf(Verdict.Refuse.class);
    assertThat(mail(gate, visitor, message("progress tempfail"))).isInstanceOf(Verdict.Defer.class);
    assertThat(mail(gate, visitor, message("discard header")))
        .isInstanceOfSatisfying(
            Verdict.Change.class, change -> assertThat(change.mail().recipients()).isEmpty());
    var big = new StringBuilder(MESSAGE.formatted("body"));
    big.append("0123456789\n".repeat(500_000));
    assertThat(text(mail(gate, visitor, HeapMessage.of(big.toString()))))
        .contains("a new body")
        .doesNotContain("\r\n0123456789\r\n");
    gate.gone(visitor);
  }

  /// QUIT_NC.
  @Test
  void aMilterMadeWithLibmilterServesOneClientAfterTheOther() throws Exception {
    Path socket = rewriting();
    Gate gate =
        TestParameters.gate(
            new Milter.Factory(),
            Map.of("at", socket.toString(), "reuse", "1"),
            new TestServices());
    for (int i = 1; i <= 5; i++) {
      Visitor visitor = loggedIn();
      String words = i == 3 ? "header" : "header continue";
      assertThat(text(judged(gate, visitor, message(words))))
          .contains("X-Heard: " + i + " client.example");
      gate.gone(visitor);
    }
    assertThat(Files.readString(directory.resolve("log"))).doesNotContain("Traceback");
  }

  private Path rewriting() throws Exception {
    Assumptions.assumeTrue(
        Files.isExecutable(PYTHON) && run(PYTHON.toString(), "-c", "import Milter") == 0,
        "python3-milter is not installed");
    Path script = ScannerProcess.resource(directory, "rewriting_milter.py");
    Path socket = directory.resolve("rewriting.sock");
    start(List.of(PYTHON.toString(), script.toString(), "unix:" + socket), socket);
    return socket;
  }

  private static int run(String... command) throws Exception {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  private void start(List<String> command, Path socket) throws IOException {
    processes.add(ScannerProcess.start(directory.resolve("log"), socket.toString(), command));
  }

  private static Gate gate(Path socket) {
    return TestParameters.gate(
        new Milter.Factory(), Map.of("at", socket.toString()), new TestServices());
  }

  private static Message message(String words) {
    return HeapMessage.of(MESSAGE.formatted(words));
  }

  private static Visitor stranger() {
    return GatesTest.visitor("192.0.2.7");
  }

  private static Visitor loggedIn() {
    return new Visitor(
        InetAddress.ofLiteral("192.0.2.7"),
        "submission",
        "c1",
        Optional.of("client.example"),
        Optional.of(MailAddress.of("ann@example.org")),
        Optional.empty());
  }

  private static Verdict judged(Gate gate, Visitor visitor, Message message) {
    gate.connection(visitor);
    gate.hello(visitor);
    return mail(gate, visitor, message);
  }

  private static Verdict mail(Gate gate, Visitor visitor, Message message) {
    gate.sender(visitor, MAIL);
    gate.recipient(visitor, MAIL, BOB);
    return gate.content(visitor, MAIL, message);
  }

  private static String text(Verdict verdict) throws IOException {
    assertThat(verdict).isInstanceOf(Verdict.Change.class);
    try (InputStream bytes = ((Verdict.Change) verdict).message().open()) {
      return new String(bytes.readAllBytes(), UTF_8);
    }
  }
}
