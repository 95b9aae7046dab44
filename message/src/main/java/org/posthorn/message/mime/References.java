package org.posthorn.message.mime;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The message ids that tie a message to others (RFC 5322 §3.6.4), each with its angle brackets.
final class References {
  private static final int RELATED_MAX = 20;
  private static final int ANSWERED_MAX = 4;
  private static final int ID_MAX = 200;

  /// What is kept of References: so many ids, of so many characters together.
  private static final int KEPT_MAX = 40;

  private static final int KEPT_CHARS = 4_000;

  private References() {}

  /// Those of References in their order; of very many the first and the last.
  static List<String> of(PartBuilder message) {
    List<String> all = ids(message.value(KnownField.REFERENCES));
    if (all.isEmpty()) {
      return List.of();
    }
    int left = KEPT_CHARS - all.getFirst().length();
    int from = all.size();
    while (from > 1 && all.size() - from < KEPT_MAX - 1 && left >= all.get(from - 1).length()) {
      from--;
      left -= all.get(from).length();
    }
    List<String> kept = new ArrayList<>(all.subList(from, all.size()));
    kept.addFirst(all.getFirst());
    return List.copyOf(kept);
  }

  /// The message's own id, then what it answers, then the first of References and the others from
  /// the latest back: at most [#RELATED_MAX].
  static List<String> related(Envelope envelope, List<String> references) {
    Set<String> found = new LinkedHashSet<>(own(envelope));
    found.addAll(answered(envelope));
    if (!references.isEmpty()) {
      found.add(references.getFirst());
      for (String id : references.reversed()) {
        if (found.size() < RELATED_MAX) {
          found.add(id);
        }
      }
    }
    return List.copyOf(found);
  }

  /// Those of References, as far as they can be told from what [#related] gave: that is what was
  /// stored at first. What the message answers is taken for the end of References, where all
  /// programs put it.
  static List<String> fromRelated(Envelope envelope, List<String> related) {
    List<String> answered = answered(envelope);
    List<String> others = new ArrayList<>(related);
    others.removeAll(own(envelope));
    others.removeAll(answered);
    if (others.isEmpty()) {
      return List.of();
    }
    List<String> ordered = new ArrayList<>();
    ordered.add(others.getFirst());
    ordered.addAll(others.subList(1, others.size()).reversed());
    answered.stream().limit(1).forEach(ordered::add);
    return ordered;
  }

  private static List<String> own(Envelope envelope) {
    return ids(envelope.messageId().orElse(null)).stream().limit(1).toList();
  }

  private static List<String> answered(Envelope envelope) {
    return ids(envelope.inReplyTo().orElse(null)).stream().limit(ANSWERED_MAX).toList();
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
