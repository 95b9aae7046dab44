package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.StructureScanner;
import org.posthorn.message.mime.TransferDecoding;

/// Whatever a message has where, it has the same parts with the same contents in seven bits.
final class SevenBitStructureTest {
  private static final int MESSAGES = 3_000;
  private static final int DEPTH_MAX = 3;

  private static final String[] BOUNDARIES = {
    "b", "b?c", "b*", "??", "b=C3", "b=", "=80", "-b", "-", "b--", "a b", "b=2D", "=3Db"
  };
  private static final String[] TYPES = {
    "multipart/mixed",
    "multipart/mixed",
    "multipart/digest",
    "text/plain",
    "text/html; charset=utf-8",
    "application/x",
    "message/rfc822"
  };
  private static final String[] ENCODINGS = {
    "", "", "8bit", "binary", "base64", "quoted-printable", "Quoted-Printable"
  };

  /// Bytes as ISO 8859-1.
  private static final String[] PIECES = {
    "\r\n",
    "\r\n",
    "\r\n--",
    "--",
    "-",
    "b",
    "c",
    "?",
    "*",
    "=",
    "=C3",
    "C3",
    "80",
    "=\r\n",
    " ",
    "\t",
    "\u00c3",
    "\u0080",
    "\u00c3\u00bc",
    "\r\n\u0080",
    "QUJD",
    "Zm9v",
    "x",
    "x".repeat(71)
  };

  private final Random random = new Random(1);

  @Test
  void hasTheSameParts() throws IOException {
    int converted = 0;
    for (int i = 0; i < MESSAGES; i++) {
      String text = message();
      var message = new TextMessage(text.getBytes(StandardCharsets.ISO_8859_1));
      SevenBit sevenBit = SevenBit.of(message);
      if (sevenBit.obstacle().isPresent() || !hasEightBitBodies(message)) {
        continue;
      }
      var out = new ByteArrayOutputStream();
      sevenBit.writeTo(out);
      String written = out.toString(StandardCharsets.ISO_8859_1);
      if (!isAscii(out.toByteArray()) || !parts(written).equals(parts(text))) {
        assertThat(parts(written)).as("%s\n----->\n%s", text, written).isEqualTo(parts(text));
        fail("Not ASCII: " + written);
      }
      converted++;
    }
    assertThat(converted).isGreaterThan(MESSAGES / 4);
  }

  private static boolean hasEightBitBodies(TextMessage message) throws IOException {
    return EightBitPart.rootOf(message).changes();
  }

  private static boolean isAscii(byte[] bytes) {
    for (byte b : bytes) {
      if (b < 0) {
        return false;
      }
    }
    return true;
  }

  private String message() {
    return "Subject: x\r\n" + part(0);
  }

  /// From its header on, without the line break behind it.
  private String part(int depth) {
    String type = one(TYPES);
    if (depth == DEPTH_MAX && !type.startsWith("text")) {
      type = "text/plain";
    }
    String encoding = one(ENCODINGS);
    String encodingField =
        encoding.isEmpty() ? "" : "Content-Transfer-Encoding: " + encoding + "\r\n";
    if (type.startsWith("multipart")) {
      String boundary = one(BOUNDARIES);
      var text = new StringBuilder();
      text.append("Content-Type: ").append(type).append("; boundary=\"").append(boundary);
      text.append("\"\r\n").append(encodingField).append("\r\n").append(lines());
      for (int i = random.nextInt(3); i >= 0; i--) {
        text.append("\r\n--").append(boundary).append("\r\n").append(part(depth + 1));
      }
      return text.append("\r\n--").append(boundary).append("--\r\n").append(lines()).toString();
    }
    String typeField = random.nextInt(5) == 0 ? "" : "Content-Type: " + type + "\r\n";
    String inner = type.startsWith("message") ? "Subject: y\r\n" + part(depth + 1) : lines();
    return typeField + encodingField + "\r\n" + inner;
  }

  private String lines() {
    var text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      text.append(random.nextInt(4) == 0 ? "\r\n--" + one(BOUNDARIES) : one(PIECES));
    }
    return text.toString();
  }

  private String one(String[] of) {
    return of[random.nextInt(of.length)];
  }

  private static String parts(String message) {
    byte[] bytes = message.getBytes(StandardCharsets.ISO_8859_1);
    var told = new StringBuilder();
    tell(bytes, StructureScanner.scan(bytes).root(), 0, told);
    return told.toString();
  }

  private static void tell(byte[] bytes, Part part, int depth, StringBuilder told) {
    told.append(" ".repeat(depth)).append(part.type()).append('/').append(part.subtype());
    if (part.children().isEmpty()) {
      byte[] decoded =
          TransferDecoding.decoded(
              bytes, (int) part.bodyStart(), (int) part.bodyEnd(), part.encoding().orElse(""));
      told.append(": ").append(new String(decoded, StandardCharsets.ISO_8859_1));
    }
    told.append('\n');
    part.children().forEach(child -> tell(bytes, child, depth + 1, told));
  }
}
