package org.posthorn.imap.command;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.posthorn.message.CharsetNames;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.Headers;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.TransferDecoding;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;

/// Looks for text in the bytes of messages, decoded: transfer encodings, charsets and encoded words
/// are taken off first (RFC 3501 §6.4.4). Base64 that is no text is not looked at. Bounded memory,
/// whatever the size. Used by one thread.
final class TextSearch {
  /// More of a header is searched as it stands.
  private static final int HEADER_MAX_BYTES = 256 * 1024;

  private final Account account;

  TextSearch(Account account) {
    this.account = account;
  }

  /// In the message's header.
  boolean isInHeader(Email email, Needle needle) throws IOException {
    return isInHeaderOf(email, email.structure().root(), needle);
  }

  /// In the text of the body and in the headers of messages within.
  boolean isInBody(Email email, Needle needle) throws IOException {
    return isInPart(email, email.structure().root(), needle);
  }

  /// In a field of the message's header; with an empty text, whether there is such a field.
  boolean isInField(Email email, String field, Needle needle) throws IOException {
    Part root = email.structure().root();
    try (InputStream header = open(email, root.headerStart(), root.bodyStart());
        var fields = new HeaderFields(header, List.of(field), false)) {
      return isIn(Headers.read(fields.readNBytes(HEADER_MAX_BYTES)), needle, false);
    }
  }

  private boolean isInPart(Email email, Part part, Needle needle) throws IOException {
    if (part.isMessage()) {
      Part message = part.children().getFirst();
      return isInHeaderOf(email, message, needle) || isInPart(email, message, needle);
    }
    if (part.isMultipart()) {
      for (Part child : part.children()) {
        if (isInPart(email, child, needle)) {
          return true;
        }
      }
      return false;
    }
    return isText(part) && isInText(email, part, needle);
  }

  private boolean isInText(Email email, Part part, Needle needle) throws IOException {
    Charset charset =
        CharsetNames.find(part.parameters().getOrDefault("charset", ""))
            .orElse(StandardCharsets.UTF_8);
    try (InputStream body = open(email, part.bodyStart(), part.bodyEnd())) {
      return needle.isIn(TransferDecoding.decoded(body, part.encoding().orElse("7bit")), charset);
    }
  }

  private boolean isInHeaderOf(Email email, Part message, Needle needle) throws IOException {
    try (InputStream header = open(email, message.headerStart(), message.bodyStart())) {
      byte[] bytes = header.readNBytes(HEADER_MAX_BYTES);
      return isIn(Headers.read(bytes), needle, true)
          || (bytes.length == HEADER_MAX_BYTES && needle.isIn(header, StandardCharsets.UTF_8));
    }
  }

  private static boolean isIn(List<Headers.Placed> fields, Needle needle, boolean alsoNames) {
    for (Headers.Placed placed : fields) {
      String value = EncodedWord.decode(placed.field().value());
      if (needle.isIn(alsoNames ? placed.field().name() + ": " + value : value)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isText(Part part) {
    boolean base64 = part.encoding().map(name -> name.equalsIgnoreCase("base64")).orElse(false);
    return part.type().equals("text") || part.type().equals("message") || !base64;
  }

  private InputStream open(Email email, long from, long to) {
    return from >= to ? InputStream.nullInputStream() : account.open(email, from, to - from);
  }
}
