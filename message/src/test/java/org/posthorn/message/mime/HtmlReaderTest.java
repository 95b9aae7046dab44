package org.posthorn.message.mime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HtmlReaderTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<p>One</p><p>Two</p>| One  Two ",
        "a<b>b</b>c|abc",
        "one<br>two|one two",
        "x<!-- no <b> --->y|xy",
        "x<!DOCTYPE html>y|x y",
        "<style>p { color: red }</style>z| z",
        "<SCRIPT>if (a < b) {}</ScRipt >z| z",
        "1 < 2 && <3 I|1 < 2 && <3 I",
        "M&uuml;ller &amp; S&#246;hne &#x1F600; &nope; &|Müller & Söhne 😀 &nope; &",
        "<a href=\"http://x\">link</a>|link",
        "open <|open <",
        "cut <b|cut ",
      })
  void keepsWhatOneReads(String html, String text) throws IOException {
    String expected = text.strip();
    assertThat(all(new HtmlReader(Reader.of(html))).strip()).isEqualTo(expected);
    assertThat(all(new HtmlReader(new OneByOne(html))).strip()).isEqualTo(expected);
  }

  @Test
  void readsWithoutEnd() throws IOException {
    String html = "<td>word</td>".repeat(100_000) + "<!--" + "x".repeat(100_000);
    assertThat(all(new HtmlReader(Reader.of(html)))).hasSize(600_000);
    assertThat(all(new HtmlReader(Reader.of("<".repeat(100_000))))).hasSize(100_000);
    assertThat(all(new HtmlReader(Reader.of("&#".repeat(100_000))))).hasSize(200_000);
  }

  private static String all(Reader reader) throws IOException {
    var all = new StringBuilder();
    char[] some = new char[7];
    for (int count = reader.read(some); count >= 0; count = reader.read(some)) {
      all.append(some, 0, count);
    }
    return all.toString();
  }

  private static final class OneByOne extends StringReader {
    OneByOne(String text) {
      super(text);
    }

    @Override
    public int read(char[] into, int offset, int length) throws IOException {
      return super.read(into, offset, Math.min(length, 1));
    }
  }
}
