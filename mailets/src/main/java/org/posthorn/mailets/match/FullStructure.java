package org.posthorn.mailets.match;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.posthorn.mailet.Message;
import org.posthorn.message.HeaderField;
import org.posthorn.message.Headers;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.StructureScanner;

/// Whether the structure of a message says everything about its parts. It has a budget, so of a
/// message with very many parts something may be left out of it; then it is no ground for changing
/// the message, nor for saying what is not in it.
public final class FullStructure {
  private static final int DEPTH_MAX = 90;

  /// A longer field may have been cut off.
  private static final int FIELD_MAX = 15_000;

  /// Of messages under a transfer encoding; each is read for itself.
  private static final int ENCODED_MAX = 20;

  private FullStructure() {}

  /// Where the bytes of a message come from.
  @FunctionalInterface
  private interface Source {
    InputStream open() throws IOException;
  }

  public static boolean is(Part root) {
    return isShallow(root, 0) && StructureScanner.hadRoomFor(root);
  }

  /// The message, or what of it shows all its parts. Empty when there are too many of them.
  public static Optional<Message> view(Message message) {
    // A structure of an older program had one budget for addresses and parts.
    Message seen =
        isLong(message.structure().root())
            ? message.withoutHeaders(field -> !isOfContent(field))
            : message;
    return Optional.of(seen).filter(FullStructure::isFull);
  }

  /// Whether mail programs show a paper clip, or that cannot be ruled out.
  public static boolean mayHaveAttachment(Message message) {
    return message.structure().hasAttachment()
        || view(message).map(seen -> seen.structure().hasAttachment()).orElse(true);
  }

  /// Whether a part is meant, or that cannot be ruled out; also in messages within, and in those
  /// under a transfer encoding.
  static boolean mayHave(Message message, Predicate<Part> test) {
    return view(message)
        .map(seen ->
            seen.structure().parts().stream()
                .anyMatch(part -> test.test(part) || mayHaveWithin(seen, part, test)))
        .orElse(true);
  }

  /// The same for what is in `part` if that is a message under a transfer encoding, whose parts are
  /// not in the structure.
  public static boolean mayHaveWithin(Message seen, Part part, Predicate<Part> test) {
    if (!isEncodedMessage(part)) {
      return false;
    }
    try (InputStream in = seen.open(part)) {
      MessageStructure within = StructureScanner.scan(in);
      return !is(within.root())
          || !isKept(within, () -> seen.open(part))
          || within.parts().stream().anyMatch(each -> isEncodedMessage(each) || test.test(each));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What RFC 2046 §5.2.1 forbids, and mail programs open all the same.
  public static boolean isEncodedMessage(Part part) {
    return (part.is("message/rfc822") || part.is("message/global"))
        && part.encoding()
            .filter(encoding -> encoding.equals("base64") || encoding.equals("quoted-printable"))
            .isPresent();
  }

  private static boolean isFull(Message message) {
    MessageStructure structure = message.structure();
    try {
      return is(structure.root())
          && structure.parts().stream().filter(FullStructure::isEncodedMessage).count()
              <= ENCODED_MAX
          && isKept(structure, message::open);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isLong(Part part) {
    return part.bodyStart() - part.headerStart() >= FIELD_MAX;
  }

  /// Whether the fields about the content are short enough where a header is not; in one reading.
  private static boolean isKept(MessageStructure structure, Source message) throws IOException {
    List<Part> longOnes =
        structure.parts().stream()
            .filter(FullStructure::isLong)
            .sorted(Comparator.comparingLong(Part::headerStart))
            .toList();
    if (longOnes.isEmpty()) {
      return true;
    }
    try (InputStream in = message.open()) {
      long at = 0;
      for (Part part : longOnes) {
        int length = (int) Math.min(Headers.BYTES_MAX, part.bodyStart() - part.headerStart());
        in.skipNBytes(part.headerStart() - at);
        if (length == Headers.BYTES_MAX || !isKept(in.readNBytes(length))) {
          return false;
        }
        at = part.headerStart() + length;
      }
      return true;
    }
  }

  private static boolean isKept(byte[] header) {
    List<Headers.Placed> fields = Headers.read(header);
    return fields.size() < Headers.FIELDS_MAX
        && fields.stream()
            .allMatch(each -> !isOfContent(each.field()) || each.end() - each.start() < FIELD_MAX);
  }

  private static boolean isOfContent(HeaderField field) {
    return field.name().regionMatches(true, 0, "Content-", 0, 8);
  }

  private static boolean isShallow(Part part, int depth) {
    return depth < DEPTH_MAX
        && part.children().stream().allMatch(child -> isShallow(child, depth + 1));
  }
}
