package org.posthorn.storage.content;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.ContentId;

/// Which contents came in a short while ago, by the SHA-256 of their bytes: so that the same
/// message to a thousand recipients, sent a thousand times, is kept once. Safe for use by many
/// threads.
///
/// A content is found again for at most half the time for which nothing is collected that came in.
/// So whoever is given the id of an older content has still that half to name it in a row: that is
/// as good as with a new one. A round of collection that waits for less says so ([#collecting]).
final class RecentContents {
  private final ConcurrentMap<String, Recent> bySha256;
  private final InstantSource clock;
  private final int entries;
  private final Duration foundFor;
  private volatile long notBeforeMillis = Long.MIN_VALUE;

  /// `given`: how often, to whoever has not said that it is of no use to them; the last time at
  /// `givenMillis`.
  private record Recent(
      ContentId id, long sizeBytes, long receivedMillis, long given, long givenMillis) {
    Recent givenAgain(long now) {
      return new Recent(id, sizeBytes, receivedMillis, given + 1, now);
    }

    Recent givenBack() {
      return new Recent(id, sizeBytes, receivedMillis, given - 1, givenMillis);
    }
  }

  /// At most so many `entries` (about 300 bytes each; 0: none), each found for so long.
  RecentContents(int entries, Duration foundFor, InstantSource clock) {
    this.entries = entries;
    this.foundFor = foundFor;
    this.clock = clock;
    // Its table is made at once: what goes in is written while its part of it is locked.
    Cache<String, Recent> cache =
        Caffeine.newBuilder()
            .initialCapacity(entries)
            .maximumSize(entries)
            .executor(Runnable::run)
            .build();
    this.bySha256 = cache.asMap();
  }

  /// The content with these bytes that came in a short while ago, if `isThere` says that it is
  /// there; otherwise the one that `keep` makes. Of many at the same time one makes it.
  ContentId oneOf(
      String sha256, long sizeBytes, Predicate<ContentId> isThere, Supplier<ContentId> keep) {
    if (entries == 0) {
      return keep.get();
    }
    long now = clock.millis();
    Recent one =
        bySha256.compute(
            sha256,
            (_, known) ->
                known != null
                        && known.sizeBytes == sizeBytes
                        && known.receivedMillis <= now
                        && known.receivedMillis >= notBeforeMillis
                        && now - known.receivedMillis < foundFor.toMillis()
                        && isThere.test(known.id)
                    ? known.givenAgain(now)
                    : new Recent(keep.get(), sizeBytes, now, 1, now));
    return one.id;
  }

  /// Until [#collected] no content is found again that came in before `olderThan`, since it may be
  /// freed; `needs` hears of those that were given to somebody since then.
  void collecting(Instant olderThan, Consumer<ContentId> needs) {
    long millis = olderThan.toEpochMilli();
    notBeforeMillis = millis;
    for (String sha256 : bySha256.keySet()) {
      // Alone with it: who is giving it to somebody is done, or sees what was just set.
      bySha256.computeIfPresent(
          sha256,
          (_, known) -> {
            if (known.receivedMillis < millis && known.givenMillis >= millis) {
              needs.accept(known.id);
            }
            return known;
          });
    }
  }

  void collected() {
    notBeforeMillis = Long.MIN_VALUE;
  }

  /// One whom it was given to has no use for this content. If nobody else has, runs `delete` and
  /// sees to it that nobody is given it meanwhile; if that says that it is gone, it is forgotten.
  /// What is forgotten already may have been given to others before.
  void givenBack(ContentId id, BooleanSupplier delete) {
    bySha256.forEach((sha256, one) -> {
      if (one.id.equals(id)) {
        bySha256.computeIfPresent(
            sha256, (_, known) -> known.id.equals(id) ? withoutOne(known, delete) : known);
      }
    });
  }

  /// Null when it is gone.
  private static @Nullable Recent withoutOne(Recent known, BooleanSupplier delete) {
    if (known.given > 1) {
      return known.givenBack();
    }
    return delete.getAsBoolean() ? null : known;
  }
}
