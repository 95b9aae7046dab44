package org.posthorn.storage.search;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;

/// Mail as it mostly is, of one size: plain text, text and HTML side by side in quoted-printable,
/// HTML in base64, answers with quotations; the words as unequally frequent as those of a language.
/// Used by one thread.
final class SampleMail {
  private static final String[] WORDS = words();

  private final Random random;
  private final int bytes;

  SampleMail(int bytes, Random random) {
    this.bytes = bytes;
    this.random = random;
  }

  /// The word of a rank: the lower, the more common.

  static String word(int rank) {
    return WORDS[rank];
  }

  private String word() {
    return WORDS[(int) Math.exp(random.nextDouble() * Math.log(WORDS.length)) % WORDS.length];
  }

  private static String[] words() {
    var random = new Random(42);
    var words = new String[30_000];
    for (int i = 0; i < words.length; i++) {
      var word = new StringBuilder();
      for (int n = 2 + random.nextInt(Math.min(9, 3 + i / 200)); n > 0; n--) {
        word.append(
            "etaoinshrdlucmfwypvbgkqjxz".charAt((int) (26 * Math.pow(random.nextDouble(), 2))));
      }
      words[i] = (i % 50 == 49 ? "ü" : "") + word;
    }
    return words;
  }

  byte[] next(int number) {
    String header = header(number);
    int room = bytes - header.length() - 400;
    String body =
        switch (number % 4) {
          case 0 -> "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text(room, "", "\r\n");
          case 1 -> alternatives(room);
          case 2 ->
              "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                  + Base64.getMimeEncoder()
                      .encodeToString(html(room * 73 / 100).getBytes(StandardCharsets.UTF_8));
          default ->
              "Content-Type: text/plain; charset=utf-8\r\n\r\n"
                  + text(room / 3, "", "\r\n")
                  + "\r\nOn Monday Bob wrote:\r\n"
                  + text(room * 2 / 3, "> ", "\r\n");
        };
    return (header + body + "\r\nBest regards\r\n").getBytes(StandardCharsets.UTF_8);
  }

  private String header(int number) {
    var text = new StringBuilder();
    text.append("Received: from a.example.net (a.example.net [192.0.2.1]) by mx.example.org\r\n")
        .append("\twith ESMTPS id ")
        .append(id())
        .append("; Mon, 2 Mar 2026 10:00:00 +0000\r\nDKIM-Signature: v=1; a=rsa-sha256; b=");
    for (int i = 0; i < 5; i++) {
      text.append("\r\n ").append(id()).append(id()).append('/').append(id());
    }
    return text.append(
            "\r\nFrom: \"Bob Number %d\" <bob%d@example.net>\r\n".formatted(number, number % 500))
        .append("To: ann@example.org, \"Cat\" <cat@example.org>\r\n")
        .append("Subject: Message number %d about %s\r\n".formatted(number, word()))
        .append("Date: Mon, 2 Mar 2026 10:00:00 +0000\r\n")
        .append("Message-ID: <%d.4711@example.net>\r\n".formatted(number))
        .append("MIME-Version: 1.0\r\n")
        .toString();
  }

  private String id() {
    return Long.toString(random.nextLong() >>> 1, 36);
  }

  private String alternatives(int room) {
    return """
    Content-Type: multipart/alternative; boundary="border"\r
    \r
    --border\r
    Content-Type: text/plain; charset=utf-8\r
    Content-Transfer-Encoding: quoted-printable\r
    \r
    %s\r
    --border\r
    Content-Type: text/html; charset=utf-8\r
    Content-Transfer-Encoding: quoted-printable\r
    \r
    %s\r
    --border--\r
    """
        .formatted(quoted(text(room / 3, "", "\r\n")), quoted(html(room * 6 / 10)));
  }

  private String html(int length) {
    return "<html><head><style>p { margin: 0 } .mail a { color: #336699 }</style></head><body>\r\n"
        + text(length - 100, "<p style=\"margin:0\">", "</p><br>\r\n")
        + "</body></html>";
  }

  private String text(int length, String begin, String end) {
    var text = new StringBuilder(begin);
    int lineStart = 0;
    while (text.length() < length) {
      text.append(word()).append(random.nextInt(12) == 0 ? ", " : " ");
      if (text.length() - lineStart > 70) {
        lineStart = text.length();
        text.append(end).append(begin);
      }
    }
    return text.append(end).toString();
  }

  private static String quoted(String text) {
    var quoted = new StringBuilder(text.length() + 200);
    int column = 0;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (b == '\n' || b == '\r') {
        column = 0;
        quoted.append((char) b);
        continue;
      }
      if (column >= 72) {
        quoted.append("=\r\n");
        column = 0;
      }
      column++;
      if (b == '=' || b < 0) {
        quoted.append("=%02X".formatted(b & 0xFF));
        column += 2;
      } else {
        quoted.append((char) b);
      }
    }
    return quoted.toString();
  }
}
