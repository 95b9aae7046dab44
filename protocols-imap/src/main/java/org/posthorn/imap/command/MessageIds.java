package org.posthorn.imap.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.message.mime.MessageStructure;

/// The ids that make threads, as far as the structure of a message has them: spelled in one way,
/// however they were quoted (RFC 5256 §3, REFERENCES).
final class MessageIds {
  private MessageIds() {}

  /// That of the message itself.
  static Optional<String> own(MessageStructure structure) {
    return structure.envelope().messageId().flatMap(text -> in(text, 1).stream().findFirst());
  }

  /// Whom a message answers, the oldest first: those of References, or else the first of
  /// In-Reply-To.
  static List<String> ancestors(MessageStructure structure) {
    if (!structure.references().isEmpty()) {
      return structure.references().stream().map(MessageIds::normalized).toList();
    }
    return structure.envelope().inReplyTo().map(text -> in(text, 1)).orElse(List.of());
  }

  /// The first ids in a field: all that stands in angle brackets and has no space.
  private static List<String> in(String text, int max) {
    List<String> found = new ArrayList<>(1);
    int open = text.indexOf('<');
    while (open >= 0 && found.size() < max) {
      int close = text.indexOf('>', open);
      if (close < 0) {
        break;
      }
      String id = text.substring(text.lastIndexOf('<', close), close + 1);
      if (id.length() > 2 && id.indexOf(' ') < 0) {
        found.add(normalized(id));
      }
      open = text.indexOf('<', close);
    }
    return found;
  }

  /// Without quotes and what they escape.
  private static String normalized(String id) {
    if (id.indexOf('"') < 0 && id.indexOf('\\') < 0) {
      return id;
    }
    var plain = new StringBuilder(id.length());
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      if (c == '\\' && i + 1 < id.length()) {
        plain.append(id.charAt(++i));
      } else if (c != '"') {
        plain.append(c);
      }
    }
    return plain.toString();
  }
}
