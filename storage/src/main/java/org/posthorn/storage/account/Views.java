package org.posthorn.storage.account;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.posthorn.storage.engine.CacheFigures;

/// Knows which mailboxes of all accounts are in memory and what they weigh, and has those dropped
/// that nobody asked for longest when they weigh too much together. One that is dropped while it is
/// in use stays valid for its users. Safe for use by many threads.
final class Views {
  private static final int WEIGHT_UNIT_BYTES = 64;
  private final Cache<Place, Spine> weighed;
  private final long budgetBytes;
  private final Consumer<Place> drop;
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();

  record Place(AccountId account, int mailbox) {}

  Views(long budgetBytes, Consumer<Place> drop) {
    this.budgetBytes = budgetBytes;
    this.drop = drop;
    this.weighed =
        Caffeine.newBuilder()
            .maximumWeight(budgetBytes / WEIGHT_UNIT_BYTES)
            .weigher((Place _, Spine spine) -> (int) (spine.memoryBytes() / WEIGHT_UNIT_BYTES) + 1)
            .executor(Runnable::run)
            .removalListener((place, _, cause) -> {
              if (place != null && cause.wasEvicted()) {
                drop.accept(place);
              }
            })
            .build();
  }

  /// A mailbox is in memory, or other than it was.
  void kept(Place place, Spine spine) {
    weighed.put(place, spine);
  }

  /// Somebody looks at a mailbox that is in memory.
  void used(Place place) {
    var _ = weighed.getIfPresent(place);
    hits.increment();
  }

  /// Somebody looks at a mailbox that is to be read.
  void missed() {
    misses.increment();
  }

  /// Has all of them dropped.
  void clear() {
    List.copyOf(weighed.asMap().keySet()).forEach(drop);
    weighed.invalidateAll();
  }

  CacheFigures figures() {
    long units =
        weighed.policy().eviction().map(eviction -> eviction.weightedSize().orElse(0)).orElse(0L);
    return new CacheFigures(
        "views", units * WEIGHT_UNIT_BYTES, budgetBytes, hits.sum(), misses.sum());
  }
}
