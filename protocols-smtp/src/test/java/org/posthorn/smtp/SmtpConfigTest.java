package org.posthorn.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.posthorn.net.ListenerConfig;
import org.posthorn.smtp.SmtpConfig.Port;
import org.posthorn.smtp.inbound.InboundExtensions;
import org.posthorn.smtp.inbound.InboundLimits;
import org.posthorn.smtp.inbound.PlainTextLogins;
import org.posthorn.smtp.inbound.SendingLimits;

class SmtpConfigTest {
  private static final SmtpConfig USUAL = SmtpConfig.defaults();

  @Test
  void beginsWithTlsOnOnePortOnly() {
    assertThat(USUAL.submissions().listener().tls()).isTrue();
    assertThat(USUAL.submission().listener().tls()).isFalse();
  }

  @Test
  void refusesNamesThatAreNone() {
    assertThatThrownBy(() -> with("mx example.org", Optional.empty(), USUAL.submission()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("hostname must be a domain name");
    assertThatThrownBy(() -> with("[192.0.2.1]", Optional.empty(), USUAL.submission()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> with("mx.example.org", Optional.of("ann"), USUAL.submission()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("postmaster must be an address");
  }

  @Test
  void refusesSubmissionWithoutLogins() {
    var port = new Port(true, ListenerConfig.defaults(), false, PlainTextLogins.NEVER);
    assertThatThrownBy(() -> with("mx.example.org", Optional.empty(), port))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("logins must be on");
  }

  private static SmtpConfig with(String hostname, Optional<String> postmaster, Port submission) {
    return new SmtpConfig(
        hostname,
        postmaster,
        USUAL.mx(),
        submission,
        USUAL.submissions(),
        USUAL.lmtp(),
        Duration.ZERO,
        InboundLimits.defaults(),
        InboundExtensions.defaults(),
        SendingLimits.defaults());
  }
}
