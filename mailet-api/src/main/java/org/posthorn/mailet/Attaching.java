package org.posthorn.mailet;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import org.posthorn.message.HeaderText;
import org.posthorn.message.Headers;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.TransferEncoding;

/// Puts one part more at the end of a message while the rest goes by. A `multipart/mixed` gets it
/// before its end; any other message becomes the first part of one, byte for byte, so that what was
/// signed within stays as it was signed.
final class Attaching {
  private static final int HEADER_MAX_BYTES = 1 << 20;
  private static final int NAME_MAX_BYTES = 255;
  private static final Pattern MEDIA_TYPE =
      Pattern.compile("(?!multipart/|message/)[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+(;.*)?");

  private Attaching() {}

  static Message with(Message message, String fileName, String mediaType, byte[] content) {
    byte[] attachment = attachment(fileName, mediaType, content);
    Part root = message.structure().root();
    try {
      return isOpenToMore(root, message) //
          ? inserted(message, root, attachment)
          : wrapped(message, root, attachment);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isOpenToMore(Part root, Message message) {
    return root.is("multipart/mixed")
        && !root.children().isEmpty()
        && root.children().getLast().bodyEnd() < message.sizeBytes();
  }

  private static Message inserted(Message message, Part root, byte[] attachment)
      throws IOException {
    long at = root.children().getLast().bodyEnd();
    String before = "\r\n--" + root.parameters().getOrDefault("boundary", "") + "\r\n";
    return joined(
        message,
        PartEdit.slice(message, 0, at),
        bytes(before),
        new ByteArrayInputStream(attachment),
        PartEdit.slice(message, at, message.sizeBytes()));
  }

  private static Message wrapped(Message message, Part root, byte[] attachment) throws IOException {
    String boundary = "part-" + UUID.randomUUID(); // Nobody can have written it into the message.
    byte[] header;
    try (InputStream in = PartEdit.slice(message, 0, root.bodyStart())) {
      header = in.readNBytes(HEADER_MAX_BYTES);
    }
    boolean hasVersion =
        Headers.read(header).stream().anyMatch(one -> one.field().is("MIME-Version"));
    var head = new ByteArrayOutputStream();
    fields(header, false, head);
    head.writeBytes(
        "%sContent-Type: multipart/mixed; boundary=\"%s\"\r\n%s\r\n--%s\r\n"
            .formatted(
                hasVersion ? "" : "MIME-Version: 1.0\r\n", boundary, encoding(root), boundary)
            .getBytes(StandardCharsets.US_ASCII));
    fields(header, true, head);
    head.writeBytes(new byte[] {'\r', '\n'});
    return joined(
        message,
        new ByteArrayInputStream(head.toByteArray()),
        PartEdit.slice(message, root.bodyStart(), message.sizeBytes()),
        bytes("\r\n--" + boundary + "\r\n"),
        new ByteArrayInputStream(attachment),
        bytes("\r\n--" + boundary + "--\r\n"));
  }

  /// What is in a multipart, the multipart has to say too (RFC 2045 §6.4).
  private static String encoding(Part root) {
    return switch (root.encoding().orElse("7bit")) {
      case "8bit" -> "Content-Transfer-Encoding: 8bit\r\n";
      case "binary" -> "Content-Transfer-Encoding: binary\r\n";
      default -> "";
    };
  }

  private static void fields(byte[] header, boolean ofContent, ByteArrayOutputStream out) {
    for (Headers.Placed placed : Headers.read(header)) {
      if (PartEdit.isOfContent(placed.field()) == ofContent) {
        out.write(header, (int) placed.start(), (int) (placed.end() - placed.start()));
      }
    }
  }

  private static Message joined(Message message, InputStream... pieces) throws IOException {
    try (InputStream all = new SequenceInputStream(Collections.enumeration(List.of(pieces)))) {
      return message.withBytes(all);
    }
  }

  private static InputStream bytes(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  /// Header and body, without the line break that belongs to the boundary.
  private static byte[] attachment(String fileName, String mediaType, byte[] content) {
    if (!MEDIA_TYPE.matcher(mediaType.toLowerCase(Locale.ROOT)).matches()) {
      throw new IllegalArgumentException(
          "The media type of an attachment is such as text/csv, and no multipart or message; but it is "
              + mediaType);
    }
    var out = new ByteArrayOutputStream(content.length + content.length / 2 + 300);
    out.writeBytes(
        (HeaderText.line("Content-Type", mediaType)
                + "Content-Disposition: attachment;\r\n "
                + fileNameParameter(fileName)
                + "\r\nContent-Transfer-Encoding: base64\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    try (OutputStream body = TransferEncoding.base64(out)) {
      body.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Never: it is written into memory.
    }
    return out.toByteArray();
  }

  /// RFC 2183, and RFC 2231 for what is not ASCII.
  private static String fileNameParameter(String fileName) {
    byte[] bytes = fileName.getBytes(StandardCharsets.UTF_8);
    if (fileName.isBlank() || bytes.length > NAME_MAX_BYTES) {
      throw new IllegalArgumentException(
          "A file name has 1 to %d bytes, not %d".formatted(NAME_MAX_BYTES, bytes.length));
    }
    if (fileName.chars().allMatch(c -> c >= ' ' && c < 127 && c != '"' && c != '\\')) {
      return "filename=\"" + fileName + "\"";
    }
    var encoded = new StringBuilder("filename*=UTF-8''");
    for (byte one : bytes) {
      boolean isPlain =
          one < 127 && (Character.isLetterOrDigit(one) || one == '.' || one == '-' || one == '_');
      encoded.append(isPlain ? String.valueOf((char) one) : "%%%02X".formatted(one & 0xFF));
    }
    return encoded.toString();
  }
}
