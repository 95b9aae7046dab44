package org.posthorn.message.mime;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.CharsetNames;

/// Catches the first bytes of the first text part that has any text, and reads them for people (RFC
/// 8970 §3.1). Confined to its scanner.
final class Preview {
  static final int CHARACTERS_MAX = 200;

  private static final int PLAIN_BYTES_MAX = 2_048;

  /// Much of an HTML message may be style before any text comes.
  private static final int HTML_BYTES_MAX = 16_384;

  /// Mostly enough, and quick.
  private static final int FIRST_TRY_BYTES = 640;

  private static final int ENOUGH_CHARACTERS = 180;

  private @Nullable PartBuilder part;
  private byte[] raw = new byte[0];
  private int rawCount;
  private int rawMax;
  private boolean taking;
  private String text = "";

  String text() {
    return text;
  }

  void begin(PartBuilder textPart) {
    if (!text.isEmpty()) {
      return;
    }
    part = textPart;
    rawCount = 0;
    rawMax = isHtml(textPart.subtype()) ? HTML_BYTES_MAX : PLAIN_BYTES_MAX;
    taking = true;
  }

  /// What was taken for a text has parts.
  void drop() {
    part = null;
    taking = false;
  }

  /// Bytes of the message; `end` is the offset of the byte after them. Takes those of the part that
  /// come next and have not been taken.
  void take(byte[] bytes, int from, int to, long end) {
    PartBuilder taker = part;
    if (!taking || taker == null) {
      return;
    }
    long missing = end - taker.bodyStart() - rawCount;
    if (missing <= 0) {
      return;
    }
    int start = (int) Math.max(from, to - missing);
    int count = Math.min(to - start, rawMax - rawCount);
    if (rawCount + count > raw.length) {
      raw =
          Arrays.copyOf(
              raw, Math.min(HTML_BYTES_MAX, Math.max(PLAIN_BYTES_MAX, (rawCount + count) * 2)));
    }
    System.arraycopy(bytes, start, raw, rawCount, count);
    rawCount += count;
    taking = rawCount < rawMax && missing <= to - from;
  }

  /// The part is complete.
  void end(PartBuilder builder, Part complete) {
    if (builder != part) {
      return;
    }
    part = null;
    taking = false;
    int length = (int) Math.min(rawCount, complete.bodyBytes());
    text = read(builder, Math.min(length, FIRST_TRY_BYTES));
    if (length > FIRST_TRY_BYTES && text.length() < ENOUGH_CHARACTERS) {
      text = read(builder, length);
    }
  }

  private String read(PartBuilder builder, int length) {
    byte[] bytes = TransferDecoding.decoded(raw, 0, length, builder.encoding());
    String content = decode(bytes, builder.charset());
    return isHtml(builder.subtype()) ? HtmlText.first(content, CHARACTERS_MAX) : first(content);
  }

  private static boolean isHtml(String subtype) {
    return subtype.equals("html") || subtype.equals("xhtml");
  }

  private static String decode(byte[] bytes, String charsetName) {
    Charset charset = CharsetNames.find(charsetName).orElse(StandardCharsets.UTF_8);
    String content = new String(bytes, charset);
    // 8-bit text without a label is as often not UTF-8.
    boolean guessed = charset.equals(StandardCharsets.UTF_8) && !charsetName.startsWith("utf");
    int broken = guessed ? content.indexOf('\uFFFD') : -1;
    return broken >= 0 && broken < content.length() - 1
        ? new String(bytes, StandardCharsets.ISO_8859_1)
        : content;
  }

  private static String first(String content) {
    PreviewWriter writer = new PreviewWriter(CHARACTERS_MAX);
    for (int i = 0; i < content.length() && !writer.isFull(); i++) {
      writer.write(content.charAt(i));
    }
    return writer.text();
  }
}
