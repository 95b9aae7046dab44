package org.posthorn.storage.collect;

import java.time.Duration;
import java.time.Instant;
import org.posthorn.storage.content.Reclaimed;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// A round of collection that came to its end: when it began, how long it took, how many times a
/// row named a content, and what it found and freed.
public record PastRound(Instant began, Duration took, long named, Reclaimed reclaimed) {
  /// From form 2 on with the files that were skipped, from 3 on with the contents that are young.
  private static final int FORM = 3;

  byte[] encode() {
    return new RowWriter(64)
        .raw(FORM)
        .signed(began.toEpochMilli())
        .number(took.toMillis())
        .number(named)
        .number(reclaimed.keptContents())
        .number(reclaimed.keptBytes())
        .number(reclaimed.deadContents())
        .number(reclaimed.deadBytes())
        .number(reclaimed.freedContents())
        .number(reclaimed.freedBytes())
        .number(reclaimed.failures())
        .number(reclaimed.skippedFiles())
        .number(reclaimed.youngContents())
        .number(reclaimed.youngBytes())
        .number(reclaimed.youngestMillis())
        .toBytes();
  }

  static PastRound decode(byte[] value) {
    var row = new RowReader(value);
    int form = row.form(FORM);
    return new PastRound(
        Instant.ofEpochMilli(row.signed()),
        Duration.ofMillis(row.number()),
        row.number(),
        new Reclaimed(
            row.number(),
            row.number(),
            row.number(),
            row.number(),
            row.number(),
            row.number(),
            row.number(),
            form < 2 ? 0 : row.number(),
            form < 3 ? 0 : row.number(),
            form < 3 ? 0 : row.number(),
            form < 3 ? 0 : row.number()));
  }
}
