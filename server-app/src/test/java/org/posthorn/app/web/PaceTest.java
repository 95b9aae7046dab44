package org.posthorn.app.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class PaceTest {
  private Instant now = Instant.parse("2026-11-27T12:00:00Z");
  private final Pace pace = new Pace(2, () -> now);

  @Test
  void eachClientHasItsShareOfAMinute() {
    assertThat(allows("192.0.2.1")).isTrue();
    assertThat(allows("192.0.2.1")).isTrue();
    assertThat(allows("192.0.2.1")).isFalse();
    assertThat(allows("192.0.2.2")).isTrue();
    now = now.plus(Duration.ofMinutes(1));
    assertThat(allows("192.0.2.1")).isTrue();
  }

  @Test
  void aNetworkOfIpv6IsOneClient() {
    assertThat(allows("2001:db8::1")).isTrue();
    assertThat(allows("2001:db8::2")).isTrue();
    assertThat(allows("2001:db8::3")).isFalse();
    assertThat(allows("2001:db8:0:1::1")).isTrue();
  }

  @Test
  void memoryIsBounded() {
    for (int i = 0; i < 50_000; i++) {
      assertThat(allows("10.%d.%d.%d".formatted(i >> 16, i >> 8 & 255, i & 255))).isTrue();
    }
    assertThat(allows("192.0.2.1")).isTrue();
    assertThat(allows("192.0.2.2")).isTrue();
    assertThat(allows("192.0.2.3")).as("counted with the others").isFalse();
  }

  private boolean allows(String address) {
    return pace.allows(InetAddress.ofLiteral(address));
  }
}
