package org.posthorn.storage.content;

import java.util.Optional;
import java.util.OptionalLong;
import org.posthorn.message.ContentId;

/// Where a content is on disk. The content id says it, so there is no index to keep:
/// `s1.SEGMENT.OFFSET` in a segment, `l1.NAME` in a file of its own, all in hexadecimal digits; the
/// 1 is the version of the form.
sealed interface Place {
  String SEGMENT_FORM = "s1.";
  String FILE_FORM = "l1.";
  int SEGMENT_DIGITS = 7;
  int OFFSET_DIGITS = 8;
  int NAME_DIGITS = 16;

  ContentId id();

  /// As it stands in the record.
  long code();

  record InSegment(int segment, long offset) implements Place {
    @Override
    public ContentId id() {
      return new ContentId(
          SEGMENT_FORM + Integer.toHexString(segment) + "." + Long.toHexString(offset));
    }

    @Override
    public long code() {
      return ((long) segment << Integer.SIZE) | offset;
    }
  }

  record OwnFile(long name) implements Place {
    @Override
    public ContentId id() {
      return new ContentId(FILE_FORM + fileName());
    }

    @Override
    public long code() {
      return name;
    }

    String fileName() {
      return "%016x".formatted(name);
    }
  }

  /// Empty for an id that this store did not give out.
  static Optional<Place> of(ContentId id) {
    String text = id.place();
    if (text.startsWith(SEGMENT_FORM)) {
      int dot = text.indexOf('.', SEGMENT_FORM.length());
      OptionalLong segment = hex(text, SEGMENT_FORM.length(), dot, SEGMENT_DIGITS);
      OptionalLong offset = hex(text, dot + 1, text.length(), OFFSET_DIGITS);
      return segment.isPresent() && offset.isPresent()
          ? Optional.of(new InSegment((int) segment.getAsLong(), offset.getAsLong()))
          : Optional.empty();
    }
    OptionalLong name =
        text.startsWith(FILE_FORM) && text.length() == FILE_FORM.length() + NAME_DIGITS
            ? hex(text, FILE_FORM.length(), text.length(), NAME_DIGITS)
            : OptionalLong.empty();
    return name.isPresent() ? Optional.of(new OwnFile(name.getAsLong())) : Optional.empty();
  }

  /// One to so many lower-case digits. Asked for every message that is read: no regular expression.
  private static OptionalLong hex(String text, int from, int to, int digitsMax) {
    if (to <= from || to - from > digitsMax) {
      return OptionalLong.empty();
    }
    long value = 0;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return OptionalLong.empty();
      }
      value = value << 4 | Character.digit(c, 16);
    }
    return OptionalLong.of(value);
  }
}
