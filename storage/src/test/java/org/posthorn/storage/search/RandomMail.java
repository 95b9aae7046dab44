package org.posthorn.storage.search;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.posthorn.message.EncodedWord;

/// Messages in many languages, charsets and encodings, some of them odd.
final class RandomMail {
  private static final List<String> ENGLISH =
      List.of(
          "the quick brown fox",
          "Jumps over",
          "the lazy dog",
          "meeting",
          "invoice 4711",
          "re: re:",
          "best regards",
          "bob@example.net",
          "https://example.org/a-path/x?y=1&z=2",
          "don't",
          "3.14",
          "O'Reilly",
          "foo_bar",
          "C++",
          "x=y",
          "e-mail",
          "the",
          "a",
          "I",
          ":-)",
          "50 %",
          "#hashtag",
          "pneumonoultramicroscopicsilicovolcanoconiosis",
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
  private static final List<String> GERMAN =
      List.of(
          "Straße",
          "KÖLN",
          "schöne Grüße",
          "Übermäßig",
          "Donaudampfschifffahrtsgesellschaft",
          "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz",
          "für",
          "Müller-Lüdenscheidt");
  private static final List<String> TURKISH =
      List.of("İstanbul", "ılık", "IĞDIR", "çok güzel", "şimdi", "İYİ");
  private static final List<String> JAPANESE =
      List.of("会議の件", "よろしくお願いします", "カタカナ", "東京都", "メール", "。", "明日は");
  private static final List<String> CHINESE =
      List.of("会议", "你好，世界", "发票", "北京", "我们明天见", "𠀀𠀁", "的");
  private static final List<String> ODD =
      List.of(
          "😀",
          "a\u0301",
          "ko\u0308ln",
          "zero\u200bwidth",
          "soft\u00adhyphen",
          "no\u00a0break",
          "\u202e",
          "ﬁ");

  private final Random random;

  RandomMail(Random random) {
    this.random = random;
  }

  byte[] next() {
    var header = new StringBuilder();
    header.append("From: ").append(address()).append("\r\n");
    header.append("To: ").append(address());
    for (int i = random.nextInt(3); i > 0; i--) {
      header.append(",\r\n ").append(address());
    }
    header.append("\r\n");
    if (random.nextInt(3) == 0) {
      header.append("Cc: ").append(address()).append("\r\n");
    }
    if (random.nextInt(5) == 0) {
      header.append("Bcc: ").append(address()).append("\r\n");
    }
    header.append("Subject: ").append(word(phrase(3))).append("\r\n");
    header.append("Message-ID: <").append(random.nextInt(100_000)).append("@example.net>\r\n");
    if (random.nextBoolean()) {
      header.append("X-Test-").append(random.nextInt(4)).append(": ").append(word(phrase(2)));
      header.append("\r\n");
    }
    header.append("MIME-Version: 1.0\r\n");
    return (header + part(3)).getBytes(StandardCharsets.UTF_8);
  }

  /// Header lines for the top of a message, mostly like those that are put there at delivery.
  String ownLines() {
    String lines = "Return-Path: <" + address() + ">\r\nDelivered-To: " + address() + "\r\n";
    return switch (random.nextInt(12)) {
      case 0 -> "";
      case 1 -> lines + "X-Test-1: " + word(phrase(3)) + "\r\n";
      case 2 -> "X-Folded: " + phrase(1).strip() + "\r\n\t" + phrase(2).strip() + " x\r\n" + lines;
      case 3 -> lines + "Subject: " + word(phrase(2)) + "\r\n";
      case 4 -> "Cc: " + address() + "\r\n" + lines;
      case 5 -> lines + "no field but " + phrase(1).strip() + "\r\n";
      case 6 -> "X-Last: " + phrase(1).strip() + "\r\n\r\n";
      default -> lines;
    };
  }

  private String part(int depth) {
    int kind = random.nextInt(depth == 0 ? 5 : 9);
    if (kind < 5) {
      return leaf();
    }
    if (kind == 8) {
      byte[] inner = new RandomMail(random).next();
      return "Content-Type: message/rfc822\r\n\r\n" + new String(inner, StandardCharsets.UTF_8);
    }
    String boundary = "b" + random.nextInt(1_000_000);
    var parts =
        new StringBuilder("Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n");
    for (int i = random.nextInt(3); i >= 0; i--) {
      parts.append("--").append(boundary).append("\r\n").append(part(depth - 1)).append("\r\n");
    }
    return parts.append("--").append(boundary).append("--\r\n").toString();
  }

  private String leaf() {
    boolean html = random.nextInt(3) == 0;
    String text = lines(html);
    List<Charset> charsets =
        List.of(
            StandardCharsets.UTF_8,
            StandardCharsets.UTF_8,
            StandardCharsets.UTF_16,
            Charset.forName("GB18030"),
            Charset.forName("windows-1252"),
            Charset.forName("iso-8859-9"),
            Charset.forName("iso-2022-jp"),
            Charset.forName("Shift_JIS"));
    Charset charset = charsets.get(random.nextInt(charsets.size()));
    String name = random.nextInt(4) == 0 ? "; name=\"" + word(phrase(1)) + ".txt\"" : "";
    String type =
        random.nextInt(6) == 0 ? "application/x-thing" : html ? "text/html" : "text/plain";
    byte[] bytes = text.getBytes(charset);
    boolean plain = charset.equals(StandardCharsets.UTF_8) && random.nextBoolean();
    boolean quoted = !charset.equals(StandardCharsets.UTF_16) && random.nextBoolean();
    String body =
        plain ? text : quoted ? quoted(bytes) : Base64.getMimeEncoder().encodeToString(bytes);
    return "Content-Type: %s; charset=%s%s\r\nContent-Transfer-Encoding: %s\r\n\r\n%s"
        .formatted(
            type,
            charset.name(),
            name,
            plain ? "8bit" : quoted ? "quoted-printable" : "base64",
            body);
  }

  private String lines(boolean html) {
    var text = new StringBuilder(html ? "<html><head><style>p {}</style></head><body>" : "");
    for (int i = random.nextInt(6); i >= 0; i--) {
      text.append(html ? "<p>" : "");
      text.append(phrase(8));
      text.append(html ? (random.nextBoolean() ? "<br>" : "</p>\r\n") : "\r\n");
      if (html && random.nextBoolean()) {
        text.append("M&uuml;nchen <b>bo</b>ld &amp; &#8364;5 <!-- hidden -->");
      }
    }
    return text.toString();
  }

  String phrase(int words) {
    var text = new StringBuilder();
    for (int i = random.nextInt(words); i >= 0; i--) {
      var language =
          List.of(ENGLISH, ENGLISH, GERMAN, TURKISH, JAPANESE, CHINESE, ODD).get(random.nextInt(7));
      String word = language.get(random.nextInt(language.size()));
      text.append(
          switch (random.nextInt(5)) {
            case 0 -> word.toUpperCase(Locale.ROOT);
            case 1 -> word.toLowerCase(Locale.ROOT);
            default -> word;
          });
      text.append(
          List.of(" ", " ", " ", ", ", ". ", "  ", "-", "", " (", "\t", "!!! ")
              .get(random.nextInt(11)));
    }
    return text.toString();
  }

  private String address() {
    String local = "user" + random.nextInt(20);
    return switch (random.nextInt(3)) {
      case 0 -> local + "@example.org";
      case 1 -> EncodedWord.encode(phrase(2).strip()) + " <" + local + "@example.net>";
      default -> "\"Doe, J. " + random.nextInt(9) + "\" <" + local + "@mail.example.com>";
    };
  }

  /// In a header.
  private String word(String text) {
    String line = text.replaceAll("[\r\n]", " ").strip();
    return random.nextBoolean() ? EncodedWord.encode(line) : line;
  }

  private static String quoted(byte[] bytes) {
    var text = new StringBuilder();
    int column = 0;
    for (byte b : bytes) {
      boolean asIs = b == '\r' || b == '\n' || (b > ' ' && b < 127 && b != '=') || b == ' ';
      String next = asIs ? String.valueOf((char) b) : String.format(Locale.ROOT, "=%02X", b);
      if (column + next.length() > 70 && b != '\r' && b != '\n') {
        text.append("=\r\n");
        column = 0;
      }
      text.append(next);
      column = b == '\n' ? 0 : column + next.length();
    }
    return text.toString();
  }
}
