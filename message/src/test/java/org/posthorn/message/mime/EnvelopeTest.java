package org.posthorn.message.mime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.posthorn.message.mime.Envelope.Address;

class EnvelopeTest {
  private static Envelope envelope(String subject, String name, String host) {
    var address =
        new Address(Optional.of(name), Optional.empty(), Optional.of("ann"), Optional.of(host));
    return new Envelope(
        Optional.of("Sun, 22 Nov 2026 12:00:00 +0000"),
        Optional.of(subject),
        List.of(address),
        List.of(),
        List.of(),
        List.of(),
        List.of(address),
        List.of(),
        Optional.empty(),
        Optional.of("<a@example.org>"));
  }

  @Test
  void knowsWhetherAllOfItIsAscii() {
    assertThat(envelope("=?utf-8?q?=C3=BC?=", "Ann", "example.org").isAscii()).isTrue();
    assertThat(envelope("Grüße", "Ann", "example.org").isAscii()).isFalse();
    assertThat(envelope("x", "Änn", "example.org").isAscii()).isFalse();
    assertThat(envelope("x", "Ann", "exämple.org").isAscii()).isFalse();
  }
}
