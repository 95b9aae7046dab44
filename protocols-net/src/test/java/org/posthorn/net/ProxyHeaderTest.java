package org.posthorn.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyHeaderTest {
  private static final String SIGNATURE = "\\r\\n\\r\\n\\0\\r\\nQUIT\\n";

  @ParameterizedTest
  @CsvSource({
    "PROXY TCP4 192.0.2.1 198.51.100.1 56324 25, 192.0.2.1",
    "PROXY TCP6 2001:db8::7 ::1 56324 25, 2001:db8::7",
    "PROXY TCP6 ::ffff:192.0.2.1 ::ffff:192.0.2.2 56324 25, 192.0.2.1",
  })
  void readsTheLine(String header, String address) throws IOException {
    assertThat(read(header + "\\r\\nEHLO")).contains(Network.address(address));
  }

  @ParameterizedTest
  @ValueSource(strings = {"PROXY UNKNOWN", "PROXY UNKNOWN ffff::1 ffff::2 1 2"})
  void takesTheBalancerForTheClientWhereItDoesNotKnow(String header) throws IOException {
    assertThat(read(header + "\\r\\n")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "EHLO client.example\\r\\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\\n",
        "PROXY TCP4 2001:db8::7 ::1 56324 25\\r\\n",
        "PROXY TCP6 192.0.2.1 192.0.2.2 56324 25\\r\\n",
        "PROXY TCP4 mail.example.org 198.51.100.1 56324 25\\r\\n",
        "PROXY TCP4  192.0.2.1 198.51.100.1 56324 25\\r\\n",
        "PROXY TCP4 192.0.2.1\\r\\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 56324\\r\\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 56324 25 7\\r\\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 56324 65536\\r\\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 -1 25\\r\\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 056 25\\r\\n",
        "PROXY TCP4 192.0.2.1 mail.example.org 1 25\\r\\n",
        "PROXY TCP4 192.0.2.1 ::1 1 25\\r\\n",
        "PROXY TCP4 192.0.2 198.51.100.1 1 25\\r\\n",
        "PROXY TCP4 3221225985 198.51.100.1 1 25\\r\\n",
        "PROXY TCP4 0300.0.2.1 198.51.100.1 1 25\\r\\n",
        "PROXY TCP4 192.0.2.256 198.51.100.1 1 25\\r\\n",
        "PROXY TCP4 192.0.2.1\\0 198.51.100.1 1 25\\r\\n",
        "PROXY TCP6 fe80::1%lo ::1 1 25\\r\\n",
        "PROXY TCP6 [::1] ::1 1 25\\r\\n",
        "PROXY TCP6 :::: ::1 1 25\\r\\n",
        "PROXY\\tTCP4 192.0.2.1 198.51.100.1 1 25\\r\\n",
        "proxy TCP4 192.0.2.1 198.51.100.1 1 25\\r\\n",
        "PROXY tcp4 192.0.2.1 198.51.100.1 1 25\\r\\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 1 25\\r\\r\\n",
        "PROXY UNKNOWNX\\r\\n",
        "PROXY \\r\\n      ",
        " PROXY TCP4 192.0.2.1 198.51.100.1 1 25\\r\\n",
        "PROXY UDP4 192.0.2.1 198.51.100.1 56324 25\\r\\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 56324 25",
        "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
            + " ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 6553555555\\r\\n",
        SIGNATURE + "\\x31\\x11\\0\\x0C\\xC0\\0\\x02\\x01\\xC0\\0\\x02\\x02\\0\\x01\\0\\x02",
        SIGNATURE + "\\x22\\x11\\0\\x0C\\xC0\\0\\x02\\x01\\xC0\\0\\x02\\x02\\0\\x01\\0\\x02",
        SIGNATURE + "\\x21\\x11\\0\\x0B\\xC0\\0\\x02\\x01\\xC0\\0\\x02\\x02\\0\\x01\\0",
        SIGNATURE + "\\x21\\x11\\xFF\\xFF",
        SIGNATURE + "\\x21\\x11\\0\\x0C\\xC0\\0",
        SIGNATURE,
        "PRO",
        "",
      })
  void refusesAllElse(String header) {
    assertThatThrownBy(() -> read(header)).isInstanceOf(IOException.class);
  }

  @Test
  void readsTheBinaryForm() throws IOException {
    String ports = "\\x30\\x39\\0\\x19";
    assertThat(read(SIGNATURE + "\\x21\\x11\\0\\x0C\\xC0\\0\\x02\\x07\\xC0\\0\\x02\\x02" + ports))
        .contains(Network.address("192.0.2.7"));
    String ipv6 = "\\x20\\x01\\x0D\\xB8" + "\\0".repeat(11) + "\\x07";
    assertThat(read(SIGNATURE + "\\x21\\x21\\0\\x24" + ipv6 + ipv6 + ports))
        .contains(Network.address("2001:db8::7"));
    // Additional fields follow the addresses.
    assertThat(
            read(
                SIGNATURE
                    + "\\x21\\x11\\0\\x11\\xC0\\0\\x02\\x07\\xC0\\0\\x02\\x02"
                    + ports
                    + "\\x04\\0\\x02\\0\\0"))
        .contains(Network.address("192.0.2.7"));
    // The balancer's own health check, and families that are no network.
    assertThat(read(SIGNATURE + "\\x20\\0\\0\\0")).isEmpty();
    assertThat(read(SIGNATURE + "\\x21\\x31\\0\\x02ab")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\\r\\n",
        SIGNATURE + "\\x21\\x11\\0\\x0C\\xC0\\0\\x02\\x01\\xC0\\0\\x02\\x02\\0\\x01\\0\\x02",
      })
  void takesNotOneByteMore(String header) throws IOException {
    var stream = new ByteArrayInputStream(Escapes.bytes(header + "NEXT"));
    ProxyHeader.read(
        (target, offset, length, _) -> stream.read(target, offset, length), Duration.ofMinutes(1));
    assertThat(new String(stream.readAllBytes(), ISO_8859_1)).isEqualTo("NEXT");
  }

  @Test
  void survivesAnyBytes() throws IOException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    byte[] good =
        Escapes.bytes(
            SIGNATURE + "\\x21\\x11\\0\\x0C\\xC0\\0\\x02\\x01\\xC0\\0\\x02\\x02\\0\\x01\\0\\x02");
    byte[] line = "PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\n".getBytes(ISO_8859_1);
    for (int i = 0; i < 50_000; i++) {
      byte[] bytes = (random.nextBoolean() ? good : line).clone();
      for (int j = random.nextInt(4); j >= 0; j--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        assertThat(read(bytes)).as("seed %d", seed).isNotNull();
      } catch (IOException e) {
        assertThat(e).hasMessageNotContaining("took too long");
      }
    }
  }

  private static Optional<InetAddress> read(String escaped) throws IOException {
    return read(Escapes.bytes(escaped));
  }

  private static Optional<InetAddress> read(byte[] bytes) throws IOException {
    var stream = new ByteArrayInputStream(bytes);
    return ProxyHeader.read(
        (target, offset, length, _) -> stream.read(target, offset, length), Duration.ofMinutes(1));
  }
}
