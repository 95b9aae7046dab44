package org.posthorn.storage.remember;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.PartitionOwner;

/// What one plugin keeps: values by key in the order of the keys' bytes, changed several at once,
/// durable when a change returns. Reads go to the engine; changes that wait at the same time share
/// a commit. Safe for use by many threads.
public final class PluginStore {
  private static final int PAGE_ROWS = 500;
  private static final Duration CHANGE_MAX = Duration.ofSeconds(10);

  private final Engine engine;
  private final Partition partition;
  private final InstantSource clock;
  private final PartitionOwner<Layer, StoreDraft> owner;

  private final Duration changeMax;

  /// Bound on a thread that runs an edit.
  private final ScopedValue<Boolean> editing = ScopedValue.newInstance();

  PluginStore(Engine engine, Partition partition, InstantSource clock) {
    this(engine, partition, clock, CHANGE_MAX);
  }

  /// With another limit of the time that an edit may take.
  PluginStore(Engine engine, Partition partition, InstantSource clock, Duration changeMax) {
    this.changeMax = changeMax;
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

  /// Makes a change as a whole; `edit` may run more than once, on this thread. Throws
  /// `IllegalStateException` within a change of this store, and when an edit takes longer than 10
  /// seconds.
  public <R> R change(Function<StoreDraft, R> edit) {
    if (editing.isBound()) {
      throw new IllegalStateException(
          "A change within a change of the same store: use the draft that you were given");
    }
    Function<StoreDraft, R> marked =
        draft -> ScopedValue.where(editing, true).call(() -> edit.apply(draft));
    return new OwnThreadEdit<>(marked, changeMax).made(owner::change);
  }

  /// Does something while no change is made.
  <R> R alone(Supplier<R> action) {
    return owner.change(_ -> action.get());
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
