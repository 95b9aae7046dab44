package org.posthorn.storage.content;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.posthorn.message.ContentId;

/// Where a content is on disk. The content id says it, so there is no index to keep:
/// `s1.SEGMENT.OFFSET` in a segment, `l1.NAME` in a file of its own, all in hexadecimal digits; the
/// 1 is the version of the form.
sealed interface Place {
  ContentId id();

  /// As it stands in the record.
  long code();

  record InSegment(int segment, long offset) implements Place {
    @Override
    public ContentId id() {
      return new ContentId("s1." + Integer.toHexString(segment) + "." + Long.toHexString(offset));
    }

    @Override
    public long code() {
      return ((long) segment << Integer.SIZE) | offset;
    }
  }

  record OwnFile(long name) implements Place {
    @Override
    public ContentId id() {
      return new ContentId("l1." + fileName());
    }

    @Override
    public long code() {
      return name;
    }

    String fileName() {
      return "%016x".formatted(name);
    }
  }

  Pattern SEGMENT_FORM = Pattern.compile("s1\\.([0-9a-f]{1,7})\\.([0-9a-f]{1,8})");
  Pattern FILE_FORM = Pattern.compile("l1\\.([0-9a-f]{16})");

  /// Empty for an id that this store did not give out.
  static Optional<Place> of(ContentId id) {
    Matcher segment = SEGMENT_FORM.matcher(id.value());
    if (segment.matches()) {
      return Optional.of(
          new InSegment(
              Integer.parseInt(segment.group(1), 16), Long.parseLong(segment.group(2), 16)));
    }
    Matcher file = FILE_FORM.matcher(id.value());
    return file.matches()
        ? Optional.of(new OwnFile(Long.parseUnsignedLong(file.group(1), 16)))
        : Optional.empty();
  }
}
