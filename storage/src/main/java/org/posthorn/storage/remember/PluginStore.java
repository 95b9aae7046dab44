package org.posthorn.storage.remember;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.PartitionOwner;

/// What one plugin keeps: values by key in the order of the keys' bytes, changed several at once,
/// durable when a change returns. Reads go to the engine; changes that wait at the same time share
/// a commit. Safe for use by many threads.
public final class PluginStore {
  private static final int PAGE_ROWS = 500;

  private final Engine engine;
  private final Partition partition;
  private final InstantSource clock;
  private final PartitionOwner<Layer, StoreDraft> owner;

  /// The id of the thread that runs an edit; 0: nobody does.
  private volatile long editing;

  PluginStore(Engine engine, Partition partition, InstantSource clock) {
    this.engine = engine;
    this.partition = partition;
    this.clock = clock;
    this.owner = new PartitionOwner<>(engine, partition, new StoreKeeper(engine, partition, clock));
  }

  public Optional<String> find(String key) {
    return key.isEmpty()
        ? Optional.empty()
        : engine
            .get(partition, utf8(key))
            .flatMap(row -> StoredValue.read(row).at(clock.instant()));
  }

  /// Calls `each` for at most `limit` values whose keys begin with `prefix` and come after `after`.
  public void list(
      String prefix, Optional<String> after, int limit, BiConsumer<String, String> each) {
    Instant now = clock.instant();
    int left = limit;
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page =
          engine.scan(
              partition,
              begin(prefix, after),
              end(prefix),
              Math.min(left, PAGE_ROWS),
              false,
              resume);
      for (Page.Row row : page.rows()) {
        Optional<String> value = StoredValue.read(row.value()).at(now);
        if (value.isPresent() && left > 0) {
          each.accept(new String(row.key(), StandardCharsets.UTF_8), value.get());
          left--;
        }
      }
      resume = page.resume();
    } while (resume.isPresent() && left > 0);
  }

  /// Makes a change as a whole; `edit` may run more than once, and on another caller's thread.
  /// Throws `IllegalStateException` within a change of this store.
  public <R> R change(Function<StoreDraft, R> edit) {
    if (editing == Thread.currentThread().threadId()) {
      throw new IllegalStateException(
          "A change within a change of the same store: use the draft that you were given");
    }
    return owner.change(draft -> {
      editing = Thread.currentThread().threadId();
      try {
        return edit.apply(draft);
      } finally {
        editing = 0;
      }
    });
  }

  /// Removes what is over. Returns how many values there were.
  int sweep() {
    int gone = 0;
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page = engine.scan(partition, new byte[0], new byte[0], PAGE_ROWS, false, resume);
      Instant now = clock.instant();
      List<String> over = new ArrayList<>();
      for (Page.Row row : page.rows()) {
        if (StoredValue.read(row.value()).isOver(now)) {
          over.add(new String(row.key(), StandardCharsets.UTF_8));
        }
      }
      if (!over.isEmpty()) {
        gone += change(draft -> draft.forget(over));
      }
      resume = page.resume();
    } while (resume.isPresent());
    return gone;
  }

  /// The first key behind `after`: the same with a NUL.
  private static byte[] begin(String prefix, Optional<String> after) {
    byte[] first = utf8(prefix);
    byte[] next = after.map(key -> utf8(key + '\0')).orElse(first);
    return Arrays.compareUnsigned(first, next) > 0 ? first : next;
  }

  /// UTF-8 has no byte of all ones.
  private static byte[] end(String prefix) {
    byte[] first = utf8(prefix);
    byte[] end = Arrays.copyOf(first, first.length + 1);
    end[first.length] = (byte) 0xFF;
    return end;
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
