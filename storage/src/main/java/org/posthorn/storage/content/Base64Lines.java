package org.posthorn.storage.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Base64;
import org.posthorn.message.mime.LineFeeds;

/// The lines of base64 in a block, which are most of an attachment: the block is packed with the
/// bytes that they stand for. These are three quarters as many, and only in them can be seen what
/// an attachment repeats. Used by one thread.
///
/// Packed are the lines that come first where many of one length stand together (RFC 2045 §6.8), in
/// groups of 32:
///
/// ```
/// characters of a line / 4 (1), bytes before the lines (2), groups (2)
/// the bytes before, what the lines stand for, the bytes behind
/// ```
///
/// Each line is whole and has no padding, so its characters follow from what they stand for.
final class Base64Lines {
  private static final int GROUP_LINES = 32;
  private static final int HEAD_BYTES = 5;
  private static final int BEFORE_MAX = (1 << 16) - 1;

  /// Shorter lines are hardly base64; a longer one is not allowed in a message.
  private static final int LINE_MIN = 40;

  private static final int LINE_MAX = 996;

  /// Then this content has something else that looks like it.
  private static final int FAILURES_MAX = 8;

  private byte[] packed = new byte[0];
  private byte[] characters = new byte[0];
  private byte[] decoded = new byte[0];
  private int failures;

  /// What [#pack] made.
  byte[] packed() {
    return packed;
  }

  /// Packs the block from `from` to `to`, and returns how many bytes [#packed] begins with; 0 when
  /// it has no such lines.
  int pack(byte[] block, int from, int to) {
    int line = from;
    while (failures < FAILURES_MAX && line - from <= BEFORE_MAX) {
      int feed = LineFeeds.indexOf(block, line, to);
      if (feed < 0) {
        return 0;
      }
      int length = feed - 1 - line;
      int end = endOfLines(block, line, to, length);
      int groups = (end - line) / (length + 2) / GROUP_LINES;
      if (groups > 0 && isBase64(block, line, length)) {
        int count = packLines(block, from, to, new Lines(line, length, groups));
        if (count > 0) {
          return count;
        }
        failures++;
      }
      line = Math.max(end, feed + 1);
    }
    return 0;
  }

  /// `groups` of lines of `length` characters from `begin` on.
  private record Lines(int begin, int length, int groups) {
    int end() {
      return begin + groups * GROUP_LINES * (length + 2);
    }

    int groupCharacters() {
      return GROUP_LINES * length;
    }

    int groupBytes() {
      return groupCharacters() / 4 * 3;
    }
  }

  /// Behind all lines of this length that follow each other; where the first begins if there is
  /// none.
  private static int endOfLines(byte[] block, int begin, int to, int length) {
    int line = begin;
    if (length >= LINE_MIN && length <= LINE_MAX && length % 4 == 0) {
      for (int end = line + length;
          end + 1 < to && block[end] == '\r' && block[end + 1] == '\n';
          end += length + 2) {
        line = end + 2;
      }
    }
    return line;
  }

  private static boolean isBase64(byte[] block, int begin, int length) {
    for (int i = begin; i < begin + length; i++) {
      byte b = block[i];
      boolean right =
          (b >= 'A' && b <= 'Z')
              || (b >= 'a' && b <= 'z')
              || (b >= '0' && b <= '9')
              || b == '+'
              || b == '/';
      if (!right) {
        return false;
      }
    }
    return true;
  }

  private int packLines(byte[] block, int from, int to, Lines lines) {
    int before = lines.begin - from;
    int behind = to - lines.end();
    int count = HEAD_BYTES + before + lines.groups * lines.groupBytes() + behind;
    if (packed.length < count) {
      packed = new byte[Math.max(count, to - from)];
    }
    ByteBuffer out = ByteBuffer.wrap(packed);
    out.put((byte) (lines.length / 4)).putShort((short) before).putShort((short) lines.groups);
    out.put(block, from, before);
    makeRoom(lines);
    for (int group = 0; group < lines.groups; group++) {
      if (!decode(block, lines.begin + group * GROUP_LINES * (lines.length + 2), lines.length)) {
        return 0;
      }
      out.put(decoded);
    }
    out.put(block, lines.end(), behind);
    return count;
  }

  private void makeRoom(Lines lines) {
    if (characters.length != lines.groupCharacters()) {
      characters = new byte[lines.groupCharacters()];
      decoded = new byte[lines.groupBytes()];
    }
  }

  /// False when it is no base64, or has padding.
  private boolean decode(byte[] block, int begin, int length) {
    for (int i = 0; i < GROUP_LINES; i++) {
      System.arraycopy(block, begin + i * (length + 2), characters, i * length, length);
    }
    try {
      return Base64.getDecoder().decode(characters, decoded) == decoded.length;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  /// Makes of `count` packed bytes the block of `length` bytes that they were made of. Throws when
  /// they were made of no such block.
  void unpack(byte[] packed, int count, byte[] into, int at, int length) throws IOException {
    if (count < HEAD_BYTES) {
      throw new IOException("packed lines that end early");
    }
    ByteBuffer in = ByteBuffer.wrap(packed, 0, count);
    int lineLength = Byte.toUnsignedInt(in.get()) * 4;
    var lines =
        new Lines(
            Short.toUnsignedInt(in.getShort()), lineLength, Short.toUnsignedInt(in.getShort()));
    long decodedBytes = (long) lines.groups * lines.groupBytes();
    long behind = count - HEAD_BYTES - lines.begin - decodedBytes;
    if (lineLength == 0 || behind < 0 || lines.end() + behind != length) {
      throw new IOException("packed lines of another length");
    }
    in.get(into, at, lines.begin);
    makeRoom(lines);
    for (int group = 0; group < lines.groups; group++) {
      in.get(decoded);
      if (Base64.getEncoder().encode(decoded, characters) != characters.length) {
        throw new IOException("packed lines of another length");
      }
      int line = at + lines.begin + group * GROUP_LINES * (lineLength + 2);
      for (int i = 0; i < GROUP_LINES; i++, line += lineLength + 2) {
        System.arraycopy(characters, i * lineLength, into, line, lineLength);
        into[line + lineLength] = '\r';
        into[line + lineLength + 1] = '\n';
      }
    }
    in.get(into, at + lines.end(), (int) behind);
  }
}
