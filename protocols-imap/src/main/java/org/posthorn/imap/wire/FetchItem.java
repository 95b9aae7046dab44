package org.posthorn.imap.wire;

import java.util.List;
import java.util.Optional;

/// One thing that FETCH is asked for (RFC 3501 §6.4.5).
public sealed interface FetchItem {
  /// Items without arguments. BODY is the structure without extension data.
  enum Simple implements FetchItem {
    UID,
    FLAGS,
    INTERNALDATE,
    RFC822_SIZE,
    ENVELOPE,
    BODY,
    BODYSTRUCTURE,
    /// RFC 7162 §3.1.4.2.
    MODSEQ,
    /// RFC 8514 §4.3.
    SAVEDATE,
    /// RFC 8474 §5.1.
    EMAILID,
    /// RFC 8474 §5.2.
    THREADID,
    /// RFC 8970 §3.1.
    PREVIEW
  }

  /// Bytes of a part without their transfer encoding (RFC 3516 §4.2); `size`: only how many.
  record Binary(
      List<Integer> part, Optional<Partial> partial, boolean size, boolean marksSeen, String label)
      implements FetchItem {
    public Binary {
      part = List.copyOf(part);
    }
  }

  /// Bytes of a message. `part` is the path of a body part, empty for the message itself; `label`
  /// names the bytes in the response; `marksSeen` unless it was asked with PEEK or is a header by
  /// an old name.
  record Bytes(
      List<Integer> part,
      Text text,
      List<String> fields,
      Optional<Partial> partial,
      boolean marksSeen,
      String label)
      implements FetchItem {
    public Bytes {
      part = List.copyOf(part);
      fields = List.copyOf(fields);
    }
  }

  /// The same, without marking a message as seen.
  default FetchItem peeking() {
    return switch (this) {
      case Simple simple -> simple;
      case Binary(var path, var piece, var size, _, var name) ->
          new Binary(path, piece, size, false, name);
      case Bytes(var path, var text, var fields, var piece, _, var name) ->
          new Bytes(path, text, fields, piece, false, name);
    };
  }

  /// RFC 3501 §6.4.5 `<origin.count>`.
  record Partial(long origin, long count) {}

  /// Which bytes of a part (RFC 3501 §9 `section-text`). ALL: all of the message, or the body of a
  /// part.
  enum Text {
    ALL,
    HEADER,
    HEADER_FIELDS,
    HEADER_FIELDS_NOT,
    TEXT,
    MIME
  }
}
