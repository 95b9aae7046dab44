package org.posthorn.storage.account;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.function.Consumer;

/// Knows which mailboxes of all accounts are in memory and what they weigh, and has those dropped
/// that nobody asked for longest when they weigh too much together. One that is dropped while it is
/// in use stays valid for its users. Safe for use by many threads.
final class Views {
  private static final int WEIGHT_UNIT_BYTES = 64;
  private final Cache<Place, Spine> weighed;

  record Place(AccountId account, int mailbox) {}

  Views(long budgetBytes, Consumer<Place> drop) {
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

  /// Somebody looks at a mailbox.
  void used(Place place) {
    var _ = weighed.getIfPresent(place);
  }
}
