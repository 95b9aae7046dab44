package org.posthorn.pop3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Pop3ParserTest {
  @Test
  void readsEveryCommandInAnyCase() throws Pop3SyntaxException {
    assertThat(parsed("capa")).isEqualTo(new Pop3Command.Capa());
    assertThat(parsed("QUIT")).isEqualTo(new Pop3Command.Quit());
    assertThat(parsed("User ann")).isEqualTo(new Pop3Command.User("ann"));
    assertThat(parsed("PASS a b  c ")).isEqualTo(new Pop3Command.Pass("a b  c "));
    assertThat(parsed("PASS  ")).isEqualTo(new Pop3Command.Pass(" "));
    assertThat(parsed("PASS grün")).isEqualTo(new Pop3Command.Pass("grün"));
    assertThat(parsed("AUTH")).isEqualTo(new Pop3Command.AuthList());
    assertThat(parsed("AUTH PLAIN")).isEqualTo(new Pop3Command.Auth("PLAIN", Optional.empty()));
    assertThat(parsed("AUTH PLAIN =")).isEqualTo(new Pop3Command.Auth("PLAIN", Optional.of("=")));
    assertThat(parsed("STLS")).isEqualTo(new Pop3Command.Stls());
    assertThat(parsed("UTF8")).isEqualTo(new Pop3Command.Utf8());
    assertThat(parsed("STAT ")).isEqualTo(new Pop3Command.Stat());
    assertThat(parsed("LIST")).isEqualTo(new Pop3Command.List(OptionalInt.empty()));
    assertThat(parsed("LIST 7")).isEqualTo(new Pop3Command.List(OptionalInt.of(7)));
    assertThat(parsed("RETR 007")).isEqualTo(new Pop3Command.Retr(7));
    assertThat(parsed("DELE 999999999")).isEqualTo(new Pop3Command.Dele(999_999_999));
    assertThat(parsed("DELE 1000000000")).isEqualTo(new Pop3Command.Dele(Integer.MAX_VALUE));
    assertThat(parsed("NOOP")).isEqualTo(new Pop3Command.Noop());
    assertThat(parsed("RSET")).isEqualTo(new Pop3Command.Rset());
    assertThat(parsed("TOP 1 10")).isEqualTo(new Pop3Command.Top(1, 10));
    assertThat(parsed("UIDL")).isEqualTo(new Pop3Command.Uidl(OptionalInt.empty()));
    assertThat(parsed("UIDL 3")).isEqualTo(new Pop3Command.Uidl(OptionalInt.of(3)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        " NOOP",
        "NOOPX",
        "APOP a b",
        "USER",
        "USER ",
        "PASS",
        "RETR",
        "RETR x",
        "RETR 1 2",
        "TOP 1",
        "TOP 1 2 3",
        "TOP a 1",
        "LIST -1",
        "LIST 1.0",
        "STAT 1",
        "NOOP\t",
        "RETR\0001",
        "AUTH PLAIN a b",
        "QUIT\r",
        "\u0131list",
        "l\u0131st"
      })
  void refusesWhatIsNoCommand(String line) {
    assertThatThrownBy(() -> parsed(line)).isInstanceOf(Pop3SyntaxException.class);
  }

  @Test
  void refusesWhatIsNoUtf8() {
    byte[] line = {'U', 'S', 'E', 'R', ' ', (byte) 0xe4};
    assertThatThrownBy(() -> Pop3Parser.parse(line, line.length))
        .isInstanceOf(Pop3SyntaxException.class);
  }

  @Test
  void keepsPasswordsOutOfTexts() throws Pop3SyntaxException {
    assertThat(parsed("PASS s3cret").toString()).doesNotContain("s3cret");
    assertThat(parsed("AUTH PLAIN czNjcmV0").toString()).doesNotContain("czNjcmV0");
  }

  @Test
  void survivesAnyBytes() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    String[] starts = {"", "RETR ", "TOP 1 ", "LIST ", "USER ", "AUTH PLAIN "};
    for (int i = 0; i < 200_000; i++) {
      byte[] start = starts[random.nextInt(starts.length)].getBytes(UTF_8);
      byte[] line = new byte[start.length + random.nextInt(12)];
      random.nextBytes(line);
      System.arraycopy(start, 0, line, 0, start.length);
      try {
        assertThat(Pop3Parser.parse(line, line.length)).as("seed %d", seed).isNotNull();
      } catch (Pop3SyntaxException e) {
        assertThat(e.toldToClient()).as("seed %d", seed).isNotEmpty();
      }
    }
  }

  private static Pop3Command parsed(String line) throws Pop3SyntaxException {
    byte[] bytes = line.getBytes(UTF_8);
    return Pop3Parser.parse(bytes, bytes.length);
  }
}
