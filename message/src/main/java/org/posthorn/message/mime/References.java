package org.posthorn.message.mime;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The message ids that tie a message to its thread (RFC 5322 §3.6.4).
final class References {
  private static final int IDS_MAX = 20;
  private static final int ID_MAX = 200;

  private References() {}

  /// The message's own id, then what it answers, then the first and the latest of References, the
  /// latest first: each with its angle brackets, at most [#IDS_MAX].
  static List<String> of(PartBuilder message) {
    Set<String> found = new LinkedHashSet<>();
    found.addAll(ids(message.value(KnownField.MESSAGE_ID)).stream().limit(1).toList());
    found.addAll(ids(message.value(KnownField.IN_REPLY_TO)).stream().limit(4).toList());
    List<String> references = ids(message.value(KnownField.REFERENCES));
    if (!references.isEmpty()) {
      found.add(references.getFirst());
      for (String id : references.reversed()) {
        if (found.size() < IDS_MAX) {
          found.add(id);
        }
      }
    }
    return List.copyOf(found);
  }

  /// Everything in angle brackets that has no space and is not overlong.
  private static List<String> ids(@Nullable String text) {
    List<String> found = new ArrayList<>();
    int open = text == null ? -1 : text.indexOf('<');
    while (text != null && open >= 0) {
      int close = text.indexOf('>', open);
      if (close < 0) {
        break;
      }
      int start = text.lastIndexOf('<', close);
      String id = text.substring(start, close + 1);
      if (id.length() > 2 && id.length() <= ID_MAX && id.indexOf(' ') < 0) {
        found.add(id);
      }
      open = text.indexOf('<', close);
    }
    return found;
  }
}
