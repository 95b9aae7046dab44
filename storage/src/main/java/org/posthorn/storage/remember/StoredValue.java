package org.posthorn.storage.remember;

import java.time.Instant;
import java.util.Optional;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// A value of a [PluginStore]; `untilMillis` 0: for good. As a row: the form (1), the milliseconds,
/// the text.
record StoredValue(String text, long untilMillis) {
  private static final int FORM = 1;

  boolean isOver(Instant now) {
    return untilMillis != 0 && now.toEpochMilli() >= untilMillis;
  }

  Optional<String> at(Instant now) {
    return isOver(now) ? Optional.empty() : Optional.of(text);
  }

  byte[] row() {
    return new RowWriter(12 + text.length()).raw(FORM).number(untilMillis).text(text).toBytes();
  }

  static StoredValue read(byte[] row) {
    var in = new RowReader(row);
    in.form(FORM);
    long untilMillis = in.number();
    return new StoredValue(in.text(), untilMillis);
  }
}
