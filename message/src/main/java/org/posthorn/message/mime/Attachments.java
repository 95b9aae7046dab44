package org.posthorn.message.mime;

import java.util.Optional;

/// Whether a person would see a paper clip.
final class Attachments {
  private Attachments() {}

  static boolean isIn(Part root) {
    return isIn(root, "");
  }

  private static boolean isIn(Part part, String parentSubtype) {
    if (!part.isMultipart()) {
      return isAttached(part, parentSubtype);
    }
    // The machine's half of a report (RFC 6522) and signatures are no attachments; what a signed
    // message carries is.
    for (Part child : part.children()) {
      if (isIn(child, part.subtype())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isAttached(Part part, String parentSubtype) {
    Optional<String> kind = part.disposition().map(Part.Disposition::kind);
    if (kind.filter("attachment"::equals).isPresent()) {
      return !isSignature(part);
    }
    if (isSignature(part) || parentSubtype.equals("report")) {
      return false;
    }
    if (isNamed(part)) {
      return !(parentSubtype.equals("related") && part.id().isPresent())
          && !(part.type().equals("text") && kind.filter("inline"::equals).isPresent());
    }
    return switch (part.type()) {
      case "text" -> false;
      case "message" -> true;
      default -> kind.isEmpty() && part.id().isEmpty() && !parentSubtype.equals("alternative");
    };
  }

  private static boolean isNamed(Part part) {
    return part.parameters().containsKey("name")
        || part.disposition().filter(d -> d.parameters().containsKey("filename")).isPresent();
  }

  private static boolean isSignature(Part part) {
    return part.type().equals("application")
        && switch (part.subtype()) {
          case "pgp-signature", "pkcs7-signature", "x-pkcs7-signature", "pgp-encrypted" -> true;
          default -> false;
        };
  }
}
