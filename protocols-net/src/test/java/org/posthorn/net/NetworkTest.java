package org.posthorn.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {
  @ParameterizedTest
  @CsvSource({
    "192.0.2.0/24, 192.0.2.255, true",
    "192.0.2.0/24, 192.0.3.0, false",
    "192.0.2.77/24, 192.0.2.1, true",
    "10.0.0.0/8, 10.200.3.4, true",
    "10.16.0.0/12, 10.31.255.255, true",
    "10.16.0.0/12, 10.32.0.0, false",
    "192.0.2.1, 192.0.2.1, true",
    "192.0.2.1, 192.0.2.2, false",
    "0.0.0.0/0, 198.51.100.1, true",
    "0.0.0.0/0, 2001:db8::1, false",
    "2001:db8::/32, 2001:db8:ffff::1, true",
    "2001:db8::/32, 2001:db9::1, false",
    "::1, ::1, true",
    "::ffff:192.0.2.0/24, 192.0.2.7, true",
  })
  void containsItsAddresses(String network, String address, boolean contained) {
    assertThat(Network.of(network).contains(Network.address(address))).isEqualTo(contained);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "mail.example.org", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/", "x/8"})
  void refusesWhatIsNoNetwork(String text) {
    assertThatThrownBy(() -> Network.of(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void takesA64BitNetworkForOneClient() {
    assertThat(Network.client(Network.address("2001:db8::1")))
        .isEqualTo(Network.client(Network.address("2001:db8::ffff:2")))
        .isNotEqualTo(Network.client(Network.address("2001:db8:0:1::1")));
    assertThat(Network.client(Network.address("192.0.2.1")))
        .isEqualTo(Network.address("192.0.2.1"));
  }
}
