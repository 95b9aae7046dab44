package org.posthorn.storage.search;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.posthorn.message.mime.Part;
import org.posthorn.storage.extract.Document;

/// Which parts of an email are documents whose text is read: what their type or the ending of their
/// name says so. Many mail programs send every attachment as `application/octet-stream`, so what
/// has no telling name is looked at too. Whether it is a document in truth, its bytes tell later.
final class DocumentPart {
  private static final int HEAD_BYTES = 1024;
  private static final Set<String> ENDINGS =
      Set.of(
          "pdf", "doc", "docx", "docm", "dot", "dotx", "xls", "xlsx", "xlsm", "xlt", "xltx", "ppt",
          "pptx", "pptm", "pps", "ppsx", "odt", "ott", "ods", "ots", "odp", "otp", "odg", "rtf");
  private static final List<String> TYPES =
      List.of(
          "pdf",
          "x-pdf",
          "msword",
          "rtf",
          "x-rtf",
          "excel",
          "x-excel",
          "x-msexcel",
          "powerpoint",
          "mspowerpoint",
          "vnd.ms-excel",
          "vnd.ms-word",
          "vnd.ms-powerpoint",
          "vnd.openxmlformats-officedocument.",
          "vnd.oasis.opendocument.");
  private static final Set<String> ANYTHING =
      Set.of("octet-stream", "x-download", "download", "force-download", "binary", "unknown");

  private DocumentPart() {}

  static boolean is(Part part) {
    if (part.isMultipart() || part.isMessage() || part.bodyBytes() == 0) {
      return false;
    }
    return switch (part.type()) {
      case "text" -> part.subtype().equals("rtf");
      case "application" -> hasEnding(part) || hasType(part) || saysNothing(part);
      default -> hasEnding(part);
    };
  }

  private static boolean hasType(Part part) {
    return TYPES.stream().anyMatch(type -> part.subtype().startsWith(type));
  }

  private static boolean saysNothing(Part part) {
    return ANYTHING.contains(part.subtype()) && ending(part).isEmpty();
  }

  /// Whether its first bytes are those of a document. The program that reads it looks again: this
  /// saves starting it for nothing.
  static boolean hasMagic(Document document) throws IOException {
    try (InputStream bytes = document.open()) {
      var head = new String(bytes.readNBytes(HEAD_BYTES), StandardCharsets.ISO_8859_1);
      return head.startsWith("PK\003\004")
          || head.startsWith("{\\rtf")
          || head.startsWith("\u00D0\u00CF\021\u00E0")
          || head.contains("%PDF-");
    }
  }

  private static boolean hasEnding(Part part) {
    return ENDINGS.contains(ending(part));
  }

  /// Of the attachment's name; empty when it has none.
  private static String ending(Part part) {
    String file =
        part.disposition().map(d -> d.parameters().getOrDefault("filename", "")).orElse("");
    String name = file.isEmpty() ? part.parameters().getOrDefault("name", "") : file;
    String end = name.substring(name.lastIndexOf('.') + 1);
    return end.length() < name.length() ? end.strip().toLowerCase(Locale.ROOT) : "";
  }
}
