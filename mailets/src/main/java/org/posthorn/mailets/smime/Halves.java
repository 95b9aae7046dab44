package org.posthorn.mailets.smime;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Message;
import org.posthorn.message.Headers;

/// The header of a message or a part, in what it says of the mail (`From`, `Subject`, …) and what
/// it says of its content (`Content-…`): S/MIME protects the content with the latter and leaves the
/// former outside. Lines that are no field are in neither.
record Halves(String mail, String content) {
  /// A longer header is not taken apart.
  static final int HEADER_MAX = 256 << 10;

  static Halves of(byte[] header) {
    var mail = new StringBuilder();
    var content = new StringBuilder();
    for (Headers.Placed placed : Headers.read(header)) {
      String name = placed.field().name();
      String line =
          new String(
              header,
              (int) placed.start(),
              (int) (placed.end() - placed.start()),
              StandardCharsets.ISO_8859_1);
      if (name.regionMatches(true, 0, "Content-", 0, 8)) {
        content.append(line);
      } else if (!name.equalsIgnoreCase("MIME-Version")) {
        mail.append(line);
      }
    }
    return new Halves(mail.toString(), content.toString());
  }

  /// Those of a message; absent if its header is too long.
  static Optional<Halves> of(Message message) throws IOException {
    long length = message.structure().root().bodyStart();
    if (length > HEADER_MAX) {
      return Optional.empty();
    }
    try (InputStream in = message.open()) {
      return Optional.of(of(in.readNBytes((int) length)));
    }
  }

  /// The content as a MIME entity of its own: what it says of itself, and the body of `message`.
  InputStream entity(Message message) throws IOException {
    String header = content.isEmpty() ? "Content-Type: text/plain\r\n" : content;
    InputStream body = message.open();
    body.skipNBytes(message.structure().root().bodyStart());
    return new SequenceInputStream(bytes(header + "\r\n"), body);
  }

  /// A message with the fields of this one about the mail, and another content: a MIME entity, of
  /// which only the fields about the content count.
  Message around(Message old, InputStream entity) throws IOException {
    var in = new BufferedInputStream(entity);
    Halves inside = of(header(in));
    String header = mail + "MIME-Version: 1.0\r\n" + inside.content + "\r\n";
    return old.withBytes(new SequenceInputStream(bytes(header), in));
  }

  /// Reads up to the empty line, and that too. What begins without a field has no header.
  private static byte[] header(BufferedInputStream in) throws IOException {
    in.mark(HEADER_MAX + 1);
    var header = new ByteArrayOutputStream();
    int lineStart = 0;
    for (int b = in.read(); b >= 0; b = in.read()) {
      header.write(b);
      if (b == '\n') {
        int length = header.size() - lineStart;
        lineStart = header.size();
        if (length <= 2) {
          break;
        }
      } else if (header.size() >= HEADER_MAX) {
        throw new IOException("the header of what is inside is too long");
      }
    }
    byte[] all = header.toByteArray();
    if (all.length > 0 && Headers.read(all).isEmpty() && !isEmptyLine(all)) {
      in.reset();
      return new byte[0];
    }
    return all;
  }

  private static boolean isEmptyLine(byte[] header) {
    return Arrays.equals(header, new byte[] {'\r', '\n'})
        || Arrays.equals(header, new byte[] {'\n'});
  }

  static InputStream bytes(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  static InputStream joined(List<InputStream> pieces) {
    return new SequenceInputStream(Collections.enumeration(pieces));
  }
}
