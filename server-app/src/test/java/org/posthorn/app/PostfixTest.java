package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Mail goes out to a real Postfix over TLS, and comes back in from it over TLS. Skipped where
/// there is none.
@Timeout(120)
final class PostfixTest {
  private static final String EIGHT_BIT =
      """
      MIME-Version: 1.0\r
      Content-Type: text/plain; charset=utf-8\r
      Content-Transfer-Encoding: 8bit\r
      """;

  @TempDir Path temp;

  @Test
  void mailGoesToPostfixAndComesBack() throws Exception {
    try (Postfix postfix = Postfix.prepared(temp.resolve("postfix"))) {
      Path data = temp.resolve("data");
      TestServer.start(data).close(); // Makes the certificate that Postfix shows too.
      try (TestServer server =
          TestServer.start(
                  data,
                  "outbound.trust.authorities-file=tls/self-signed.crt",
                  "outbound.routes=[{recipients: loop.example, to: \"localhost:%d\", tls: starttls}]"
                      .formatted(postfix.port))
              .withUsers("ann")) {
        postfix.start(
            data.resolve("tls/self-signed.crt"),
            data.resolve("tls/self-signed.key"),
            server.port("mx"));

        send(server, "x@loop.example", "", "plain", "", "Hello\r\n..dots\r\n. \r\n");
        send(server, "x@loop.example", " BODY=8BITMIME", "eight", EIGHT_BIT, "Grüße\r\n");
        send(server, "bücher@loop.example", " SMTPUTF8 BODY=8BITMIME", "Grüße", "", "x\r\n");
        send(
            server,
            "x@loop.example",
            "",
            "large",
            "",
            "x".repeat(76).concat("\r\n").repeat(40_000));
        send(server, "no@loop.example", "", "refused", "", "x\r\n");

        try (WireClient ann = server.imap("ann")) {
          await(ann, 5);
          ann.imap("SELECT INBOX");
          for (String subject : new String[] {"plain", "eight", "large"}) {
            String header =
                ann.imap("FETCH " + found(ann, subject) + " BODY.PEEK[HEADER]").toString();
            assertThat(header)
                .as(subject)
                .containsSubsequence(
                    "by localhost",
                    "with ESMTPS",
                    "using TLSv1.3",
                    "by postfix.example",
                    "with ESMTPS");
          }
          assertThat(ann.imap("FETCH " + found(ann, "plain") + " BODY.PEEK[TEXT]").toString())
              .contains("..dots", ". ");
          assertThat(ann.imap("FETCH " + found(ann, "eight") + " BODY.PEEK[TEXT]").toString())
              .contains("Grüße");
          assertThat(ann.imap("FETCH " + found(ann, "large") + " RFC822.SIZE").toString())
              .containsPattern("RFC822.SIZE 31[0-9]{5}");
          assertThat(ann.imap("FETCH 1:* BODY.PEEK[HEADER.FIELDS (RECEIVED)]").toString())
              .contains("with UTF8SMTPS");
          assertThat(ann.imap("FETCH " + found(ann, "Not") + " BODY.PEEK[2]").toString())
              .contains(
                  "Final-Recipient: rfc822; no@loop.example", "Status: 5.1.1", "No such user");
        }
      }
    }
  }

  private static String found(WireClient ann, String subject) throws IOException {
    String line = ann.imap("SEARCH HEADER SUBJECT " + subject).getFirst();
    return line.substring(line.lastIndexOf(' ') + 1);
  }

  private static void await(WireClient ann, int messages) throws IOException {
    for (int tries = 0; ; tries++) {
      if (ann.imap("STATUS INBOX (MESSAGES)").toString().contains("MESSAGES " + messages)) {
        return;
      }
      assertThat(tries).as("tries").isLessThan(600);
      LockSupport.parkNanos(50_000_000);
    }
  }

  private static void send(
      TestServer server, String to, String parameters, String subject, String header, String body)
      throws IOException {
    try (WireClient client = server.connect("submission")) {
      client.reply();
      client.smtp("EHLO client.example");
      byte[] login = "\0ann@example.org\0secret".getBytes(StandardCharsets.UTF_8);
      assertThat(client.smtp("AUTH PLAIN " + Base64.getEncoder().encodeToString(login)))
          .startsWith("235");
      assertThat(client.smtp("MAIL FROM:<ann@example.org>" + parameters)).startsWith("250");
      assertThat(client.smtp("RCPT TO:<" + to + ">")).startsWith("250");
      assertThat(client.smtp("DATA")).startsWith("354");
      String message =
          "Date: Fri, 27 Nov 2026 10:00:00 +0000\r\nMessage-ID: <%s@example.org>\r\n"
                  .formatted(Integer.toHexString(subject.hashCode()))
              + "From: ann@example.org\r\nSubject: %s\r\n%s\r\n".formatted(subject, header)
              + body.replace("\r\n.", "\r\n..");
      assertThat(client.smtp(message + ".")).startsWith("250");
    }
  }
}
