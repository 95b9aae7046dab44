package org.posthorn.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.posthorn.net.WireOutput;

class MessageTextTest {
  /// Against the same rules in the plainest words, at every place where a chunk may end.
  @Test
  void stuffsAndEndsLinesWhereverTheBytesAreCut() throws IOException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      var message = new StringBuilder();
      int length = random.nextInt(40);
      for (int j = 0; j < length; j++) {
        message.append("\r\n\n..ax".charAt(random.nextInt(7)));
      }
      String text = message.toString();
      String sent = sent(text, 1 + random.nextInt(5), Long.MAX_VALUE);
      assertThat(sent).as("seed %d, %s", seed, text).isEqualTo(plainly(text, Long.MAX_VALUE));
      long lines = random.nextInt(4);
      assertThat(sent(text, 1 + random.nextInt(5), lines))
          .as("seed %d, %d lines of %s", seed, lines, text)
          .isEqualTo(plainly(text, lines));
    }
  }

  /// What a client reads is what was stored, and the only line that is one dot is not among it.
  @Test
  void givesBackWhatWasStored() throws IOException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      var message = new StringBuilder();
      for (int j = random.nextInt(20); j > 0; j--) {
        message.append(".".repeat(random.nextInt(3))).append("x".repeat(random.nextInt(2)));
        message.append("\r\n");
      }
      var read = new StringBuilder();
      for (String line : sent(message.toString(), 3, Long.MAX_VALUE).split("(?<=\r\n)", -1)) {
        assertThat(line).as("seed %d", seed).isNotEqualTo(".\r\n");
        read.append(line.startsWith(".") ? line.substring(1) : line);
      }
      assertThat(read.toString()).as("seed %d", seed).isEqualTo(message.toString());
    }
  }

  @Test
  void largeMessagesPassInPieces() throws IOException {
    String body = ("x".repeat(70) + "\r\n").repeat(100_000);
    assertThat(sent("A: b\r\n\r\n" + body, 100_000, Long.MAX_VALUE))
        .isEqualTo("A: b\r\n\r\n" + body);
  }

  private static String plainly(String text, long bodyLinesMax) {
    var sent = new StringBuilder();
    boolean body = false;
    long lines = 0;
    for (String line : text.split("(?<=\n)", -1)) {
      if (line.isEmpty() || (body && lines == bodyLinesMax)) {
        break;
      }
      String bare = line.replaceAll("\r?\n\\z|\r\\z", "");
      sent.append(bare.startsWith(".") ? "." : "").append(bare).append("\r\n");
      if (body) {
        lines++;
      }
      body |= bare.isEmpty() && line.endsWith("\n");
    }
    return sent.toString();
  }

  @Test
  void closesTheMessageWhateverReadingItThrows() {
    var closed = new AtomicBoolean();
    var source =
        new ByteArrayInputStream(new byte[10]) {
          @Override
          public int readNBytes(byte[] into, int from, int count) {
            throw new StackOverflowError();
          }

          @Override
          public void close() {
            closed.set(true);
          }
        };

    assertThatExceptionOfType(StackOverflowError.class)
        .isThrownBy(() -> MessageText.open(source, 10, 10, Long.MAX_VALUE, false));
    assertThat(closed).isTrue();
  }

  /// The stream gives at most `piece` bytes at a time, behind a header of no bytes.
  private static String sent(String text, int piece, long bodyLinesMax) throws IOException {
    byte[] bytes = text.getBytes(ISO_8859_1);
    var sink = new ByteArrayOutputStream();
    WireOutput output = WireOutput.of(sink);
    InputStream source = new Pieces(bytes, piece);
    // The first chunk is at most as large as the message is said to be.
    MessageText.open(source, Math.min(bytes.length, piece), 0, bodyLinesMax, true).writeTo(output);
    output.flush();
    return sink.toString(ISO_8859_1);
  }

  private static final class Pieces extends ByteArrayInputStream {
    private final int piece;

    Pieces(byte[] bytes, int piece) {
      super(bytes);
      this.piece = piece;
    }

    @Override
    public synchronized int read(byte[] target, int offset, int length) {
      return super.read(target, offset, Math.min(length, piece));
    }
  }
}
