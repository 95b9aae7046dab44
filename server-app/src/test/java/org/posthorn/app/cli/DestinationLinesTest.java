package org.posthorn.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class DestinationLinesTest {
  /// A server said its replies only; the rest are our words about it, or about nobody.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          450 4.2.1 Later | mx.example | , mx.example said: 450 4.2.1 Later
          TLS failed: 454 no TLS today | mx.example | , about mx.example: TLS failed: 454 no TLS today
          mx.example does not offer STARTTLS | mx.example | , about mx.example: mx.example does not
          Could not connect to mx.example | '' | : Could not connect to mx.example
          """)
  void putsOurWordsIntoNobodysMouth(String text, String remote, String shown) {
    var written = new StringWriter();
    var destination = JsonMapper.builder().build().createObjectNode();
    destination.put("name", "example").put("lastText", text).put("lastAt", "2026-11-30T12:00:00Z");
    if (!remote.isEmpty()) {
      destination.put("lastRemote", remote);
    }
    DestinationLines.one(new Output(new PrintWriter(written), 0), destination);
    assertThat(written.toString()).contains(shown);
    assertThat(written.toString().contains(" said: ")).isEqualTo(text.startsWith("450"));
  }

  @Test
  void tellsOfEachWayToComeThereWhereSomeAreShut() {
    var destination = JsonMapper.builder().build().createObjectNode();
    destination.put("name", "smart.example").put("state", "shut out in part");
    var doors = destination.putArray("doors");
    doors
        .addObject()
        .put("as", "login news, tls: starttls")
        .put("state", "shut out")
        .put("recipients", 12)
        .put("failures", 3)
        .put("lastText", "Login failed: 535 5.7.8 Wrong");
    assertThat(shown(destination)).doesNotContain("login news");
    doors
        .addObject()
        .put("as", "login office, tls: starttls")
        .put("state", "open")
        .put("recipients", 1)
        .put("failures", 0);
    assertThat(shown(destination))
        .containsSubsequence(
            "login news, tls: starttls",
            "shut out; 12 recipients waiting, in vain 3 times in a row",
            "Login failed: 535",
            "login office, tls: starttls",
            "open; 1 recipient waiting\n");
  }

  private static String shown(JsonNode destination) {
    var written = new StringWriter();
    DestinationLines.one(new Output(new PrintWriter(written), 0), destination);
    return written.toString();
  }
}
