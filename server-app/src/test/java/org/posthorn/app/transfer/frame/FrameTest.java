package org.posthorn.app.transfer.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.storage.account.SourceKey;

class FrameTest {
  private static final SourceKey KEY = new SourceKey(-1, 2, Long.MIN_VALUE);
  private static final String KNOWN_KEY = "7f4b9448f3e2bf8727728e8b51c76ea045a5b506ac366a30";
  private static final Frame.Message MESSAGE =
      new Frame.Message(7, KEY, List.of("\\Seen", "ärger"), -5, "cur/x");

  /// The other side has begun, and not got to its first byte.
  @Test
  void anEmptyStreamHasEnded() {
    var frames = new FrameReader(new ByteArrayInputStream(new byte[0]));
    assertThatThrownBy(frames::next).isInstanceOf(EOFException.class);
  }

  @Test
  void everyFrameIsReadAsItWasWritten() throws IOException {
    List<Frame> frames =
        List.of(
            new Frame.Folder(7, "Wörk/2026", "\\Sent", true, false, 1L << 40, 3),
            new Frame.Flagged(KEY, List.of()),
            new Frame.Removed(KEY),
            new Frame.Mark(7, KEY, Optional.empty()),
            new Frame.Mark(7, KEY, Optional.of(new SourceKey(1, 2, 3))),
            new Frame.Subscription("Gone"),
            new Frame.Problem("damaged", "INBOX 3"),
            new Frame.End());
    var bytes = new ByteArrayOutputStream();
    var writer = new FrameWriter(bytes);
    for (Frame frame : frames) {
      writer.write(frame);
    }
    writer.flush();
    var reader = reader(bytes.toByteArray());
    for (Frame frame : frames) {
      assertThat(reader.next()).isEqualTo(frame);
    }
    assertThatThrownBy(reader::next).isInstanceOf(EOFException.class);
  }

  @Test
  void whatIsMoreOrLongerThanAReaderTakesDoesNotEndTheStream() throws IOException {
    var many = new ArrayList<String>();
    for (int i = 0; i < 10_001; i++) {
      many.add("k" + i);
    }
    var bytes = new ByteArrayOutputStream();
    var writer = new FrameWriter(bytes);
    writer.write(new Frame.Message(7, KEY, many, 0, "x".repeat(100_000)));
    writer.write(new Frame.End());
    writer.flush();
    var reader = reader(bytes.toByteArray());
    var message = (Frame.Message) reader.next();
    assertThat(message.flags()).isEqualTo(many.subList(0, 10_000));
    assertThat(message.label()).startsWith("xxx").hasSizeLessThan(70_000);
    assertThat(reader.next()).isEqualTo(new Frame.End());
  }

  @Test
  void messagesOfAnySizeComeWholeBetweenFrames() throws IOException {
    var bytes = new ByteArrayOutputStream();
    var writer = new FrameWriter(bytes);
    var random = new Random(1);
    var contents = new ArrayList<byte[]>();
    for (int size : List.of(0, 1, 65_535, 65_536, 65_537, 300_000)) {
      var content = new byte[size];
      random.nextBytes(content);
      contents.add(content);
      writer.write(MESSAGE);
      assertThat(writer.contents(new ByteArrayInputStream(content))).isEqualTo(size);
    }
    writer.write(new Frame.End());
    writer.flush();
    var reader = reader(bytes.toByteArray());
    for (byte[] content : contents) {
      assertThat(reader.next()).isEqualTo(MESSAGE);
      assertThat(reader.contents().readAllBytes()).isEqualTo(content);
    }
    assertThat(reader.next()).isEqualTo(new Frame.End());
  }

  @Test
  void aMessageThatCannotBeReadToItsEndIsForgottenAndTheStreamGoesOn() throws IOException {
    var bytes = new ByteArrayOutputStream();
    var writer = new FrameWriter(bytes);
    writer.write(MESSAGE);
    assertThatThrownBy(() -> writer.contents(broken())).isInstanceOf(SourceFailed.class);
    writer.write(new Frame.End());
    writer.flush();
    var reader = reader(bytes.toByteArray());
    assertThat(reader.next()).isEqualTo(MESSAGE);
    assertThatThrownBy(() -> reader.contents().readAllBytes())
        .isInstanceOf(FrameReader.Abandoned.class);
    assertThat(reader.next()).isEqualTo(new Frame.End());
  }

  /// Whatever comes: it ends, takes little memory, and nothing but `IOException` comes out.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void rubbishEndsWithAnException(long seed) {
    var random = new Random(seed);
    for (int i = 0; i < 3_000; i++) {
      var rubbish = new byte[random.nextInt(200)];
      for (int j = 0; j < rubbish.length; j++) {
        rubbish[j] =
            (byte)
                (random.nextBoolean()
                    ? "FMGRSPE\0\0\0".charAt(random.nextInt(10))
                    : random.nextInt(256));
      }
      var reader =
          new FrameReader(
              new SequenceInputStream(
                  new ByteArrayInputStream(FrameWriter.MAGIC), new ByteArrayInputStream(rubbish)));
      assertThatThrownBy(
              () -> {
                while (true) {
                  if (reader.next() instanceof Frame.Message) {
                    reader.contents().readAllBytes();
                  }
                }
              })
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void keysAreTextAndBackAndMadeTheSameForEver() {
    assertThat(SourceKeys.parse(SourceKeys.text(KEY))).contains(KEY);
    assertThat(SourceKeys.parse("xyz")).isEmpty();
    assertThat(SourceKeys.parse("00")).isEmpty();
    assertThat(SourceKeys.text(SourceKeys.named(SourceKeys.source("maildir", "INBOX"), "1.host")))
        .isEqualTo(KNOWN_KEY);
  }

  private static FrameReader reader(byte[] bytes) {
    return new FrameReader(new ByteArrayInputStream(bytes));
  }

  private static InputStream broken() {
    return new SequenceInputStream(
        new ByteArrayInputStream("begun".getBytes(StandardCharsets.US_ASCII)),
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("the disk is broken");
          }

          @Override
          public int read(byte[] into, int offset, int length) throws IOException {
            return read();
          }
        });
  }
}
