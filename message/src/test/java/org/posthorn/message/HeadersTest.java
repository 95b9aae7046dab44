package org.posthorn.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HeadersTest {
  @Test
  void knowsTheBytesOfEachField() throws IOException {
    String message =
        """
        From: a@b.example
        Authentication-Results: mx;
        \tspf=pass
        Junk line
        subject :  Grüße \s

        Body: no field
        """
            .replace("\n", "\r\n");

    List<Headers.Placed> fields = read(message);

    assertThat(fields)
        .extracting(Headers.Placed::field)
        .containsExactly(
            new HeaderField("From", "a@b.example"),
            new HeaderField("Authentication-Results", "mx;\tspf=pass"),
            new HeaderField("subject", "Grüße"));
    assertThat(bytes(message, fields.get(1)))
        .isEqualTo("Authentication-Results: mx;\r\n\tspf=pass\r\n");
    assertThat(bytes(message, fields.get(2))).isEqualTo("subject :  Grüße  \r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\r\nBody: x\r\n",
        "\nBody: x",
        "no field here\r\nSubject: x\r\n",
        " x: y\r\n"
      })
  void findsNoneWhereThereIsNoHeader(String message) throws IOException {
    assertThat(read(message)).isEmpty();
  }

  @Test
  void passesOverAMailboxMark() throws IOException {
    assertThat(read("From ann Mon Jan 1\nSubject: x\n\nbody"))
        .extracting(Headers.Placed::field)
        .containsExactly(new HeaderField("Subject", "x"));
  }

  @Test
  void readsNoMoreThanItMust() throws IOException {
    byte[] line = "X: endless\r\n".getBytes(StandardCharsets.UTF_8);
    InputStream endless =
        new InputStream() {
          private int at;

          @Override
          public int read() {
            return line[at++ % line.length];
          }

          @Override
          public int read(byte[] into, int offset, int length) {
            for (int i = 0; i < length; i++) {
              into[offset + i] = (byte) read();
            }
            return length;
          }
        };

    List<Headers.Placed> fields = Headers.read(endless);

    assertThat(fields.getLast().end()).isLessThanOrEqualTo(Headers.BYTES_MAX);
  }

  @Test
  void neverFails() throws IOException {
    String alphabet = "\r\n: \tab-\0ü";
    for (long seed = 0; seed < 5_000; seed++) {
      Random random = new Random(seed);
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(60); i > 0; i--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      long end = 0;
      for (Headers.Placed field : read(text.toString())) {
        assertThat(field.start()).as("seed %d", seed).isGreaterThanOrEqualTo(end);
        assertThat(field.end()).isGreaterThan(field.start());
        end = field.end();
      }
    }
  }

  @Test
  void writesFoldedLinesThatReadBack() throws IOException {
    String[] words = {
      "word", "Grüße", "ann@example.org", "x".repeat(70), "a;b", "😀", "ü@bücher.example"
    };
    for (long seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      StringBuilder value = new StringBuilder("start");
      for (int i = random.nextInt(40); i > 0; i--) {
        value.append(' ').append(words[random.nextInt(words.length)]);
      }

      String line = HeaderText.line("X-Test", value.toString());

      assertThat(line.split("\r\n", -1)).as("seed %d", seed).allMatch(part -> part.length() <= 160);
      HeaderField field = read(line + "\r\n").getFirst().field();
      assertThat(EncodedWord.decode(field.value())).as("seed %d", seed).isEqualTo(value.toString());
    }
  }

  /// Words that are encoded already, also longer ones than RFC 2047 allows, beside those that are
  /// not.
  @Test
  void writesWhatReadsAsTheValueDoes() {
    String longer = "=?utf-8?B?" + "w7w=".repeat(100) + "?=";
    String[] words = {
      "a", "ü", "ß€", "=?utf-8?Q?=C3=BC?=", "=?x-no?Q?a?=", "(b)", longer, "y".repeat(400)
    };
    String[] spaces = {" ", "\t", "  ", " \t"};
    for (long seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      StringBuilder value = new StringBuilder("x");
      for (int i = random.nextInt(8); i > 0; i--) {
        value.append(spaces[random.nextInt(spaces.length)]);
        value.append(words[random.nextInt(words.length)]);
      }

      String line = HeaderText.line("Subject", value.toString());

      assertThat(EncodedWord.decode(line.substring(9).replace("\r\n", "").strip()))
          .as("seed %d", seed)
          .isEqualTo(EncodedWord.decode(value.toString()));
    }
  }

  /// RFC 2047 §2.
  @Test
  void aLineWithAnEncodedWordHas76Characters() {
    String[] names = {"Subject", "To", "X-Original-From", "X-" + "y".repeat(100)};
    String[] words = {"ü", "Grüße", "word", "x".repeat(30), "😀".repeat(30), "é".repeat(200), "a"};
    for (long seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      StringBuilder value = new StringBuilder(words[random.nextInt(words.length)]);
      for (int i = random.nextInt(20); i > 0; i--) {
        value.append(' ').append(words[random.nextInt(words.length)]);
      }
      String name = names[random.nextInt(names.length)];

      String line = HeaderText.line(name, value.toString());

      for (String part : line.split("\r\n", -1)) {
        if (part.contains("=?") && !part.startsWith("X-y")) {
          assertThat(part).as("seed %d", seed).hasSizeLessThanOrEqualTo(76);
        }
      }
      String read = line.substring(name.length() + 1).replace("\r\n", "").strip();
      assertThat(EncodedWord.decode(read)).as("seed %d", seed).isEqualTo(value.toString());
    }
  }

  @Test
  void refusesLinesThatWouldBecomeTwo() {
    for (String value : new String[] {"a\r\nB: c", "a\nb", "a\rb", "a\0b"}) {
      assertThatIllegalArgumentException().isThrownBy(() -> HeaderText.line("X", value));
    }
    for (String name : new String[] {"", "a b", "a:", "ü", "a\n"}) {
      assertThatIllegalArgumentException().isThrownBy(() -> HeaderText.line(name, "x"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Sun, 22 Nov 2026 12:00:01 +0100 | 2026-11-22T11:00:01Z",
        "22 Nov 2026 12:00 -0000 (comment (nested)) | 2026-11-22T12:00:00Z",
        "Sun,22 Nov 26 12:00:00 EST | 2026-11-22T17:00:00Z",
        "22 November 98 12:00:60 GMT | 1998-11-22T12:00:59Z",
        "Sun (day), 22 (x) Nov 2026 12:00:00 +0000 | 2026-11-22T12:00:00Z",
      })
  void readsDatesAsTheyAreWritten(String text, String instant) {
    assertThat(MailDate.parse(text).orElseThrow().toInstant()).isEqualTo(Instant.parse(instant));
  }

  @Test
  void writesDatesThatReadBackAndRefusesOthers() {
    Instant instant = Instant.parse("2026-01-02T03:04:05Z");
    assertThat(MailDate.format(instant)).isEqualTo("Fri, 2 Jan 2026 03:04:05 +0000");
    assertThat(MailDate.parse(MailDate.format(instant)).orElseThrow().toInstant())
        .isEqualTo(instant);
    for (String text :
        new String[] {
          "",
          "yesterday",
          "32 Nov 2026 12:00",
          "1 Foo 2026 12:00",
          "1 Jan 2026 99:99",
          "1 Jan 2026 12:00 +9999",
          "1 2 3 4"
        }) {
      assertThat(MailDate.parse(text)).as(text).isEmpty();
    }
  }

  private static List<Headers.Placed> read(String message) throws IOException {
    byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
    List<Headers.Placed> whole = Headers.read(bytes);
    InputStream slow =
        new ByteArrayInputStream(bytes) {
          @Override
          public synchronized int read(byte[] into, int offset, int length) {
            return super.read(into, offset, Math.min(length, 1));
          }
        };
    assertThat(Headers.read(slow)).isEqualTo(whole);
    return whole;
  }

  private static String bytes(String message, Headers.Placed field) {
    byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
    return new String(
        bytes, (int) field.start(), (int) (field.end() - field.start()), StandardCharsets.UTF_8);
  }

  /// An address must stay as it is, but a subject has none.
  @Test
  void aSubjectIsAsciiWhateverStandsInIt() {
    for (String subject : List.of("Grüße@Büro um 9", "café@home", "Re: jörg@bücher.example")) {
      String line = HeaderText.line("Subject", subject);
      assertThat(line).matches("[\\x00-\\x7F]*");
      assertThat(EncodedWord.decode(line.substring(9).replaceAll("\r\n ", " ").strip()))
          .isEqualTo(subject);
    }
    assertThat(HeaderText.line("To", "Jörg <jörg@example.org>")).contains("<jörg@example.org>");
  }
}
