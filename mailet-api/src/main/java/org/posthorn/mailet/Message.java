package org.posthorn.mailet;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.function.Predicate;
import org.posthorn.message.HeaderField;
import org.posthorn.message.mime.MessageStructure;

/// The message of a mail: immutable bytes and cheap views of them. A change is a new value that
/// shares the bytes it does not change; nothing is copied until the changed message is stored. Safe
/// for use by many threads.
///
/// The server implements it; plugins don't.
public interface Message {
  long sizeBytes();

  /// All header fields in order, unfolded on demand. Reads the header only.
  List<HeaderField> headers();

  /// Parts, envelope, preview. Offsets count from the first byte of [#open].
  MessageStructure structure();

  /// The bytes, CRLF line breaks, header first. The caller closes it.
  InputStream open();

  /// With one more field above all others. The value is folded and encoded (RFC 2047) as needed; CR
  /// and LF in it are refused with `IllegalArgumentException`.
  Message withHeader(String name, String value);

  /// Without the fields that match.
  Message withoutHeaders(Predicate<HeaderField> matching);

  /// Other bytes altogether, read to their end now and kept.
  Message withBytes(InputStream bytes) throws IOException;
}
