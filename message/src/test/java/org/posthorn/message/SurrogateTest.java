package org.posthorn.message;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Named.named;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// RFC 6858, plainly.
class SurrogateTest {
  @Test
  void keepsFieldsInAsciiByteByByte() {
    String header = "Received: from x\r\n\tby y;  date\r\nSubject:  odd   spaces \r\n: x\r\n\r\n";
    assertThat(surrogate(header + "X: \u00fc\r\n\r\n"))
        .startsWith(header)
        .isEqualTo(header + "X: =?utf-8?Q?=C3=BC?=\r\n\r\n".replace("Q?=C3=BC", "B?w7w="));
  }

  @Test
  void encodesSubjectsAndNames() {
    assertThat(readable("Subject: Gr\u00fc\u00dfe aus K\u00f6ln, ann@example.org\r\n"))
        .isEqualTo("Subject: Gr\u00fc\u00dfe aus K\u00f6ln, ann@example.org");
    assertThat(readable("To: \"M\u00fcller, J\u00f6rg\" <jm@example.org>, bob@example.org\r\n"))
        .isEqualTo("To: M\u00fcller, J\u00f6rg <jm@example.org>, bob@example.org");
  }

  @Test
  void showsAddressesThatHaveNoFormInAscii() {
    assertThat(readable("From: J\u00f6rg <j\u00f6rg@example.org>\r\n"))
        .isEqualTo("From: J\u00f6rg (j\u00f6rg@example.org) <unicode-address@utf8.invalid>");
    assertThat(readable("Cc: ann@example.org, j\u00f6rg@example.org\r\n"))
        .isEqualTo("Cc: ann@example.org, j\u00f6rg@example.org <unicode-address@utf8.invalid>");
    assertThat(readable("To: <\"j\u00f6rg e\"@example.org>\r\n"))
        .isEqualTo("To: (\"j\u00f6rg e\"@example.org) <unicode-address@utf8.invalid>");
    assertThat(readable("X-For: j\u00f6rg@example.org\r\n"))
        .isEqualTo("X-For: j\u00f6rg@example.org");
  }

  @Test
  void encodesFileNames() {
    assertThat(readable("Content-Type: text/plain; name=\"\u00fcber.txt\"\r\n"))
        .isEqualTo("Content-Type: text/plain; name=\"\u00fcber.txt\"");
  }

  @Test
  void dropsLinesThatAreNoFields() {
    assertThat(surrogate("\u00fc\r\n\u00fcx: y\r\nA: b\r\n\r\n")).isEqualTo("A: b\r\n\r\n");
  }

  @Test
  void isAlwaysAsciiAndInLines() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    String[] pieces = {
      "From",
      "Subject",
      "Content-Type",
      ": ",
      "\r\n",
      "\n",
      "\r\n ",
      "\"",
      "<",
      ">",
      "@",
      ",",
      ";",
      "\u00fc",
      "\u20ac\u20ac",
      "x",
      " ",
      "\\",
      "(",
      "\t",
      "\0",
      "\r",
      "$1"
    };
    for (int i = 0; i < 20_000; i++) {
      var header = new StringBuilder();
      for (int j = random.nextInt(30); j > 0; j--) {
        header.append(pieces[random.nextInt(pieces.length)]);
      }
      byte[] bytes = header.toString().getBytes(random.nextBoolean() ? UTF_8 : ISO_8859_1);
      byte[] surrogate = Surrogate.header(bytes);
      assertThat(Surrogate.allAscii(surrogate, surrogate.length))
          .as("seed %d, %s", seed, header)
          .isTrue();
    }
  }

  /// On a small stack, as threads of connections have.
  @ParameterizedTest
  @MethodSource("hugeHeaders")
  void takesLinearTimeAndNoStack(String header) throws InterruptedException {
    AtomicReference<byte[]> surrogate = new AtomicReference<>(new byte[0]);
    Thread thread =
        new Thread(
            null,
            () -> surrogate.set(Surrogate.header(header.getBytes(UTF_8))),
            "small",
            512 << 10);
    thread.setDaemon(true);
    thread.start();

    assertThat(thread.join(Duration.ofSeconds(2))).isTrue();
    assertThat(surrogate.get()).isNotEmpty();
    assertThat(Surrogate.allAscii(surrogate.get(), surrogate.get().length)).isTrue();
  }

  static Stream<Named<String>> hugeHeaders() {
    return Stream.of(
        named("a name", "To: \"\u00fc" + "x".repeat(400_000) + "\" <a@example.org>\r\n"),
        named("a word", "Subject: \u00fc" + "x".repeat(400_000) + "\r\n"),
        named("an angle", "To: <" + "\u00e9".repeat(200_000) + "\r\n"),
        named("angles", "To: \u00fc" + "<".repeat(400_000) + "\r\n"),
        named("a name in a list", "To: \u00fc" + "x".repeat(400_000) + "\r\n"),
        named("open quotes", "To: \u00fc \"" + "\\\"".repeat(200_000) + "\r\n"),
        named(
            "a file name", "Content-Type: a/b; name=\"\u00fc" + "\\x".repeat(200_000) + "\"\r\n"));
  }

  private static String surrogate(String header) {
    return new String(Surrogate.header(header.getBytes(UTF_8)), US_ASCII);
  }

  private static String readable(String header) {
    String surrogate = surrogate(header);
    assertThat(surrogate).isNotEqualTo(header).endsWith("\r\n");
    return EncodedWord.decode(surrogate.replace("\r\n ", " ").stripTrailing());
  }
}
