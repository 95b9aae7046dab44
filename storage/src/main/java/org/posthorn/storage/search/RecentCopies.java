package org.posthorn.storage.search;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.posthorn.message.ContentId;

/// The contents of which copies came to the index lately, each for one circle of accounts that
/// share. It goes with the writer that the copies were given to: what was not committed may be gone
/// with that one, and no email may ever refer to words that are not there. Used by one thread.
final class RecentCopies {
  /// Of a content that is forgotten the next copies are indexed as the first ones were.
  private static final int CONTENTS_MAX = 20_000;

  private final Map<Key, Copies> recent =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Copies> eldest) {
          return size() > CONTENTS_MAX;
        }
      };

  private record Key(int circle, String content) {}

  /// How many copies have the words for themselves; and the number of those that are shared, with
  /// the kinds of emails that have them.
  static final class Copies {
    private static final int NONE = -1;

    int own;
    private int number = NONE;
    private List<String> kinds = List.of();

    boolean isShared() {
      return number != NONE;
    }

    void share(int as, List<String> ofKinds) {
      number = as;
      kinds = List.copyOf(ofKinds);
    }

    int number() {
      return number;
    }

    List<String> kinds() {
      return kinds;
    }
  }

  Copies of(int circle, ContentId content) {
    return recent.computeIfAbsent(new Key(circle, content.place()), _ -> new Copies());
  }

  void forgetShared(IntPredicate gone) {
    recent.values().removeIf(copies -> copies.isShared() && gone.test(copies.number));
  }
}
