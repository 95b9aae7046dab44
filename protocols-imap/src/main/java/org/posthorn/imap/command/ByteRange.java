package org.posthorn.imap.command;

import java.util.List;
import java.util.Optional;
import org.posthorn.imap.wire.FetchItem;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.Part;

/// Where in a message the bytes of a section are (RFC 3501 §6.4.5). `end` is not included.
record ByteRange(long start, long end) {
  long length() {
    return end - start;
  }

  /// The part of it that a client asks for.
  ByteRange cut(FetchItem.Partial partial) {
    long from = Math.min(start + partial.origin(), end);
    return new ByteRange(from, Math.min(end, from + partial.count()));
  }

  /// Empty when the message has no such section.
  static Optional<ByteRange> of(MessageStructure message, FetchItem.Bytes item) {
    if (item.part().isEmpty()) {
      return item.text() == FetchItem.Text.ALL
          ? Optional.of(new ByteRange(0, message.sizeBytes()))
          : ofMessage(message.root(), item.text());
    }
    return part(message.root(), item.part()).flatMap(part -> ofPart(part, item.text()));
  }

  private static Optional<ByteRange> ofMessage(Part message, FetchItem.Text text) {
    return switch (text) {
      case ALL -> Optional.of(new ByteRange(message.headerStart(), message.bodyEnd()));
      case HEADER, HEADER_FIELDS, HEADER_FIELDS_NOT, MIME ->
          Optional.of(new ByteRange(message.headerStart(), message.bodyStart()));
      case TEXT -> Optional.of(new ByteRange(message.bodyStart(), message.bodyEnd()));
    };
  }

  private static Optional<ByteRange> ofPart(Part part, FetchItem.Text text) {
    return switch (text) {
      case ALL -> Optional.of(new ByteRange(part.bodyStart(), part.bodyEnd()));
      case MIME -> Optional.of(new ByteRange(part.headerStart(), part.bodyStart()));
      case HEADER, HEADER_FIELDS, HEADER_FIELDS_NOT, TEXT ->
          part.isMessage() ? ofMessage(part.children().getFirst(), text) : Optional.empty();
    };
  }

  /// Numbers count the parts of a multipart; what is no multipart has itself as part 1; within a
  /// message part, they count the parts of that message.
  static Optional<Part> part(Part message, List<Integer> path) {
    Part inside = message;
    for (int i = 0; i < path.size(); i++) {
      int number = path.get(i);
      Optional<Part> next = child(inside, number);
      if (next.isEmpty() || i == path.size() - 1) {
        return next;
      }
      Part found = next.get();
      if (found.isMessage()) {
        inside = found.children().getFirst();
      } else if (found.isMultipart()) {
        inside = found;
      } else {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  private static Optional<Part> child(Part parent, int number) {
    if (!parent.isMultipart()) {
      return number == 1 ? Optional.of(parent) : Optional.empty();
    }
    List<Part> children = parent.shownParts();
    return number <= children.size() ? Optional.of(children.get(number - 1)) : Optional.empty();
  }
}
