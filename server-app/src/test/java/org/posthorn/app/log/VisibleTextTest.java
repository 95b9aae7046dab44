package org.posthorn.app.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class VisibleTextTest {
  @ParameterizedTest
  @CsvSource({
    "'ann\u202Egro.elpmaxe@evil.example', 'ann\\u202egro.elpmaxe@evil.example'",
    "'a\u2066b\u2069', 'a\\u2066b\\u2069'",
    "'a\u200Bb\u200Dc\u00ADd\uFEFF', 'a\\u200bb\\u200dc\\u00add\\ufeff'",
    "'a\u001b[2Jb\u009B8mc\u0007\u007F', 'a\\u001b[2Jb\\u009b8mc\\u0007\\u007f'",
    "'a\nb\r\nc\td', 'a\\nb\\r\\nc\\td'",
    "'a\u2028b\u2029c', 'a\\u2028b\\u2029c'",
    "'a\uDB40\uDC41b', 'a\\udb40\\udc41b'",
    "'a\uD800', 'a\\ud800'",
    "'Jörg 用户 משתמש 😀 e\u0301 \\u202e', 'Jörg 用户 משתמש 😀 e\u0301 \\u202e'",
  })
  void showsWhatIsThere(String text, String shown) {
    assertThat(VisibleText.of(text)).isEqualTo(shown);
  }

  @Test
  void leavesLinesWhereTheyAreWanted() {
    assertThat(VisibleText.lines("a\r\nb\n\tc\u202E\rd")).isEqualTo("a\r\nb\n\tc\\u202e\\rd");
  }

  @Test
  void jsonStaysTheSame() {
    var json = JsonMapper.builder().build();
    String text = json.createObjectNode().put("a", "x\u202Ey\u009B\n\"\\").toString();
    assertThat(VisibleText.lines(text)).contains("\\u202e").doesNotContain("\u202E");
    assertThat(json.readTree(VisibleText.lines(text))).isEqualTo(json.readTree(text));
  }
}
