package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;

/// RFC 5321 §4.4.
class TraceLinesTest {
  private static final Instant AT = Instant.parse("2026-11-02T04:05:06Z");
  private static final Domain HOST = Domain.of("mx.example.org");
  private static final Recipient ANN = Recipient.of(MailAddress.of("ann@example.org"));
  private static final Recipient BOB = Recipient.of(MailAddress.of("\"bob b\"@example.org"));

  @Test
  void saysWhoGaveItToWhomAndWhen() {
    assertThat(
            TraceLines.received(
                new MailId("m1"), visit("192.0.2.7", Optional.empty()), HOST, List.of(ANN), 0, AT))
        .isEqualTo(
            """
            Received: from client.example ([192.0.2.7])\r
            \tby mx.example.org with ESMTP id m1\r
            \tfor <ann@example.org>;\r
            \tMon, 2 Nov 2026 04:05:06 +0000\r
            """);
  }

  /// RFC 8314 §4.3.
  @Test
  void namesTheCipher() {
    Optional<String> tls = Optional.of("TLSv1.3 TLS_AES_128_GCM_SHA256");
    assertThat(
            TraceLines.received(
                new MailId("m1"), visit("2001:db8::1", tls), HOST, List.of(BOB), -3, AT))
        .isEqualTo(
            """
            Received: from client.example ([IPv6:2001:db8::1])\r
            \tby mx.example.org with ESMTP id m1\r
            \tfor <"bob b"@example.org>\r
            \tPRIORITY -3\r
            \ttls TLS_AES_128_GCM_SHA256;\r
            \tMon, 2 Nov 2026 04:05:06 +0000\r
            """);
  }

  /// RFC 5321 §7.2.
  @Test
  void tellsNoRecipientAboutAnother() {
    assertThat(
            TraceLines.received(
                new MailId("m1"),
                visit("192.0.2.7", Optional.empty()),
                HOST,
                List.of(ANN, BOB),
                0,
                AT))
        .doesNotContain("for <");
  }

  private static Visit visit(String remote, Optional<String> tls) {
    InetAddress address = InetAddress.ofLiteral(remote);
    return new Visit(
        address, Optional.empty(), "client.example", Optional.empty(), false, "ESMTP", tls, "c1");
  }
}
