package org.posthorn.app.demo;

import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;

/// A message as a mail program would write it: a text with accents and an attachment.
record DemoMessage(String text, String subject, String picture) {
  static DemoMessage between(String from, String to) {
    String subject = "A post horn for you";
    String picture = drawing();
    String date = OffsetDateTime.now(ZoneOffset.UTC).format(DateTimeFormatter.RFC_1123_DATE_TIME);
    String text =
        """
        From: Ann <%s>
        To: Bob <%s>
        Subject: %s
        Date: %s
        Message-ID: <%s@demo.example>
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary="=-horn-="

        --=-horn-=
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        Dear Bob,

        hear the post horn: a picture is attached. Gr=C3=BC=C3=9Fe, Ann
        .A line that begins with a dot must arrive with one dot.
        --=-horn-=
        Content-Type: image/svg+xml; name="horn.svg"
        Content-Disposition: attachment; filename="horn.svg"
        Content-Transfer-Encoding: base64

        %s
        --=-horn-=--
        """
            .formatted(
                from,
                to,
                subject,
                date,
                Long.toString(System.nanoTime(), Character.MAX_RADIX),
                Base64.getMimeEncoder().encodeToString(picture.getBytes(StandardCharsets.UTF_8)))
            .replace("\r\n", "\n")
            .replace("\n", "\r\n");
    return new DemoMessage(text, subject, picture);
  }

  /// With dots stuffed and the end of DATA.
  byte[] forSmtp() {
    return (text.replace("\r\n.", "\r\n..") + ".\r\n").getBytes(StandardCharsets.UTF_8);
  }

  /// Whether `received` is this message under a few more header lines.
  boolean arrivedWholeIn(byte[] received) {
    return new String(received, StandardCharsets.UTF_8).endsWith(text);
  }

  /// A post horn with rays of sound, a few thousand bytes.
  private static String drawing() {
    var svg =
        new StringBuilder("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 200 120\">\n");
    svg.append("<path d=\"M20 60 q40 -60 80 0 t60 0 l30 -25 v50 l-30 -25\" fill=\"none\" ");
    svg.append("stroke=\"goldenrod\" stroke-width=\"7\"/>\n");
    for (int ray = 0; ray < 48; ray++) {
      svg.append(
          "<circle cx=\"190\" cy=\"60\" r=\"%d\" fill=\"none\" stroke=\"#%06x\"/>\n"
              .formatted(4 + 3 * ray, 0xdaa520 + ray * 0x000203));
    }
    return svg.append("</svg>\n").toString();
  }
}
