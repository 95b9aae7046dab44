package org.posthorn.mailet;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Predicate;
import org.posthorn.message.HeaderField;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.Part;

/// The message of a mail: immutable bytes and cheap views of them. A change is a new value that
/// shares the bytes it does not change; nothing is copied until the changed message is stored. Safe
/// for use by many threads.
///
/// A field in place of another, and a part in place of another:
///
/// ```java
/// Message marked = message
///     .withoutHeaders(field -> field.is("Subject"))
///     .withHeader("Subject", "[spam] " + message.structure().envelope().subject().orElse(""));
///
/// for (Part part : message.structure().parts()) {
///   if (part.is("text/csv")) {
///     String csv = new String(message.read(part, 1 << 20), part.charset());
///     return message.withPart(
///         part,
///         List.of(new HeaderField("Content-Type", "text/html; charset=utf-8")),
///         html(csv).getBytes(UTF_8));
///   }
/// }
/// ```
///
/// The server implements it; plugins don't.
public interface Message {
  /// Of [#open], as it is now.
  long sizeBytes();

  /// All header fields in order, unfolded on demand. Reads the header only.
  List<HeaderField> headers();

  /// Parts, envelope, preview. Offsets count from the first byte of [#open].
  MessageStructure structure();

  /// The bytes, CRLF line breaks, header first. The caller closes it.
  InputStream open();

  /// The body of a part of [#structure] with its transfer encoding taken off. What it says in which
  /// character set, is for the caller to read. The caller closes it.
  default InputStream open(Part part) {
    return PartEdit.opened(this, part);
  }

  /// The same in memory. Throws `IllegalArgumentException` for a part that has more bytes.
  default byte[] read(Part part, int maxBytes) {
    try (InputStream in = open(part)) {
      byte[] bytes = in.readNBytes(maxBytes);
      if (in.read() >= 0) {
        throw new IllegalArgumentException("The part has more than " + maxBytes + " bytes");
      }
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// With another content in place of that of a part of [#structure], and `fields` (`Content-Type`,
  /// `Content-Disposition` and the like) in place of all its `Content-…` fields. The transfer
  /// encoding is put on: quoted-printable for `text/…`, for all else base64; and `MIME-Version`
  /// where the part is the message itself and has none. Signatures over the part no longer hold.
  /// The new message has a structure of its own, with other parts.
  default Message withPart(Part part, List<HeaderField> fields, byte[] content) {
    return PartEdit.replaced(this, part, fields, content);
  }

  /// With one part more, at the end: `content` as `mediaType` (`text/csv; charset=utf-8`), which a
  /// person would save as `fileName`. What is there already stays as it is, byte for byte: a
  /// `multipart/mixed` gets it before its end, any other message becomes the first part of one.
  /// Throws `IllegalArgumentException` for a media type that is none or of a multipart or message,
  /// and for a name that is empty or longer than 255 bytes. The new message has a structure of its
  /// own, with other parts.
  ///
  /// ```java
  /// Message sent = message.withAttachment("tally.csv", "text/csv; charset=utf-8", csv.getBytes(UTF_8));
  /// ```
  default Message withAttachment(String fileName, String mediaType, byte[] content) {
    return Attaching.with(this, fileName, mediaType, content);
  }

  /// With one more field above all others. The value is folded and encoded (RFC 2047) as needed; CR
  /// and LF in it are refused with `IllegalArgumentException`.
  Message withHeader(String name, String value);

  /// Without the fields that match; those of the message itself, not those of its parts.
  Message withoutHeaders(Predicate<HeaderField> matching);

  /// With these bytes as its header, up to and with the empty line, above the body that it has.
  default Message withHeaderBytes(byte[] header) throws IOException {
    try (InputStream body = open()) {
      body.skipNBytes(structure().root().bodyStart());
      return withBytes(new SequenceInputStream(new ByteArrayInputStream(header), body));
    }
  }

  /// Other bytes altogether, read to their end now and kept; the caller closes them. Throws what
  /// reading them throws.
  Message withBytes(InputStream bytes) throws IOException;
}
