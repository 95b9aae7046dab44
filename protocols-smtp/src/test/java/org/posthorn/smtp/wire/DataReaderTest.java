package org.posthorn.smtp.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.net.WireInput;

class DataReaderTest {
  private static final TextLimits LIMITS = new TextLimits(1_000_000, 100_000);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 8192})
  void endsAtTheDotAndLeavesWhatFollows(int bufferBytes) throws IOException {
    WireInput input = input("Subject: x\r\n\r\n..dot\r\n...\r\nend\r\n.\r\nQUIT\r\n", bufferBytes);
    var reader = new DataReader(input, () -> {}, LIMITS);
    assertThat(text(reader)).isEqualTo("Subject: x\r\n\r\n.dot\r\n..\r\nend\r\n");
    assertThat(reader.read(new byte[9], 0, 9)).isEqualTo(-1);
    assertThat(rest(input)).isEqualTo("QUIT\r\n");
  }

  /// RFC 5321 §4.1.1.4: the CR LF of the DATA line is the one before a first dot.
  @Test
  void endsAtOnceWhenTheFirstLineIsADot() throws IOException {
    assertThat(text(new DataReader(input(".\r\nQUIT\r\n", 8192), () -> {}, LIMITS))).isEmpty();
  }

  /// Each is an end of text to some other server. Here it refuses the message, and what stands
  /// behind it is read as text, to the true end.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\n.\n",
        "\n.\r\n",
        "\r\n.\n",
        "\r.\r",
        "\r\n.\r",
        "\r.\r\n",
        "\n.\r",
        "\r.\n",
        "\r\n.\r\r\n",
        "\r\r\n.\r\r\n",
        "\n\n.\n\n",
        "\r\n.\u000b\n",
        "\n..\r\n",
        "\r\n.\r\u0000\n",
        "\r",
        "\n",
        "\n\r",
        "\r\n.\r.\r\n",
        "\r\r\n.\r\n\r",
        "\r\n\n.\r\n",
        "\r\n..\r\r\n",
        "\r\n\u0000.\r\n"
      })
  void refusesWhatOnlyLooksLikeAnEnd(String lookAlike) throws IOException {
    for (int bufferBytes : new int[] {1, 2, 3, 8192}) {
      String inner = lookAlike.equals("\r\r\n.\r\n\r") ? "" : "MAIL FROM:<evil@example.net>\r\n";
      String behind = inner.isEmpty() ? "" : "DATA\r\nx\r\n.\r\n";
      WireInput input = input("text" + lookAlike + inner + behind + "QUIT\r\n", bufferBytes);
      var reader = new DataReader(input, () -> {}, LIMITS);
      assertThatThrownBy(() -> text(reader))
          .isInstanceOfSatisfying(
              MessageRefused.class, e -> assertThat(e.reply().format()).startsWith("550 5.6."));
      assertThat(reader.drain(1000)).isTrue();
      assertThat(rest(input)).isEqualTo(inner.isEmpty() ? "\rQUIT\r\n" : "QUIT\r\n");
    }
  }

  /// These are text and nothing more.
  @ParameterizedTest
  @ValueSource(
      strings = {"\r\n. \r\n", "\u0085.\u0085", "\u2028.\u2028", "\r\n.\t\r\n", "\r\n..\r\n"})
  void keepsLinesThatOnlyBeginWithADot(String line) throws IOException {
    String sent = "text" + line + "more\r\n.\r\n";
    String kept = ("text" + line + "more\r\n").replace("\r\n.", "\r\n");
    assertThat(text(new DataReader(input(sent, 8192), () -> {}, LIMITS))).isEqualTo(kept);
  }

  @ParameterizedTest
  @CsvSource({"a\\rb, 550 5.6.11", "a\\nb, 550 5.6.11", "a\\0b, 550 5.6.0"})
  void saysWhatIsWrongWithTheText(String text, String reply) {
    var reader =
        new DataReader(input(text.translateEscapes() + "\r\n.\r\n", 8192), () -> {}, LIMITS);
    assertThatThrownBy(() -> text(reader))
        .isInstanceOfSatisfying(
            MessageRefused.class, e -> assertThat(e.reply().format()).startsWith(reply + " "));
  }

  @Test
  void refusesWhatIsTooBigAndFindsItsEnd() throws IOException {
    WireInput input = input("0123456789\r\n".repeat(10_000) + ".\r\nQUIT\r\n", 8192);
    var reader = new DataReader(input, () -> {}, new TextLimits(12_000, 100));
    assertThatThrownBy(() -> text(reader))
        .isInstanceOfSatisfying(
            MessageRefused.class, e -> assertThat(e.reply().format()).startsWith("552 5.3.4 "));
    assertThat(reader.drain(50_000)).isFalse();
    assertThat(reader.drain(100_000)).isTrue();
    assertThat(rest(input)).isEqualTo("QUIT\r\n");
  }

  @Test
  void takesExactlyAsMuchAsIsAllowed() throws IOException {
    var limits = new TextLimits(12, 12);
    assertThat(text(new DataReader(input("..123456789\r\n.\r\n", 3), () -> {}, limits)))
        .hasSize(12);
    assertThatThrownBy(
            () -> text(new DataReader(input("..1234567890\r\n.\r\n", 3), () -> {}, limits)))
        .isInstanceOf(MessageRefused.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8192})
  void refusesALineThatIsTooLong(int bufferBytes) throws IOException {
    var limits = new TextLimits(100_000, 1000);
    String fine = "x".repeat(998) + "\r\n";
    assertThat(text(new DataReader(input(fine.repeat(3) + ".\r\n", bufferBytes), () -> {}, limits)))
        .isEqualTo(fine.repeat(3));
    var reader =
        new DataReader(input(fine + "x" + fine + fine + ".\r\n", bufferBytes), () -> {}, limits);
    assertThatThrownBy(() -> text(reader))
        .isInstanceOfSatisfying(
            MessageRefused.class, e -> assertThat(e.reply().format()).startsWith("550 5.6.0 "));
    assertThat(reader.drain(100_000)).isTrue();
  }

  @Test
  void isCutShortWithTheConnection() {
    assertThatThrownBy(() -> text(new DataReader(input("text\r\n.", 8192), () -> {}, LIMITS)))
        .isInstanceOf(EOFException.class);
  }

  /// Whatever lines are sent come out as they were.
  @Test
  void undoesTheStuffing() throws IOException {
    String[] pieces = {
      ".", "..", "\r\n", "\r\n.", "a", "text", " ", "\r\n..", "\u2028", "\r\n\r\n"
    };
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int round = 0; round < 20_000; round++) {
      String text = mixture(pieces, random) + "\r\n";
      String stuffed = ("\r\n" + text).replace("\r\n.", "\r\n..").substring(2);
      WireInput input = input(stuffed + ".\r\nRSET\r\n", 1 + random.nextInt(20));
      var reader = new DataReader(input, () -> {}, LIMITS);
      assertThat(text(reader)).as("seed %s", seed).isEqualTo(text);
      assertThat(rest(input)).as("seed %s", seed).isEqualTo("RSET\r\n");
    }
  }

  /// However CR, LF, dots and NULs are mixed, the text ends exactly where the first CR LF `.` CR LF
  /// is, found here in the simplest way there is.
  @Test
  void endsNowhereElse() throws IOException {
    String[] pieces = {"\r", "\n", ".", "\0", "a", "\r\n", "\r\n."};
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int round = 0; round < 20_000; round++) {
      String sent = mixture(pieces, random) + "\r\n.\r\nRSET\r\n";
      int end = ("\r\n" + sent).indexOf("\r\n.\r\n") + 3;
      String text = sent.substring(0, end - 3);
      String cleaned = text.replace("\r\n", "");
      boolean clean = cleaned.chars().noneMatch(c -> c == '\r' || c == '\n' || c == 0);
      WireInput input = input(sent, 1 + random.nextInt(20));
      var reader = new DataReader(input, () -> {}, LIMITS);
      try {
        String expected = ("\r\n" + text).replace("\r\n.", "\r\n").substring(2);
        assertThat(text(reader)).as("seed %s", seed).isEqualTo(expected);
        assertThat(clean).as("seed %s", seed).isTrue();
      } catch (MessageRefused _) {
        assertThat(clean).as("seed %s", seed).isFalse();
        assertThat(reader.drain(1000)).isTrue();
      }
      assertThat(rest(input)).as("seed %s", seed).isEqualTo(sent.substring(end));
    }
  }

  private static String mixture(String[] pieces, Random random) {
    var text = new StringBuilder();
    for (int i = random.nextInt(15); i > 0; i--) {
      text.append(pieces[random.nextInt(pieces.length)]);
    }
    return text.toString();
  }

  private static WireInput input(String text, int bufferBytes) {
    var bytes = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    return WireInput.of(bytes, bufferBytes);
  }

  private static String text(MessageText reader) throws IOException {
    return new String(reader.readAllBytes(), StandardCharsets.UTF_8);
  }

  private static String rest(WireInput input) throws IOException {
    var rest = new ByteArrayOutputStream();
    byte[] one = new byte[1];
    while (input.read(one, 0, 1) > 0) {
      rest.write(one[0]);
    }
    return rest.toString(StandardCharsets.UTF_8);
  }
}
