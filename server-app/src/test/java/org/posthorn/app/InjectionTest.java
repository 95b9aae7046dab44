package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.admin.AdminFailure;
import org.posthorn.app.cli.InProcess;

/// Line breaks and header fields in every value that a client chooses: none becomes a line of its
/// own in a message, a report, a reply or a listing.
@Timeout(120)
class InjectionTest {
  private static final List<String> MAIL =
      List.of(
          "ENVID=a+0D+0ABcc:+20x@far.example",
          "ENVID=a+0Ab",
          "ENVID=a+00b",
          "ENVID=a b",
          "ENVID=a=b",
          "AUTH=<a+0D+0A>",
          "AUTH=a+0Ab",
          "SIZE=1+0D",
          "SIZE=1x",
          "RET=FULL+0D",
          "BODY=8BITMIME+0D+0A",
          "MT-PRIORITY=3+0D",
          "BY=120;R+0D",
          "HOLDFOR=1+0D",
          "X=a");

  private static final List<String> RCPT =
      List.of(
          "ORCPT=rfc822;a+0D+0ABcc:+20x@far.example",
          "ORCPT=rfc822;a+0Ab",
          "ORCPT=utf-8;a\\x{D}\\x{A}b",
          "ORCPT=utf-8;a\\x{0A}b",
          "ORCPT=utf-8;a\\x{2028}b",
          "ORCPT=utf-8;a\\x{85}b",
          "ORCPT=rf+0D;a",
          "ORCPT=;a",
          "NOTIFY=SUCCESS+0D",
          "NOTIFY=NEVER,SUCCESS",
          "X=a");

  @TempDir Path data;

  @Test
  void noParameterHidesALine() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann");
        WireClient client = greeted(server)) {
      for (String parameter : MAIL) {
        assertThat(client.smtp("MAIL FROM:<ann@example.org> " + parameter))
            .as(parameter)
            .matches("5\\d\\d 5\\.\\d+\\.\\d+ .+");
      }
      assertThat(client.smtp("MAIL FROM:<ann@example.org>")).startsWith("250");
      for (String parameter : RCPT) {
        assertThat(client.smtp("RCPT TO:<ann@example.org> " + parameter))
            .as(parameter)
            .matches("5\\d\\d 5\\.\\d+\\.\\d+ .+");
      }
      client.smtp("RSET");
      for (String name : List.of("a;b", "<a>", "a)b", "a\tb", "a\rb", "a\\b", "a\"b")) {
        assertThat(client.smtp("EHLO " + name)).as(name).startsWith("50");
      }
      for (String login : List.of("a\r\nb", "a\0b", "x\nlogin=admin", "<script>", "\u2028")) {
        byte[] secret = ("\0" + login + "\0secret").getBytes(StandardCharsets.UTF_8);
        String encoded = Base64.getEncoder().encodeToString(secret);
        assertThat(client.smtp("AUTH PLAIN " + encoded)).as(login).startsWith("503");
      }
    }
  }

  /// Subjects, names and addresses of a mail end up in the report about it.
  @Test
  void noReportHasAHeaderOfTheSendersChoice() throws IOException {
    try (TestServer server =
            TestServer.start(
                    data,
                    "outbound.routes=[{recipients: far.example, to: refuse, reason: \"Closed\"}]")
                .withUsers("ann");
        WireClient client = greeted(server)) {
      client.smtp("MAIL FROM:<ann@example.org> ENVID=Bcc:+20evil@far.example SMTPUTF8");
      assertThat(
              client.smtp(
                  "RCPT TO:<\"x Bcc: evil\"@far.example> ORCPT=utf-8;Bcc:\\x{20}evil@far.example"))
          .startsWith("250");
      client.smtp("DATA");
      String message =
          """
          Subject: =?utf-8?q?a=0D=0ABcc:_evil@far.example=0D=0A=0D=0Abody?=
          From: =?utf-8?q?x=0D=0AReply-To:_evil@far.example?= <ann@example.org>
          To: "=?utf-8?b?YQ0KQmNjOiBldmlsQGZhci5leGFtcGxlDQo=?=" <x@far.example>
          Message-ID: <a@b>
           Bcc: evil@far.example

          text
          .\
          """
              .replace("\n", "\r\n");
      assertThat(client.smtp(message)).startsWith("250 2.0.0");
      JourneyTest.awaitMessages(server, "ann", "INBOX", 1);
      try (WireClient ann = server.imap("ann")) {
        ann.imap("SELECT INBOX");
        String header = ann.imap("FETCH 1 BODY.PEEK[HEADER]").get(1);
        assertThat(header).contains("Not delivered").doesNotContainPattern("(?m)^(Bcc|Reply-To)");
        String status = ann.imap("FETCH 1 BODY.PEEK[2]").get(1);
        assertThat(status)
            .contains("Original-Envelope-Id: Bcc: evil@far.example\r\n")
            .doesNotContainPattern("(?m)^(Bcc|Reply-To)");
      }
    }
  }

  @Test
  void noNameThatAnAdministratorGivesIsALine() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann")) {
      for (String bad : List.of("a\r\nb@example.org", "a\nb@example.org", "a\0@example.org")) {
        assertThat(
                org.assertj.core.api.Assertions.catchThrowable(() ->
                    server.admin().post("/users", Map.of("login", bad, "password", "secret"))))
            .isInstanceOf(AdminFailure.class);
        assertThat(
                org.assertj.core.api.Assertions.catchThrowable(() ->
                    server
                        .admin()
                        .put("/aliases/info@example.org", Map.of("targets", List.of(bad)))))
            .isInstanceOf(AdminFailure.class);
      }
      assertThat(InProcess.run(data, "user", "list").out().lines()).hasSize(2);
    }
  }

  private static WireClient greeted(TestServer server) throws IOException {
    WireClient client = server.connect("submission");
    client.reply();
    client.smtp("EHLO client.example");
    String secret = "\0ann@example.org\0secret";
    String encoded = Base64.getEncoder().encodeToString(secret.getBytes(StandardCharsets.UTF_8));
    assertThat(client.smtp("AUTH PLAIN " + encoded)).startsWith("235");
    return client;
  }
}
