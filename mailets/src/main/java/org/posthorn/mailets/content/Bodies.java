package org.posthorn.mailets.content;

import java.util.ArrayList;
import java.util.List;
import org.posthorn.message.mime.Part;

/// Finds the parts of a message that a person reads as its text, and those that say hands off.
public final class Bodies {
  private static final int HEADER_MAX_BYTES = 256 << 10;

  private Bodies() {}

  /// The text parts that make up the body, plain and HTML: not those of attachments or of messages
  /// inside.
  static List<Part> in(Part root) {
    List<Part> found = new ArrayList<>();
    collect(root, found);
    return found;
  }

  private static void collect(Part part, List<Part> found) {
    if (!part.isMultipart()) {
      if (isText(part)) {
        found.add(part);
      }
    } else if (part.subtype().equals("alternative")) {
      part.children().forEach(child -> collect(child, found));
    } else if (!part.subtype().equals("report")) {
      // What comes first is the body; the rest is attached to it.
      part.children().stream().limit(1).forEach(child -> collect(child, found));
    }
  }

  private static boolean isText(Part part) {
    return part.type().equals("text")
        && (part.subtype().equals("plain") || part.subtype().equals("html"))
        && part.disposition().filter(d -> d.kind().equals("attachment")).isEmpty();
  }

  /// Whether a change would break a signature, or cannot be made because the text is encrypted.
  public static boolean isSealed(Part part) {
    return isSeal(part)
        || (part.isMultipart() && part.children().stream().anyMatch(Bodies::isSealed));
  }

  private static boolean isSeal(Part part) {
    return switch (part.type() + "/" + part.subtype()) {
      case "multipart/signed",
          "multipart/encrypted",
          "application/pkcs7-mime",
          "application/x-pkcs7-mime",
          "application/pkcs7-signature",
          "application/x-pkcs7-signature",
          "application/pgp-encrypted",
          "application/pgp-signature",
          "application/pgp" ->
          true;
      default -> false;
    };
  }

  /// Whether the transfer encoding is one that can be taken off and put on again, and the header
  /// one that can be held in memory.
  static boolean isReadable(Part part) {
    if (part.bodyStart() - part.headerStart() > HEADER_MAX_BYTES) {
      return false;
    }
    return isKnownEncoding(part);
  }

  static boolean isKnownEncoding(Part part) {
    return switch (part.encoding().orElse("7bit")) {
      case "7bit", "8bit", "binary", "base64", "quoted-printable" -> true;
      default -> false;
    };
  }
}
