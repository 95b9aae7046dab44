package org.posthorn.app.transfer.imap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImapResponsesTest {
  @Test
  void wordsTextsAndListsAreReadAsTheyAreWritten() throws IOException {
    ImapResponses responses =
        of(
            String.join(
                "\r\n",
                "* OK [UIDVALIDITY 7] (all) \"is\" well",
                "* LIST (\\HasNoChildren \\Sent) \"/\" {5}",
                "a\"b/c",
                "* 5 FETCH (UID 9 FLAGS () INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")",
                "* SEARCH ",
                "+ ",
                "p1 NO [TRYCREATE] no",
                ""));
    assertThat(responses.next()).containsExactly("*", "OK", "[UIDVALIDITY 7] (all) \"is\" well");
    assertThat(responses.next())
        .containsExactly("*", "LIST", List.of("\\HasNoChildren", "\\Sent"), "/", "a\"b/c");
    assertThat(responses.next().get(3))
        .isEqualTo(
            List.of("UID", "9", "FLAGS", List.of(), "INTERNALDATE", "17-Jul-1996 02:44:25 -0700"));
    assertThat(responses.next()).containsExactly("*", "SEARCH");
    assertThat(responses.next()).containsExactly("+", "");
    assertThat(responses.next()).containsExactly("p1", "NO", "[TRYCREATE] no");
    assertThatThrownBy(responses::next).hasMessageContaining("closed");
  }

  @Test
  void messagesAreHandedOnAndWhatIsNotReadOfThemIsPassedOver() throws IOException {
    ImapResponses responses =
        of(
            "* 1 FETCH (BODY[] {6}\r\n12)\r\n6 UID 3)\r\n* 2 FETCH (UID 4 BODY[] \"quoted\")\r\np1 OK\r\n");
    var found = new ArrayList<String>();
    List<Object> first =
        responses.next((before, bytes) ->
            found.add(before + new String(bytes.readNBytes(3), StandardCharsets.UTF_8)));
    assertThat(first.get(3)).isEqualTo(List.of("BODY[]", "", "UID", "3"));
    responses.next((before, bytes) ->
        found.add(before + new String(bytes.readAllBytes(), StandardCharsets.UTF_8)));
    assertThat(found).containsExactly("[BODY[]]12)", "[UID, 4, BODY[]]quoted");
    assertThat(responses.next()).containsExactly("p1", "OK", "");
  }

  @Test
  void datesAreReadWithAndWithoutALeadingZero() {
    assertThat(Found.millis(" 7-Jul-1996 02:44:25 -0700"))
        .isEqualTo(Instant.parse("1996-07-07T09:44:25Z").toEpochMilli());
    assertThat(Found.millis("17-Jul-1996 02:44:25 +0000"))
        .isEqualTo(Instant.parse("1996-07-17T02:44:25Z").toEpochMilli());
    assertThat(Found.millis("yesterday")).isZero();
  }

  @Test
  void anAddressHasTheUsualPortOrItsOwnAndPlainTextStaysHere() {
    var tls = ImapServerAddress.Security.TLS;
    assertThat(ImapServerAddress.parse("Mail.example.org", tls, false).port()).isEqualTo(993);
    assertThat(ImapServerAddress.parse("[::1]:14", tls, false).port()).isEqualTo(14);
    assertThat(ImapServerAddress.parse("::1", tls, false).host()).isEqualTo("::1");
    var plain = ImapServerAddress.Security.PLAIN;
    assertThat(ImapServerAddress.parse("127.0.0.1:1143", plain, false).port()).isEqualTo(1143);
    assertThatThrownBy(() -> ImapServerAddress.parse("192.0.2.1", plain, false))
        .hasMessageContaining("Without TLS");
    assertThatThrownBy(() -> ImapServerAddress.parse("a:b", tls, false))
        .hasMessageContaining("no port");
  }

  /// Whatever comes: it ends, and nothing but `IOException` comes out.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void rubbishEndsWithAnException(long seed) {
    var random = new Random(seed);
    List<String> pieces =
        List.of(
            "* ", "(", ")", "\"", "{3}\r\n", "{99999999999}\r\n", "a", "[", "]", "\r\n", " ", "\\");
    for (int i = 0; i < 2_000; i++) {
      var text = new StringBuilder();
      int count = random.nextInt(30);
      for (int j = 0; j < count; j++) {
        text.append(pieces.get(random.nextInt(pieces.size())));
      }
      ImapResponses responses = of(text.toString());
      assertThatThrownBy(
              () -> {
                while (true) {
                  responses.next();
                }
              })
          .isInstanceOf(IOException.class);
    }
  }

  private static ImapResponses of(String text) {
    return new ImapResponses(new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)));
  }
}
