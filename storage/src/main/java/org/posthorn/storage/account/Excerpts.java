package org.posthorn.storage.account;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.engine.CacheFigures;

/// What was taken out of emails of all accounts a while ago and may be asked for again: dates and
/// subjects to sort by, header lines that clients show. Kept in memory within a budget; never
/// wrong, since an email never changes. Safe for use by many threads.
public final class Excerpts {
  private static final int WEIGHT_UNIT_BYTES = 64;

  private final Cache<Place, ExcerptPage> pages;
  private final long budgetBytes;
  private final AtomicLong lastAccount = new AtomicLong();
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();

  /// `account`: see [#accountNumber].
  private record Place(long account, Object kind, long page) {}

  Excerpts(long budgetBytes) {
    this.budgetBytes = budgetBytes;
    this.pages =
        Caffeine.newBuilder()
            .maximumWeight(budgetBytes / WEIGHT_UNIT_BYTES)
            .weigher((Place _, ExcerptPage page) -> page.memoryBytes() / WEIGHT_UNIT_BYTES + 1)
            .executor(Runnable::run)
            .build();
  }

  /// Names an account as long as its emails are what they are: one that is read anew, after its
  /// rows were written from a backup, gets another.
  long accountNumber() {
    return lastAccount.incrementAndGet();
  }

  Shelf shelf(long account, Object kind) {
    return new Shelf(account, kind);
  }

  /// The excerpts of one kind of an account. Whoever misses one makes it and keeps it here.
  public final class Shelf {
    private final long account;
    private final Object kind;

    private Shelf(long account, Object kind) {
      this.account = account;
      this.kind = kind;
    }

    /// The page of a number, with nothing on it when it is not in memory.
    public ExcerptPage find(long page) {
      @Nullable ExcerptPage found = pages.getIfPresent(new Place(account, kind, page));
      if (found == null) {
        misses.increment();
        return ExcerptPage.empty(page);
      }
      hits.increment();
      return found;
    }

    /// When two keep the same page at a time, what one of them knew is made again.
    public void keep(ExcerptPage page) {
      pages.put(new Place(account, kind, page.number()), page);
    }
  }

  void clear() {
    pages.invalidateAll();
  }

  CacheFigures figures() {
    long units =
        pages.policy().eviction().map(eviction -> eviction.weightedSize().orElse(0)).orElse(0L);
    return new CacheFigures(
        "excerpts", units * WEIGHT_UNIT_BYTES, budgetBytes, hits.sum(), misses.sum());
  }
}
