package org.posthorn.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTextTest {
  /// RFC 5952 §4.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "192.0.2.7",
        "::",
        "::1",
        "1::",
        "2001:db8::1:0:0:1",
        "2001:db8:0:1:1:1:1:1",
        "2001:db8::aaaa:0:0:1",
        "1:0:2:3:4:5:6:7"
      })
  void addressesAreShortened(String text) {
    assertThat(AddressText.of(InetAddress.ofLiteral(text))).isEqualTo(text);
  }

  /// RFC 3986 §3.2.2.
  @Test
  void colonsOfAnAddressStandInBrackets() {
    assertThat(AddressText.ofHost("::1", 25)).isEqualTo("[::1]:25");
    assertThat(AddressText.ofHost("[2001:db8::7]", 25)).isEqualTo("[2001:db8::7]:25");
    assertThat(AddressText.ofHost("192.0.2.7", 25)).isEqualTo("192.0.2.7:25");
    assertThat(AddressText.ofHost("mx.example.net", 587)).isEqualTo("mx.example.net:587");
  }

  @Test
  void aZoneIsLeftOut() throws UnknownHostException {
    byte[] local = InetAddress.ofLiteral("fe80::7").getAddress();
    assertThat(AddressText.of(Inet6Address.getByAddress("", local, 3))).isEqualTo("fe80::7");
  }
}
