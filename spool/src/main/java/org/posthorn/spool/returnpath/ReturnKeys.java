package org.posthorn.spool.returnpath;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;
import org.posthorn.storage.keys.ReturnPathRows;

/// The secrets that return paths are signed with, a row for each, so that those of a backup come
/// beside those that are there. The first is made when it is needed, a new one every 30 days; the
/// old ones verify as long as something signed by them counts, and are known for a year longer:
/// mail may rest here for a while. Safe for use by many threads.
final class ReturnKeys {
  static final Partition PARTITION = ReturnPathRows.PARTITION;
  static final int RENEW_DAYS = 30;

  /// So much longer it is known what is ours. In all it is less than a round of [DayStamp].
  private static final int KNOWN_DAYS = 365;

  /// All in one row, as programs before wrote them.
  private static final byte[] TOGETHER = {'k'};

  /// Behind the letter come random bytes.
  private static final byte[] FROM = {'k', 0};

  private static final byte[] TO = {'k' + 1};
  private static final int ID_BYTES = 8;
  private static final int PAGE_ROWS = 100;
  private static final int FORM = 1;
  private static final int KEY_BYTES = 32;
  private static final int HASH_CHARACTERS = 8;
  private static final int TRIES = 5;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Engine engine;
  private final DayStamp days;
  private volatile List<Secret> known = List.of();

  /// A key and the day on which it was made.
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Secret(int day, byte[] key) {}

  ReturnKeys(Engine engine, DayStamp days) {
    this.engine = engine;
    this.days = days;
  }

  String sign(String text) {
    return Base32.of(hmac(newest().key(), text), HASH_CHARACTERS);
  }

  /// Long enough to name an address among all.
  String token(String text, int characters) {
    return Base32.of(hmac(newest().key(), "token\0" + text), characters);
  }

  /// Whether it was signed here, though it may not count any more.
  boolean hasSigned(String hash, String text) {
    return verify(hash, text, this::isKept);
  }

  boolean verify(String hash, String text) {
    return verify(hash, text, this::isAlive);
  }

  private boolean verify(String hash, String text, Predicate<Secret> with) {
    if (hash.length() != HASH_CHARACTERS) {
      return false;
    }
    // Another node may have made a key since we looked; a forged hash costs a look at one row.
    return verify(hash, text, known, with) || verify(hash, text, read(), with);
  }

  private static boolean verify(
      String hash, String text, List<Secret> secrets, Predicate<Secret> with) {
    byte[] given = hash.toLowerCase(Locale.ROOT).getBytes(UTF_8);
    boolean right = false;
    for (Secret secret : secrets) {
      if (with.test(secret)) {
        byte[] made = Base32.of(hmac(secret.key(), text), HASH_CHARACTERS).getBytes(UTF_8);
        right |= MessageDigest.isEqual(given, made);
      }
    }
    return right;
  }

  private boolean isAlive(Secret secret) {
    return days.day() - secret.day() <= RENEW_DAYS + days.keepDays() + 1;
  }

  private boolean isKept(Secret secret) {
    return days.day() - secret.day() <= RENEW_DAYS + days.keepDays() + 1 + KNOWN_DAYS;
  }

  private Secret newest() {
    List<Secret> secrets = known;
    if (secrets.isEmpty() || isOld(secrets.getLast())) {
      secrets = renewed();
    }
    return secrets.getLast();
  }

  private boolean isOld(Secret secret) {
    return days.day() - secret.day() >= RENEW_DAYS;
  }

  private synchronized List<Secret> renewed() {
    for (int i = 0; i < TRIES; i++) {
      long version = engine.head(PARTITION).version();
      List<Secret> secrets = new ArrayList<>(read());
      if (!secrets.isEmpty() && !isOld(secrets.getLast())) {
        return secrets;
      }
      byte[] key = new byte[KEY_BYTES];
      RANDOM.nextBytes(key);
      var secret = new Secret(days.day(), key);
      Batch batch = spent().put(newId(), row(secret));
      secrets.removeIf(old -> !isKept(old));
      secrets.add(secret);
      if (engine.commit(PARTITION, version, CommitId.random(), batch) instanceof Result.Applied) {
        known = List.copyOf(secrets);
        return known;
      }
    }
    throw new StorageUnavailable("Others write to the rows of return paths all the time");
  }

  /// In the order of their days.
  private List<Secret> read() {
    List<Secret> all = new ArrayList<>(together());
    engine
        .scan(PARTITION, FROM, TO, PAGE_ROWS, false, Optional.empty())
        .rows()
        .forEach(row -> all.add(secret(row.value())));
    all.sort(Comparator.comparingInt(Secret::day));
    known = List.copyOf(all);
    return known;
  }

  /// Removes the rows that nothing needs any more.
  private Batch spent() {
    var batch = new Batch();
    engine
        .scan(PARTITION, FROM, TO, PAGE_ROWS, false, Optional.empty())
        .rows()
        .forEach(row -> {
          if (!isKept(secret(row.value()))) {
            batch.delete(row.key());
          }
        });
    if (together().stream().noneMatch(this::isKept)) {
      batch.delete(TOGETHER);
    }
    return batch;
  }

  private static byte[] newId() {
    byte[] id = new byte[TOGETHER.length + ID_BYTES];
    RANDOM.nextBytes(id);
    id[0] = TOGETHER[0];
    return id;
  }

  private static byte[] row(Secret secret) {
    return new RowWriter(KEY_BYTES + 8)
        .raw(FORM)
        .number(secret.day())
        .piece(secret.key())
        .toBytes();
  }

  private static Secret secret(byte[] row) {
    var in = new RowReader(row);
    in.form(FORM);
    return new Secret(in.count(), in.piece());
  }

  private List<Secret> together() {
    return engine.get(PARTITION, TOGETHER).map(ReturnKeys::secrets).orElse(List.of());
  }

  private static List<Secret> secrets(byte[] row) {
    var in = new RowReader(row);
    in.form(FORM);
    List<Secret> secrets = new ArrayList<>();
    for (int left = in.count(); left > 0; left--) {
      secrets.add(new Secret(in.count(), in.piece()));
    }
    return List.copyOf(secrets);
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has HMAC-SHA-256", e);
    }
  }
}
