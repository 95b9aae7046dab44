package org.posthorn.imap.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.message.mime.MessageStructure;

/// The ids that make threads, as far as the structure of a message has them: spelled in one way,
/// however they were quoted (RFC 5256 §3, REFERENCES).
final class MessageIds {
  private static final int ANSWERED_MAX = 4;

  private MessageIds() {}

  /// That of the message itself.
  static Optional<String> own(MessageStructure structure) {
    return structure.envelope().messageId().flatMap(text -> in(text, 1).stream().findFirst());
  }

  /// Whom a message answers, the oldest first: those of References, or else the first of
  /// In-Reply-To. The structure has those of References without the ones that stand elsewhere, its
  /// first before its others, which go from the latest back: so what In-Reply-To names is taken for
  /// the end of References, where all programs put it.
  static List<String> ancestors(MessageStructure structure) {
    List<String> answered =
        structure.envelope().inReplyTo().map(text -> in(text, ANSWERED_MAX)).orElse(List.of());
    List<String> others = new ArrayList<>();
    String own = own(structure).orElse("");
    for (String reference : structure.references()) {
      String id = normalized(reference);
      if (!id.equals(own) && !answered.contains(id)) {
        others.add(id);
      }
    }
    if (others.isEmpty()) {
      return answered.isEmpty() ? List.of() : List.of(answered.getFirst());
    }
    List<String> ancestors = new ArrayList<>(others.size() + 1);
    ancestors.add(others.getFirst());
    ancestors.addAll(others.subList(1, others.size()).reversed());
    if (!answered.isEmpty()) {
      ancestors.add(answered.getFirst());
    }
    return ancestors;
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
