package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.smtp.outbound.ScriptedServer.IN_CLEAR;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.StructureScanner;
import org.posthorn.message.mime.TransferDecoding;

final class SevenBitTest {
  @Test
  void encodesWhatIsEightBitAndLeavesTheRest() throws IOException {
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
  void makesMimeOfOldMail() throws IOException {
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
        .endsWith("\r\n\r\nGr=C3=BC=C3=9Fe ohne Header")
        .startsWith("MIME-Version: 1.0\r\n");
  }

  @Test
  void doesNotBreakSignatures() throws IOException {
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

    assertThat(SevenBit.of(new TextMessage(signed.formatted("Grüße")))).isEmpty();
    assertThat(SevenBit.of(new TextMessage(signed.formatted("ascii")))).isPresent();
    assertThat(SevenBit.of(new TextMessage("Content-Transfer-Encoding: base64\r\n\r\nü")))
        .isEmpty();
  }

  @Test
  void isWhatAServerWithoutEightBitMimeGets() throws Exception {
    try (SendingMta mta = SendingMta.direct();
        ScriptedServer server =
            ScriptedServer.playing(IN_CLEAR + "MAIL bob@example.net\nDATA\nS: 250 ok\n")) {
      assertThat(
              mta.send(
                  server,
                  OutgoingMail.to("bob@example.net").saying("Subject: x\r\n\r\n.Grüße\r\n")))
          .contains("delivered");
      assertThat(server.messages().getFirst()).endsWith("\r\n\r\n..Gr=C3=BC=C3=9Fe\r\n");
    }
  }

  private static String crlf(String text) {
    return text.replace("\n", "\r\n");
  }

  private static String convert(String message) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SevenBit.of(new TextMessage(message)).orElseThrow().writeTo(out);
    return out.toString(StandardCharsets.UTF_8);
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
