package org.posthorn.spool.returnpath;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Result;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Addresses too long for a return path, by a token that fits, durable before a mail leaves with
/// it. Each address once, kept a week longer than return paths count, and at most 100,000. Safe for
/// use by many threads.
final class ShortForms {
  static final int KEPT_MAX = 100_000;

  private static final Logger log = LoggerFactory.getLogger(ShortForms.class);
  private static final int FORM = 1;
  private static final int TOKEN_CHARACTERS = 16;
  private static final int RENEW_DAYS = 7;
  private static final int PAGE_ROWS = 1_000;
  private static final int TRIES = 5;
  private static final byte[] FROM = {'s'};
  private static final byte[] TO = {'s' + 1};

  private final Engine engine;
  private final DayStamp days;
  private int count;
  private int sweptOn = -1;

  /// An address and the last day on which it is needed.
  private record Kept(int until, String address) {}

  ShortForms(Engine engine, DayStamp days) {
    this.engine = engine;
    this.days = days;
  }

  /// Empty when there are too many.
  Optional<String> token(String address, ReturnKeys keys) {
    String token = keys.token(address, TOKEN_CHARACTERS);
    Optional<Kept> kept = read(token);
    int needed = days.day() + days.keepDays() + 1;
    if (kept.isEmpty() || kept.get().until() < needed) {
      return keep(token, new Kept(needed + RENEW_DAYS, address))
          ? Optional.of(token)
          : Optional.empty();
    }
    return Optional.of(token);
  }

  Optional<String> find(String token) {
    return read(token.toLowerCase(Locale.ROOT)).map(Kept::address);
  }

  private synchronized boolean keep(String token, Kept kept) {
    sweep();
    boolean isNew = read(token).isEmpty();
    if (isNew && count >= KEPT_MAX) {
      log.atWarn().addKeyValue("kept", count).log("return-paths-too-many");
      return false;
    }
    byte[] row =
        new RowWriter(kept.address().length() + 12)
            .raw(FORM)
            .number(kept.until())
            .text(kept.address())
            .toBytes();
    commit(new Batch().put(key(token), row));
    count += isNew ? 1 : 0;
    return true;
  }

  /// Once a day, when one is added: removes what nobody needs, and counts the rest.
  private void sweep() {
    if (sweptOn == days.day()) {
      return;
    }
    int left = 0;
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page = engine.scan(ReturnKeys.PARTITION, FROM, TO, PAGE_ROWS, false, resume);
      var over = new Batch();
      for (Page.Row row : page.rows()) {
        if (kept(row.value()).until() < days.day()) {
          over.delete(row.key());
        } else {
          left++;
        }
      }
      if (!over.isEmpty()) {
        commit(over);
      }
      resume = page.resume();
    } while (resume.isPresent());
    count = left;
    sweptOn = days.day();
  }

  /// Rows by the same token are of equal worth, so the last one stays.
  private void commit(Batch batch) {
    for (int i = 0; i < TRIES; i++) {
      long version = engine.head(ReturnKeys.PARTITION).version();
      if (engine.commit(ReturnKeys.PARTITION, version, CommitId.random(), batch)
          instanceof Result.Applied) {
        return;
      }
    }
    throw new StorageUnavailable("Others write to the rows of return paths all the time");
  }

  private Optional<Kept> read(String token) {
    return token.length() > TOKEN_CHARACTERS
        ? Optional.empty()
        : engine.get(ReturnKeys.PARTITION, key(token)).map(ShortForms::kept);
  }

  private static Kept kept(byte[] row) {
    var in = new RowReader(row);
    in.form(FORM);
    return new Kept(in.count(), in.text());
  }

  private static byte[] key(String token) {
    return ('s' + token).getBytes(StandardCharsets.UTF_8);
  }
}
