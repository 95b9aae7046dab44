package org.posthorn.storage.content;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.posthorn.storage.content.CollectionRound.Rules;

/// What the last look through a segment found, for those in which only rows can change that: nobody
/// writes to them any more, and nothing in them is too young to tell. As long as rows name the same
/// contents in such a segment, the same ones are dead, and a round need not read it. In memory
/// only: the first round after a start looks through all.
///
/// Whether they are the same is told from one sum over all names. It is another one when a content
/// is named once more or once less, so at worst a segment is read for nothing. A content that was
/// kept by chance in that look stays until something else in its segment changes; a segment that
/// was just written anew is looked through again. Used by the round that is under way.
final class KnownSegments {
  private final Map<Integer, Known> all = new ConcurrentHashMap<>();

  private record Known(long names, Reclaimed found) {}

  /// Which contents rows name in each segment. Safe for use by many threads.
  static final class Names {
    /// The same in all rounds; nobody can choose contents whose numbers cancel out.
    private static final long SALT = ThreadLocalRandom.current().nextLong();

    private final Map<Integer, Long> sums = new ConcurrentHashMap<>();
    private final Set<Integer> open = ConcurrentHashMap.newKeySet();

    void add(Place place) {
      if (place instanceof Place.InSegment inSegment) {
        sums.merge(inSegment.segment(), mix(inSegment.code() ^ SALT), Long::sum);
      }
    }

    /// A row that names it may come, or not: nothing is learned of its segment in this round.
    void mayCome(Place place) {
      if (place instanceof Place.InSegment inSegment) {
        open.add(inSegment.segment());
      }
    }

    private long of(int segment) {
      return sums.getOrDefault(segment, 0L);
    }

    /// Steele and Vigna's finisher: each bit of the answer depends on all bits.
    private static long mix(long value) {
      long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
      z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
      return z ^ (z >>> 31);
    }
  }

  /// What a look would find, when that is known and not worth freeing.
  Optional<Reclaimed> unchanged(int segment, Names names, Rules rules) {
    Known known = all.get(segment);
    return known == null
            || known.names() != names.of(segment)
            || SegmentCensus.isWorthFreeing(known.found(), rules)
        ? Optional.empty()
        : Optional.of(known.found());
  }

  void learn(int segment, Names names, Reclaimed found) {
    long sum = names.of(segment);
    // With no name at all, what is kept there is kept by chance.
    if (sum == 0 || names.open.contains(segment)) {
      all.remove(segment);
    } else {
      all.put(segment, new Known(sum, found));
    }
  }

  void forget(int segment) {
    all.remove(segment);
  }

  /// Forgets all others.
  void retain(Collection<Integer> segments) {
    all.keySet().retainAll(Set.copyOf(segments));
  }
}
