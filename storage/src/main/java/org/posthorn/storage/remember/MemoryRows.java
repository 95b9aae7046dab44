package org.posthorn.storage.remember;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// The rows of the memories, in a partition of their own: the key is name, NUL, key; the value the
/// form (1), the milliseconds until which it counts, and the text. Safe for use by many threads;
/// written by one at a time.
record MemoryRows(Engine engine) {
  private static final Partition PARTITION = new Partition(Partition.Kind.SYSTEM, "memories");
  private static final int FORM = 1;
  private static final int PAGE_ROWS = 1_000;
  private static final int TRIES = 5;
  private static final byte[] OPEN = {};

  Memories.Kept read(Memories.Key key) {
    return engine
        .get(PARTITION, keyOf(key))
        .map(MemoryRows::kept)
        .orElseGet(() -> new Memories.Kept(Optional.empty(), Instant.MIN));
  }

  void write(Map<Memories.Key, Memories.Kept> changed) {
    var batch = new Batch();
    changed.forEach((key, kept) -> {
      if (kept.value().isPresent()) {
        batch.put(keyOf(key), valueOf(kept.value().get(), kept.until()));
      } else {
        batch.delete(keyOf(key));
      }
    });
    batch.split(engine.limits()).forEach(this::commit);
  }

  /// What one keeper has that is not over by then.
  void forEach(String name, Instant now, BiConsumer<String, String> action) {
    byte[] from = (name + '\0').getBytes(StandardCharsets.UTF_8);
    byte[] to = (name + '\1').getBytes(StandardCharsets.UTF_8);
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page = engine.scan(PARTITION, from, to, PAGE_ROWS, false, resume);
      for (Page.Row row : page.rows()) {
        String key =
            new String(
                row.key(), from.length, row.key().length - from.length, StandardCharsets.UTF_8);
        kept(row.value()).at(now).ifPresent(value -> action.accept(key, value));
      }
      resume = page.resume();
    } while (resume.isPresent());
  }

  /// Removes what is over by then; how many there were.
  int sweep(Instant now) {
    int gone = 0;
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page = engine.scan(PARTITION, OPEN, OPEN, PAGE_ROWS, false, resume);
      List<byte[]> over = new ArrayList<>();
      for (Page.Row row : page.rows()) {
        if (!now.isBefore(kept(row.value()).until())) {
          over.add(row.key());
        }
      }
      var batch = new Batch();
      over.forEach(batch::delete);
      batch.split(engine.limits()).forEach(this::commit);
      gone += over.size();
      resume = page.resume();
    } while (resume.isPresent());
    return gone;
  }

  /// Another node may write here too: values by the same key are of equal worth, so the last one
  /// stays.
  private void commit(Batch part) {
    for (int i = 0; i < TRIES; i++) {
      long version = engine.head(PARTITION).version();
      if (engine.commit(PARTITION, version, CommitId.random(), part) instanceof Result.Applied) {
        return;
      }
    }
    throw new StorageUnavailable("The memories are written by too many at once");
  }

  private static byte[] keyOf(Memories.Key key) {
    return (key.name() + '\0' + key.key()).getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] valueOf(String value, Instant until) {
    return new RowWriter(16 + value.length())
        .raw(FORM)
        .number(until.toEpochMilli())
        .text(value)
        .toBytes();
  }

  private static Memories.Kept kept(byte[] row) {
    var in = new RowReader(row);
    in.form(FORM);
    Instant until = Instant.ofEpochMilli(in.number());
    return new Memories.Kept(Optional.of(in.text()), until);
  }
}
