package org.posthorn.message.mime;

import java.util.Base64;
import java.util.Random;

/// Well-formed mail from a seed, for comparison with another parser: nested multiparts with all
/// kinds of boundaries, attached messages, encodings, folded headers, preambles and epilogues.
final class RandomMail {
  private static final String[] WORDS = {
    "mail", "Grüße", "with", "--", "-", "--b", "=3D", "From here", ".", "a:b", "\t", "näher", "ok"
  };
  private final Random random;
  private int boundaries;

  RandomMail(long seed) {
    random = new Random(seed);
  }

  String message() {
    return "From: =?utf-8?Q?J=C3=BCrgen?= <j@example.org>\r\nTo: \"Doe, Jane\" <jane@example.net>,\r\n"
        + " team: bob@example.com, (hidden) carl@example.com;\r\nSubject: "
        + words(3)
        + "\r\nDate: Sun, 22 Nov 2026 12:00:00 +0100\r\nMIME-Version: 1.0\r\n"
        + entity(0);
  }

  /// The content header, the empty line and the body.
  private String entity(int depth) {
    int kind = random.nextInt(depth > 4 ? 4 : 8);
    return switch (kind) {
      case 0, 1 -> "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text();
      case 2 ->
          "Content-Type: application/pdf;\r\n\tname=\"a b.pdf\"\r\nContent-Transfer-Encoding: base64\r\n"
              + "Content-Disposition: attachment; filename=a.pdf\r\nContent-ID: <x@y>\r\n\r\n"
              + base64();
      case 3 -> "\r\n" + text();
      case 4 ->
          "Content-Type: message/rfc822\r\n\r\n" + new RandomMail(random.nextLong()).message();
      default -> multipart(depth);
    };
  }

  private String multipart(int depth) {
    String boundary = boundary();
    StringBuilder body = new StringBuilder();
    body.append("Content-Type: multipart/")
        .append(new String[] {"mixed", "alternative", "related", "signed"}[random.nextInt(4)])
        .append("; boundary=\"")
        .append(boundary)
        .append("\"\r\n\r\n")
        .append(random.nextBoolean() ? "" : "preamble " + words(2) + "\r\n");
    int parts = 1 + random.nextInt(3);
    for (int i = 0; i < parts; i++) {
      body.append("--").append(boundary).append(random.nextInt(4) == 0 ? "  " : "").append("\r\n");
      body.append(entity(depth + 1)).append("\r\n");
    }
    body.append("--").append(boundary).append("--");
    return body.append(random.nextBoolean() ? "" : "\r\nepilogue " + words(2))
        .append("\r\n")
        .toString();
  }

  /// Unique in the message, but often a longer form of another.
  private String boundary() {
    return "b=_"
        + "x".repeat(random.nextInt(3))
        + Long.toHexString(random.nextLong())
        + boundaries++;
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    int lines = random.nextInt(6);
    for (int i = 0; i < lines; i++) {
      text.append(words(random.nextInt(8))).append("\r\n");
    }
    return text.toString();
  }

  private String words(int count) {
    StringBuilder line = new StringBuilder("w");
    for (int i = 0; i < count; i++) {
      line.append(' ').append(WORDS[random.nextInt(WORDS.length)]);
    }
    return line.toString();
  }

  private String base64() {
    byte[] bytes = new byte[random.nextInt(200)];
    random.nextBytes(bytes);
    return Base64.getMimeEncoder().encodeToString(bytes) + "\r\n";
  }
}
