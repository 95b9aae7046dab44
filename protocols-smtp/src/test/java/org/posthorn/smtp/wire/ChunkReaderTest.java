package org.posthorn.smtp.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.net.WireInput;
import org.posthorn.smtp.wire.SmtpCommand.Bdat;

class ChunkReaderTest {
  private static final TextLimits LIMITS = new TextLimits(1000, 100);

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8192})
  void readsChunksAsOneText(int bufferBytes) throws IOException {
    WireInput input = input("a\r\n.\r\nMAIL FROM:<x@y>\r\nQUIT\r\n", bufferBytes);
    var reader = reader(input, chunk(2), next(chunk(0), chunk(3), chunk(18), lastChunk(0)));
    assertThat(text(reader)).isEqualTo("a\r\n.\r\nMAIL FROM:<x@y>\r\n");
    assertThat(reader.isLast()).isTrue();
    assertThat(input.next()).isEqualTo('Q');
  }

  @Test
  void refusesAChunkThatIsTooBigBeforeItIsRead() throws IOException {
    WireInput input = input("abcQ", 8192);
    var reader = reader(input, chunk(1), next(lastChunk(Long.MAX_VALUE)));
    assertThatThrownBy(() -> text(reader))
        .isInstanceOfSatisfying(
            MessageRefused.class, e -> assertThat(e.reply().format()).startsWith("552 5.3.4 "));
    assertThat(reader.drain(1_000_000)).isFalse();
    assertThat(input.next()).isEqualTo('b');
  }

  @Test
  void addsUpTheSizesOfChunks() {
    var reader = reader(input("x".repeat(600), 8192), chunk(500), next(chunk(501)));
    assertThatThrownBy(() -> text(reader)).isInstanceOf(MessageRefused.class);
  }

  @ParameterizedTest
  @CsvSource({"a\\rb, 550 5.6.11", "a\\nb, 550 5.6.11", "a\\0b, 550 5.6.0", "abcd\\r, 550 5.6.11"})
  void refusesTheSameTextsAsData(String escaped, String reply) throws IOException {
    String text = escaped.translateEscapes();
    WireInput input = input(text + "QUIT", 2);
    var reader = reader(input, lastChunk(text.length()), next());
    assertThatThrownBy(() -> text(reader))
        .isInstanceOfSatisfying(
            MessageRefused.class, e -> assertThat(e.reply().format()).startsWith(reply + " "));
    assertThat(reader.drain(100)).isTrue();
    assertThat(input.next()).isEqualTo('Q');
  }

  @Test
  void refusesALineThatIsTooLong() throws IOException {
    String fine = "x".repeat(98) + "\r\n";
    assertThat(text(reader(input(fine.repeat(5), 64), lastChunk(500), next())))
        .isEqualTo(fine.repeat(5));
    var reader = reader(input(fine + "x" + fine + fine, 8192), chunk(150), next(lastChunk(151)));
    assertThatThrownBy(() -> text(reader)).isInstanceOf(MessageRefused.class);
  }

  @Test
  void isCutShortWithTheConnection() {
    var reader = reader(input("abc", 8192), lastChunk(4), next());
    assertThatThrownBy(() -> text(reader)).isInstanceOf(EOFException.class);
  }

  private static ChunkReader reader(WireInput input, Bdat first, ChunkReader.NextChunk nextChunk) {
    return new ChunkReader(input, () -> {}, LIMITS, false, ChunkReader.Chunk.of(first), nextChunk);
  }

  private static Bdat chunk(long sizeBytes) {
    return new Bdat(sizeBytes, false);
  }

  private static Bdat lastChunk(long sizeBytes) {
    return new Bdat(sizeBytes, true);
  }

  private static ChunkReader.NextChunk next(Bdat... chunks) {
    var queue = new ArrayDeque<>(List.of(chunks));
    return () -> ChunkReader.Chunk.of(queue.remove());
  }

  private static WireInput input(String text, int bufferBytes) {
    var bytes = new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
    return WireInput.of(bytes, bufferBytes);
  }

  private static String text(MessageText reader) throws IOException {
    return new String(reader.readAllBytes(), StandardCharsets.ISO_8859_1);
  }
}
