package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static org.posthorn.smtp.outbound.ScriptedServer.IN_CLEAR;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.posthorn.message.Headers;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.StructureScanner;
import org.posthorn.message.mime.TransferDecoding;

final class SevenBitTest {
  @Test
  void encodesWhatIsEightBitAndLeavesTheRest() throws Exception {
    String message =
        crlf(
            """
            Subject: x
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary=b
            Content-Transfer-Encoding: 8bit

            präambel
            --b
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: 8bit
            X-After: kept

            Grüße \s
            = bald
            --b
            Content-Type: text/plain

            plain = as it was \s
            --b
            Content-Type: application/x
            Content-Transfer-Encoding: binary

            Äpfel
            --b
            Content-Type: message/rfc822

            Subject: inside

            noch Grüße
            --b--
            """);

    String converted = convert(message);

    assertThat(converted)
        .isEqualTo(
            crlf(
                """
                Subject: x
                MIME-Version: 1.0
                Content-Type: multipart/mixed; boundary=b
                Content-Transfer-Encoding: 7bit

                pr??ambel
                --b
                Content-Type: text/plain; charset=utf-8
                X-After: kept
                Content-Transfer-Encoding: quoted-printable

                Gr=C3=BC=C3=9Fe =20
                =3D bald
                --b
                Content-Type: text/plain

                plain = as it was \s
                --b
                Content-Type: application/x
                Content-Transfer-Encoding: base64

                w4RwZmVs

                --b
                Content-Type: message/rfc822
                Content-Transfer-Encoding: 7bit

                Subject: inside
                Content-Type: text/plain; charset=unknown-8bit
                Content-Transfer-Encoding: quoted-printable

                noch Gr=C3=BC=C3=9Fe
                --b--
                """));
    assertThat(texts(converted)).isEqualTo(texts(message));
  }

  @Test
  void makesMimeOfOldMail() throws Exception {
    assertThat(convert("Subject: x\r\n\r\nGrüße\r\n"))
        .isEqualTo(
            crlf(
                """
                Subject: x
                MIME-Version: 1.0
                Content-Type: text/plain; charset=unknown-8bit
                Content-Transfer-Encoding: quoted-printable

                Gr=C3=BC=C3=9Fe
                """));
    assertThat(convert("Grüße ohne Header"))
        .endsWith("\r\n\r\nGr=C3=BC=C3=9Fe ohne Header\r\n")
        .startsWith("MIME-Version: 1.0\r\n");
  }

  @Test
  void doesNotBreakSignatures() throws Exception {
    String signed =
        crlf(
            """
            Content-Type: multipart/signed; boundary=b

            --b
            Content-Type: text/plain; charset=utf-8

            %s
            --b
            Content-Type: application/pgp-signature

            x
            --b--
            """);

    assertThat(refusal(signed.formatted("Grüße"))).isEqualTo("is signed");
    assertThat(convert(signed.formatted("ascii"))).isEqualTo(signed.formatted("ascii"));
    assertThat(
            convert(
                "Content-Type: multipart/mixed; boundary=o\r\n\r\nä\r\n--o\r\n"
                    + signed.formatted("ascii")))
        .as("a signature covers no more than its first part")
        .endsWith("\r\n\r\n??\r\n--o\r\n" + signed.formatted("ascii"));
  }

  /// RFC 2046 §5.1.1: no program shows it, and old scanners write there in their own language.
  @Test
  void blanksWhatStandsAroundPartsThatAreAscii() throws Exception {
    String message =
        crlf(
            """
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary=b

            Dies ist eine mehrteilige Nachricht für Programme.
            --b
            Content-Type: text/plain

            plain
            --b
            Content-Type: multipart/signed; boundary=s

            --s
            Content-Type: text/plain

            signed
            --s
            Content-Type: application/pgp-signature

            x
            --s--
            Ende für s
            --b--
            Ende für b
            """);

    assertThat(convert(message))
        .isEqualTo(
            message
                .replace("boundary=b\r\n", "boundary=b\r\nContent-Transfer-Encoding: 7bit\r\n")
                .replace("boundary=s\r\n", "boundary=s\r\nContent-Transfer-Encoding: 7bit\r\n")
                .replace("ü", "??"));
  }

  /// As scanners on the way leave it, which put a line of their own into a text.
  @Test
  void escapesBytesThatQuotedPrintableDoesNotHave() throws Exception {
    String header =
        "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";
    String body =
        crlf(
                """
                Gr=C3=BCße, soft=
                 und \s
                =3D \t
                =ä =Aä =
                """)
            + "ü".repeat(40)
            + "\r\n="
            + "\r\nx=";

    String converted = convert(header + body);

    assertThat(converted)
        .startsWith(
            header + "Gr=C3=BC=C3=9Fe, soft=\r\n und  \r\n=3D \t\r\n=3D=C3=A4 =A=C3=A4 =\r\n=C3=BC")
        .endsWith("=BC\r\n=\r\nx=\r\n");
    assertThat(converted.lines().skip(4)).allMatch(line -> line.length() <= 76);
    assertThat(texts(converted.substring(0, converted.length() - 2)))
        .isEqualTo(texts(header + body));
  }

  /// RFC 2045 §6.8: who decodes it passes over them.
  @Test
  void leavesOutBytesThatBase64DoesNotHave() throws Exception {
    String header = "Content-Type: application/x\r\nContent-Transfer-Encoding: BASE64\r\n\r\n";

    assertThat(convert(header + "SGFs\u00e4bG8=\u00a0\r\n")).isEqualTo(header + "SGFsbG8=\r\n");
  }

  /// RFC 2046 §5.1.1: `?` may stand in a boundary.
  @Test
  void makesNoDelimiterOfALineBetweenParts() throws Exception {
    String message =
        crlf(
            """
            Content-Type: multipart/mixed; boundary="b??c"

            --bäc
            Subject: none

            --b??c

            text
            --b??c--
            --bäc
            """);

    String converted = convert(message);

    assertThat(converted).contains("\r\n\r\n--b**c\r\nSubject: none", "\r\n--b**c\r\n");
    assertThat(texts(converted)).isEqualTo(texts(message)).hasSize(1);
    assertThat(refusal(message.replace("b??c", "?*#!$%&;<>@[]^`{|}~")))
        .isEqualTo("has boundaries of all characters");
  }

  @Test
  void makesNoDelimiterOfALineWithStrayBytes() throws Exception {
    String message =
        crlf(
            """
            Content-Type: multipart/mixed; boundary="b=C3=A4"

            --b=C3=A4
            Content-Type: application/x
            Content-Transfer-Encoding: base64

            SGFs
            ä--b=C3=A4
            bG8=
            --b=C3=A4
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            --bä
            -ä-
            -=
            --b=
            --b=C3=A4--
            """);

    String converted = convert(message);

    assertThat(converted)
        .contains("\r\nb=C3=A4\r\nbG8=\r\n", "\r\n-=2Db=C3=A4\r\n-=C3=A4-\r\n-=\r\n-=2Db=\r\n");
    assertThat(texts(converted)).isEqualTo(texts(message)).hasSize(2);
  }

  /// RFC 6533 §3: reports on international mail, which say themselves that they may be encoded.
  @Test
  void encodesInternationalReports() throws Exception {
    String report =
        "Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/global-delivery-status\r\n\r\nReporting-MTA: dns; bücher.example\r\n--b--\r\n";

    assertThat(convert(report))
        .contains(
            "message/global-delivery-status\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
            "b=C3=BCcher");
  }

  /// RFC 2045 §6.4: it has none, whatever it says, and programs take it so.
  @Test
  void takesTheEncodingOfAMultipartForWhatItIs() throws Exception {
    assertThat(
            convert(
                "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n--b\r\n\r\nü\r\n--b--\r\n"))
        .contains("boundary=b\r\nContent-Transfer-Encoding: 7bit\r\n", "\r\n\r\n=C3=BC\r\n--b--");
  }

  static List<Arguments> whatCannotBeConverted() {
    String parts = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    StringBuilder deep = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      deep.append("Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n".formatted(i, i));
    }
    return List.of(
        arguments(
            "Content-Type: multipart/mixed\r\n\r\nü\r\n",
            "has a multipart whose parts cannot be told apart"),
        arguments(parts + "ü\r\n", "has a multipart whose parts cannot be told apart"),
        arguments(
            parts + "--b\r\nContent-Type: message/partial\r\n\r\nü\r\n--b--\r\n",
            "has a part of type message/partial, which must be ASCII"),
        arguments(
            parts.replace("=b", "=\"bü\"") + "--bü\r\n\r\nx\r\n--bü--\r\n",
            "has a boundary that is not ASCII"),
        arguments(deep.append("\r\nü\r\n").toString(), "has too many parts inside each other"),
        arguments(parts + "--b\r\n\r\nü\r\n".repeat(4_000) + "--b--\r\n", "has too many parts"),
        arguments(
            parts + "--b\r\nX: " + "x".repeat(Headers.BYTES_MAX) + "\r\n\r\nü\r\n--b--\r\n",
            "has a part with too long a header"));
  }

  @ParameterizedTest
  @MethodSource("whatCannotBeConverted")
  void saysWhyItCannotBeConverted(String message, String why) throws Exception {
    assertThat(refusal(message)).isEqualTo(why);
  }

  @Test
  void goesOutWithItsDotsDoubled() throws Exception {
    assertThat(convert("Subject: x\r\n\r\n.Grüße\r\n")).endsWith("\r\n\r\n..Gr=C3=BC=C3=9Fe\r\n");
  }

  private static String crlf(String text) {
    return text.replace("\n", "\r\n");
  }

  /// As it comes to a server that takes seven bits only; a dot more where a line begins with one.
  private static String convert(String message) throws Exception {
    try (SendingMta mta = SendingMta.direct();
        ScriptedServer server =
            ScriptedServer.playing(IN_CLEAR + "MAIL bob@example.net\nDATA\nS: 250 ok\n")) {
      assertThat(mta.send(server, OutgoingMail.to("bob@example.net").saying(message)))
          .contains("delivered");
      return server.messages().getFirst();
    }
  }

  /// What is wrong with a message for such a server.
  private static String refusal(String message) throws Exception {
    String before =
        "bob@example.net: failed 5.6.3 (127.0.0.1) 127.0.0.1 knows no 8BITMIME, and the message ";
    try (SendingMta mta = SendingMta.direct()) {
      String answer =
          mta.send(OutgoingMail.to("bob@example.net").saying(message), IN_CLEAR + "QUIT\n");
      assertThat(answer).startsWith(before);
      return answer.substring(before.length());
    }
  }

  /// The decoded bodies of all parts.
  private static List<String> texts(String message) {
    byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
    MessageStructure structure = StructureScanner.scan(bytes);
    List<String> found = new ArrayList<>();
    collect(bytes, structure.root(), found);
    return found;
  }

  private static void collect(byte[] bytes, Part part, List<String> found) {
    if (part.children().isEmpty()) {
      Charset charset = StandardCharsets.UTF_8;
      byte[] decoded =
          TransferDecoding.decoded(
              bytes, (int) part.bodyStart(), (int) part.bodyEnd(), part.encoding().orElse(""));
      found.add(new String(decoded, charset));
    }
    part.children().forEach(child -> collect(bytes, child, found));
  }
}
