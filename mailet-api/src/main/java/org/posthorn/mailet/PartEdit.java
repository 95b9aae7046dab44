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
import org.posthorn.message.HeaderField;
import org.posthorn.message.HeaderText;
import org.posthorn.message.Headers;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.TransferDecoding;
import org.posthorn.message.mime.TransferEncoding;

/// Looks into one part of a message, and puts another in its place, while the rest goes by: memory
/// does not grow with the message.
final class PartEdit {
  private static final int HEADER_MAX_BYTES = 1 << 20;

  private PartEdit() {}

  static InputStream opened(Message message, Part part) {
    return TransferDecoding.decoded(
        slice(message, part.bodyStart(), part.bodyEnd()), part.encoding().orElse("7bit"));
  }

  static Message replaced(Message message, Part part, List<HeaderField> fields, byte[] content) {
    try (InputStream header = slice(message, part.headerStart(), part.bodyStart())) {
      byte[] before = header.readNBytes(HEADER_MAX_BYTES);
      boolean isLast = part.bodyEnd() == message.sizeBytes();
      try (InputStream all =
          new SequenceInputStream(
              Collections.enumeration(
                  List.of(
                      slice(message, 0, part.headerStart()),
                      new ByteArrayInputStream(written(part, before, fields, content, isLast)),
                      slice(message, part.bodyEnd(), message.sizeBytes()))))) {
        return message.withBytes(all);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What is said about the old content goes; what else stands in the header stays. What begins a
  /// message says that it is MIME (RFC 2045 §4), or nobody would look at what its fields say.
  private static byte[] written(
      Part part, byte[] header, List<HeaderField> fields, byte[] content, boolean isLast)
      throws IOException {
    var out = new ByteArrayOutputStream(header.length + 2 * content.length + 200);
    boolean saysMime = part.envelope().isEmpty();
    for (Headers.Placed placed : Headers.read(header)) {
      if (!isOfContent(placed.field())) {
        out.write(header, (int) placed.start(), (int) (placed.end() - placed.start()));
        saysMime |= placed.field().is("MIME-Version");
      }
    }
    if (!saysMime) {
      out.writeBytes("MIME-Version: 1.0\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    for (HeaderField field : fields) {
      if (!isOfContent(field) || field.is("Content-Transfer-Encoding")) {
        throw new IllegalArgumentException(
            "A part's new fields begin with Content- and are not Content-Transfer-Encoding, which is put on; but there is "
                + field.name());
      }
      out.writeBytes(HeaderText.line(field.name(), field.value()).getBytes(StandardCharsets.UTF_8));
    }
    boolean isText =
        fields.stream()
            .filter(field -> field.is("Content-Type"))
            .anyMatch(field -> field.value().toLowerCase(Locale.ROOT).startsWith("text/"));
    out.writeBytes(
        "Content-Transfer-Encoding: %s\r\n\r\n"
            .formatted(isText ? "quoted-printable" : "base64")
            .getBytes(StandardCharsets.US_ASCII));
    try (OutputStream body =
        isText ? TransferEncoding.quotedPrintable(out) : TransferEncoding.base64(out)) {
      body.write(content);
    }
    if (isLast) {
      out.write('\r');
      out.write('\n');
    }
    return out.toByteArray();
  }

  static boolean isOfContent(HeaderField field) {
    return field.name().regionMatches(true, 0, "Content-", 0, 8);
  }

  /// The bytes from `start` to `end`; opens the message when the first is asked for.
  static InputStream slice(Message message, long start, long end) {
    return new Slice(message, start, end);
  }

  /// Some of the message's bytes; opens it when the first is asked for. Used by one thread.
  private static final class Slice extends InputStream {
    private final Message message;
    private final long start;
    private long left;
    private InputStream in = InputStream.nullInputStream();
    private boolean opened;

    Slice(Message message, long start, long end) {
      this.message = message;
      this.start = start;
      this.left = end - start;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (length == 0 || left <= 0) {
        return length == 0 ? 0 : -1;
      }
      if (!opened) {
        in = message.open();
        opened = true;
        in.skipNBytes(start);
      }
      int count = in.read(into, offset, (int) Math.min(length, left));
      left -= count < 0 ? left : count;
      return count;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
