package org.posthorn.mailets.content;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// What the first bytes of a file say that it is: what a mail program calls it counts for nothing.
enum FileForm {
  /// Of a form that the program for the text of documents may know.
  DOCUMENT,
  TEXT,
  /// A message, whose own attachments nobody here looks into.
  MAIL,
  /// An archive, or something encrypted, that nobody here looks into.
  SEALED,
  /// Pictures, sounds, programs.
  OTHER;

  static final int HEAD_BYTES = 4096;

  /// Enough for all but mail, which has a header.
  private static final int FORM_BYTES = 1024;

  private static final List<String> DOCUMENTS =
      List.of("PK\003\004", "{\\rtf", "\u00D0\u00CF\021\u00E0\u00A1\u00B1\032\u00E1");

  private static final List<String> SEALS =
      List.of(
          "PK\007\010", // The first of several files that are one archive.
          "7z\u00BC\u00AF\047\034",
          "Rar!\032\007",
          "\037\u008B", // gzip
          "\037\u009D", // compress
          "BZh",
          "\u00FD7zXZ\000",
          "(\u00B5/\u00FD", // zstd
          "MSCF",
          "x\u009F>\042", // winmail.dat
          "-----BEGIN PGP MESSAGE-----",
          "age-encryption.org/",
          "Salted__");

  private static final int TAR_AT = 257;

  /// Two of them make a message of what has nothing but fields at its beginning.
  private static final Set<String> FIELDS =
      Set.of(
          "content-type",
          "date",
          "dkim-signature",
          "from",
          "message-id",
          "mime-version",
          "received",
          "return-path",
          "subject",
          "to");

  static FileForm of(byte[] head) {
    String first = first(head, FORM_BYTES);
    if (startsWith(first, DOCUMENTS) || first.contains("%PDF-")) {
      return DOCUMENT;
    } else if (startsWith(first, SEALS) || first.startsWith("ustar", TAR_AT)) {
      return SEALED;
    }
    if (isMail(first(head, HEAD_BYTES))) {
      return MAIL;
    }
    boolean wide = first.startsWith("\u00FE\u00FF") || first.startsWith("\u00FF\u00FE");
    return wide || first.indexOf('\0') < 0 ? TEXT : OTHER;
  }

  private static String first(byte[] head, int max) {
    return new String(head, 0, Math.min(max, head.length), StandardCharsets.ISO_8859_1);
  }

  private static boolean isMail(String first) {
    int known = 0;
    // What is behind the last line break may be half a field.
    for (String line : first.substring(0, first.lastIndexOf('\n') + 1).lines().toList()) {
      int colon = line.indexOf(':');
      if (line.isEmpty()) {
        break;
      } else if (line.startsWith(" ") || line.startsWith("\t")) {
        continue;
      } else if (colon < 0 || line.lastIndexOf(' ', colon) >= 0) {
        return false;
      }
      known += FIELDS.contains(line.substring(0, colon).toLowerCase(Locale.ROOT)) ? 1 : 0;
    }
    return known >= 2;
  }

  private static boolean startsWith(String first, List<String> magics) {
    return magics.stream().anyMatch(first::startsWith);
  }
}
