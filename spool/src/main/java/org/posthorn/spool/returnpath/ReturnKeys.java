package org.posthorn.spool.returnpath;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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

/// The secrets that return paths are signed with, in one row of the store. The first is made when
/// it is needed, a new one every 30 days; the old ones verify as long as something signed by them
/// counts. Safe for use by many threads.
final class ReturnKeys {
  static final Partition PARTITION = new Partition(Partition.Kind.SYSTEM, "return-paths");
  static final int RENEW_DAYS = 30;

  private static final byte[] ROW = {'k'};
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

  boolean verify(String hash, String text) {
    if (hash.length() != HASH_CHARACTERS) {
      return false;
    }
    // Another node may have made a key since we looked; a forged hash costs a look at one row.
    return verify(hash, text, known) || verify(hash, text, read());
  }

  private boolean verify(String hash, String text, List<Secret> secrets) {
    byte[] given = hash.toLowerCase(Locale.ROOT).getBytes(UTF_8);
    boolean right = false;
    for (Secret secret : secrets) {
      if (isAlive(secret)) {
        byte[] made = Base32.of(hmac(secret.key(), text), HASH_CHARACTERS).getBytes(UTF_8);
        right |= MessageDigest.isEqual(given, made);
      }
    }
    return right;
  }

  private boolean isAlive(Secret secret) {
    return days.day() - secret.day() <= RENEW_DAYS + days.keepDays() + 1;
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
      secrets.removeIf(secret -> !isAlive(secret));
      byte[] key = new byte[KEY_BYTES];
      RANDOM.nextBytes(key);
      secrets.add(new Secret(days.day(), key));
      var batch = new Batch().put(ROW, row(secrets));
      if (engine.commit(PARTITION, version, CommitId.random(), batch) instanceof Result.Applied) {
        known = List.copyOf(secrets);
        return known;
      }
    }
    throw new StorageUnavailable("Others write to the rows of return paths all the time");
  }

  private List<Secret> read() {
    Optional<byte[]> row = engine.get(PARTITION, ROW);
    if (row.isPresent()) {
      known = secrets(row.get());
    }
    return known;
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

  private static byte[] row(List<Secret> secrets) {
    var out = new RowWriter(2 + secrets.size() * (KEY_BYTES + 4)).raw(FORM).number(secrets.size());
    secrets.forEach(secret -> out.number(secret.day()).piece(secret.key()));
    return out.toBytes();
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
