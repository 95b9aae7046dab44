package org.posthorn.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WireInputTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8192})
  void readsLinesThatEndInCrlfOrLf(int bufferBytes) throws IOException {
    WireInput input = input("a\r\n\r\nb\nc\rd\r\r\n\n", bufferBytes);
    assertThat(lines(input, 10, LineEnd.LF_TOO)).containsExactly("a", "", "b", "c\rd\r", "");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8192})
  void takesALoneLineFeedForAByteWhereCrlfIsRequired(int bufferBytes) throws IOException {
    WireInput input = input("a\r\n\r\nb\nc\rd\r\r\n", bufferBytes);
    assertThat(lines(input, 10, LineEnd.CRLF)).containsExactly("a", "", "b\nc\rd\r");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8192})
  void dropsALineThatIsTooLongAndGoesOn(int bufferBytes) throws IOException {
    WireInput input = input("12345\r\n123456\r\n1234\n123456789\nx\r\n", bufferBytes);
    byte[] target = new byte[5];
    assertThat(input.readLine(target, LineEnd.LF_TOO)).isEqualTo(5);
    assertThatThrownBy(() -> input.readLine(target, LineEnd.LF_TOO))
        .isInstanceOf(LineTooLong.class)
        .hasMessageContaining("5");
    assertThat(input.readLine(target, LineEnd.LF_TOO)).isEqualTo(4);
    assertThatThrownBy(() -> input.readLine(target, LineEnd.LF_TOO))
        .isInstanceOf(LineTooLong.class);
    assertThat(input.readLine(target, LineEnd.LF_TOO)).isEqualTo(1);
  }

  @Test
  void givesUpOnALineWithoutEnd() {
    var endless = WireInput.of(new Endless(), 8192);
    assertThatThrownBy(() -> endless.readLine(new byte[100], LineEnd.CRLF))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(LineTooLong.class);
    assertThatThrownBy(() -> endless.skipLine(1000)).isInstanceOf(IOException.class);
  }

  @Test
  void refusesALineThatTheEndCuts() {
    assertThatThrownBy(() -> input("abc", 8192).readLine(new byte[10], LineEnd.LF_TOO))
        .isInstanceOf(EOFException.class);
    assertThatThrownBy(() -> input("", 8192).readLine(new byte[10], LineEnd.LF_TOO))
        .isInstanceOf(EOFException.class);
  }

  @Test
  void splitsAnyBytesInTheSameLinesAtAnyBufferSize() throws IOException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      var text = new StringBuilder();
      int length = random.nextInt(60);
      for (int j = 0; j < length; j++) {
        text.append("\r\nab".charAt(random.nextInt(4)));
      }
      text.append("\r\n");
      int bufferBytes = 1 + random.nextInt(20);
      assertThat(lines(input(text.toString(), bufferBytes), 100, LineEnd.CRLF))
          .as("seed %d", seed)
          .isEqualTo(List.of(text.substring(0, text.length() - 2).split("\r\n", -1)));
      assertThat(parts(input(text.toString(), bufferBytes), random)).isEqualTo(text.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8192})
  void showsBytesAndLeavesThem(int bufferBytes) throws IOException {
    WireInput input = input("ab\r\ncdef\n", bufferBytes);
    byte[] target = new byte[3];
    var parts = new StringBuilder();
    for (int left = 9; left > 0; ) {
      int count = input.look(target, 0, 3);
      assertThat(input.look(target, 0, 3)).isEqualTo(count);
      parts.append(new String(target, 0, count, ISO_8859_1));
      input.skip(count);
      left -= count;
    }
    assertThat(parts).hasToString("ab\r\ncdef\n");
    assertThatThrownBy(() -> input.look(target, 0, 3)).isInstanceOf(EOFException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8192})
  void streamsExactlySoManyBytes(int bufferBytes) throws IOException {
    WireInput input = input("12345678abcd", bufferBytes);
    var stream = input.asStream(8);
    assertThat(stream.read()).isEqualTo('1');
    assertThat(new String(stream.readAllBytes(), ISO_8859_1)).isEqualTo("2345678");
    assertThat(stream.read()).isEqualTo(-1);
    assertThat(stream.read(new byte[1])).isEqualTo(-1);
    assertThat(input.next()).isEqualTo('a');
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8192})
  void closingAStreamSkipsTheRest(int bufferBytes) throws IOException {
    WireInput input = input("12345678abcd", bufferBytes);
    try (var stream = input.asStream(8)) {
      assertThat(stream.read()).isEqualTo('1');
    }
    assertThat(input.peek()).isEqualTo('a');
    input.skip(3);
    assertThat(input.next()).isEqualTo('d');
  }

  @Test
  void failsWhereAStreamIsCutShort() {
    assertThatThrownBy(() -> input("123", 8192).asStream(4).readAllBytes())
        .isInstanceOf(EOFException.class);
    assertThatThrownBy(() -> input("123", 8192).asStream(4).close())
        .isInstanceOf(EOFException.class);
    assertThatThrownBy(() -> input("123", 8192).skip(4)).isInstanceOf(EOFException.class);
  }

  @Test
  void flushesBeforeItWaits() throws IOException {
    var flushes = new ArrayList<String>();
    var source = new ByteArrayInputStream("ab".getBytes(ISO_8859_1));
    var input =
        new WireInput(
            (target, offset, _, _) -> source.read(target, offset, 1),
            new BufferPool(8192),
            () -> flushes.add("flush"));
    assertThat(input.next()).isEqualTo('a');
    assertThat(flushes).hasSize(1);
    assertThat(input.hasBuffered()).isFalse();
    assertThat(input.next()).isEqualTo('b');
    assertThat(flushes).hasSize(2);
  }

  @Test
  void holdsALargeBufferOnlyWhileBytesKeepComing() throws IOException {
    var asked = new ArrayList<String>();
    var input =
        new WireInput(
            (_, _, length, timeoutMillis) -> {
              asked.add(length + " in " + timeoutMillis);
              if (asked.size() == 3) {
                throw new SocketTimeoutException();
              }
              return asked.size() == 2 ? 10 : length;
            },
            new BufferPool(8192),
            () -> {});
    input.timeout(Duration.ofMinutes(10));
    input.skip(256 + 10 + 1);
    assertThat(asked)
        .containsExactly("256 in 600000", "8192 in 1000", "8192 in 1000", "256 in 599000");
  }

  @Test
  void bigReadsGoPastTheBuffer() throws IOException {
    var asked = new ArrayList<Integer>();
    var input =
        new WireInput(
            (_, _, length, _) -> {
              asked.add(length);
              return length;
            },
            new BufferPool(8192),
            () -> {});
    assertThat(input.read(new byte[20_000], 0, 20_000)).isEqualTo(20_000);
    assertThat(asked).containsExactly(20_000);
  }

  /// However often something comes, the line as a whole has a limit.
  @Test
  void aLineThatTricklesIsTooSlow() {
    var input =
        new WireInput(
            (target, offset, _, timeoutMillis) -> {
              assertThat(timeoutMillis).isBetween(1, 50);
              target[offset] = 'x';
              return 1;
            },
            new BufferPool(8192),
            () -> {});
    input.timeout(Duration.ofMillis(50));
    assertThatThrownBy(() -> input.readLine(new byte[10_000_000], LineEnd.LF_TOO))
        .isInstanceOf(SocketTimeoutException.class);
  }

  private static String parts(WireInput input, Random random) throws IOException {
    var parts = new StringBuilder();
    byte[] target = new byte[1 + random.nextInt(10)];
    try {
      while (true) {
        int count = 1 + random.nextInt(input.look(target, 0, target.length));
        parts.append(new String(target, 0, count, ISO_8859_1));
        input.skip(count);
      }
    } catch (EOFException _) {
      return parts.toString();
    }
  }

  private static List<String> lines(WireInput input, int limit, LineEnd lineEnd)
      throws IOException {
    var lines = new ArrayList<String>();
    byte[] target = new byte[limit];
    try {
      while (true) {
        lines.add(new String(target, 0, input.readLine(target, lineEnd), ISO_8859_1));
      }
    } catch (EOFException _) {
      return lines;
    }
  }

  private static WireInput input(String text, int bufferBytes) {
    return WireInput.of(new ByteArrayInputStream(text.getBytes(ISO_8859_1)), bufferBytes);
  }

  private static final class Endless extends InputStream {
    @Override
    public int read() {
      return 'x';
    }
  }
}
