package org.posthorn.imap.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.posthorn.net.WireOutput;

class ImapWriterTest {
  private final ByteArrayOutputStream sink = new ByteArrayOutputStream();
  private final ImapWriter writer = new ImapWriter(WireOutput.of(sink));

  private String written() throws IOException {
    writer.flush();
    return sink.toString(StandardCharsets.UTF_8);
  }

  @Test
  void quotesWhereThatIsAllowed() throws Exception {
    writer.string("a \"b\" \\c").raw(' ').string("").raw(' ').string("gr\u00fcn");
    writer.raw(' ').string("a\r\nb\0").raw(' ').astring("atom]").raw(' ').astring("nil");
    writer.raw(' ').astring("a b").raw(' ').astring("");
    assertThat(written())
        .isEqualTo(
            "\"a \\\"b\\\" \\\\c\" \"\" {5}\r\ngr\u00fcn {4}\r\na\r\nb atom] \"nil\" \"a b\" \"\"");
  }

  @Test
  void writesNumbers() throws Exception {
    writer.number(0).raw(' ').number(9).raw(' ').number(10).raw(' ').number(Long.MAX_VALUE);
    assertThat(written()).isEqualTo("0 9 10 " + Long.MAX_VALUE);
  }

  @Test
  void writesDatesAsTheCalendarHasThem() throws Exception {
    var format = DateTimeFormatter.ofPattern("\"dd-MMM-yyyy HH:mm:ss +0000\"", Locale.ENGLISH);
    var random = new Random(1);
    var expected = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      long millis = random.nextLong(-30_000_000_000_000L, 250_000_000_000_000L);
      writer.dateTime(millis);
      expected.append(format.format(Instant.ofEpochMilli(millis).atOffset(ZoneOffset.UTC)));
    }
    assertThat(written()).isEqualTo(expected.toString());
  }

  @Test
  void streamsLiteralsOfAnySize() throws Exception {
    for (int size : new int[] {0, 1, 16_384, 16_385, 100_000}) {
      byte[] bytes = "x".repeat(size).getBytes(StandardCharsets.US_ASCII);
      writer.literal(new ByteArrayInputStream(bytes), size);
      assertThat(written()).endsWith("{" + size + "}\r\n" + "x".repeat(size));
    }
  }

  @Test
  void breaksOffWhereBytesAreMissing() {
    for (int size : new int[] {10, 100_000}) {
      assertThatThrownBy(() -> writer.literal(new ByteArrayInputStream(new byte[5]), size))
          .isInstanceOf(EOFException.class);
    }
  }

  @Test
  void takesBackWhatHasNotLeft() throws Exception {
    writer.text("* 1 whole").endLine();
    writer.text("* 2 half");
    assertThat(writer.takeBackUnfinished()).isTrue();
    writer.text("a OK").endLine();
    assertThat(written()).isEqualTo("* 1 whole\r\na OK\r\n");
    writer.text("* 3 half");
    writer.drain();
    assertThat(writer.takeBackUnfinished()).isFalse();
  }
}
