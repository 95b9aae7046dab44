package org.posthorn.storage.account;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.ContentId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.keys.Keyring;
import org.posthorn.storage.keys.Seal;

/// The key of one account, which seals its emails: a row of the account, wrapped by the master key,
/// so that it goes when the account is deleted. Made with the first email that is written while
/// encryption is on. Safe for use by many threads; only whoever leads a round of changes writes.
final class AccountKey {
  /// The forms of a secret's row.
  private static final byte OPEN = 1;

  private static final byte SEALED = 2;

  private final AccountId id;
  private final Keyring keyring;
  private final Supplier<Optional<byte[]>> row;
  private volatile @Nullable Seal known;

  /// Made, but perhaps in no row yet: the change that was to write it may have been dropped.
  private @Nullable Seal made;

  /// `row` reads the row that holds it.
  AccountKey(AccountId id, Keyring keyring, Supplier<Optional<byte[]>> row) {
    this.id = id;
    this.keyring = keyring;
    this.row = row;
  }

  /// Whether emails are sealed that are written from now on.
  boolean isOn() {
    return keyring.isOn();
  }

  /// An email as its row is to be; `rows` also get the key, when they have to bring it.
  byte[] close(long emailId, Email email, Batch rows) {
    return close(emailId, email.content(), EmailRow.encode(email), rows);
  }

  /// The same for a row in its open form.
  byte[] close(long emailId, ContentId content, byte[] open, Batch rows) {
    if (!isOn()) {
      return open;
    }
    Seal seal = find().orElseGet(() -> write(rows));
    return EmailRow.sealed(content, seal.close(open, place(emailId)));
  }

  byte[] open(long emailId, byte[] closed) {
    Seal seal =
        find()
            .orElseThrow(() ->
                new StorageUnavailable(
                    "Email " + emailId + " of account " + id + " is sealed, but its key is gone"));
    return seal.open(closed, place(emailId));
  }

  /// A secret as its row under `rowKey` is to be.
  byte[] closeSecret(byte[] secret, byte[] rowKey, Batch rows) {
    if (!isOn()) {
      return ByteBuffer.allocate(1 + secret.length).put(OPEN).put(secret).array();
    }
    Seal seal = find().orElseGet(() -> write(rows));
    byte[] closed = seal.close(secret, place(rowKey));
    return ByteBuffer.allocate(1 + closed.length).put(SEALED).put(closed).array();
  }

  byte[] openSecret(byte[] row, byte[] rowKey) {
    byte[] rest = Arrays.copyOfRange(row, Math.min(1, row.length), row.length);
    return switch (row.length == 0 ? 0 : row[0]) {
      case OPEN -> rest;
      case SEALED ->
          find()
              .orElseThrow(() -> new StorageUnavailable("A secret of account " + id + " is lost"))
              .open(rest, place(rowKey));
      default -> throw new StorageUnavailable("A secret is in a form that nobody knows");
    };
  }

  /// Throws [StorageUnavailable] when there is a key that cannot be unwrapped.
  boolean isThere() {
    return find().isPresent();
  }

  /// Writes the key anew when it is wrapped with an older master key. Whether it did.
  boolean rewrap(Batch rows) {
    Optional<byte[]> before = row.get();
    if (before.isEmpty() || keyring.isCurrent(before.get())) {
      return false;
    }
    rows.put(Keys.KEY, keyring.wrap(keyring.unwrap(before.get(), id.value()), id.value()));
    return true;
  }

  private Optional<Seal> find() {
    Seal seal = known;
    if (seal == null) {
      seal = row.get().map(wrapped -> keyring.unwrap(wrapped, id.value())).orElse(null);
      known = seal;
    }
    return Optional.ofNullable(seal);
  }

  private Seal write(Batch rows) {
    Seal seal = made;
    if (seal == null) {
      seal = keyring.random();
      made = seal;
    }
    rows.put(Keys.KEY, keyring.wrap(seal, id.value()));
    return seal;
  }

  private byte[] place(byte[] rowKey) {
    byte[] account = (id.value() + "\0").getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(account.length + rowKey.length).put(account).put(rowKey).array();
  }

  private byte[] place(long emailId) {
    return (id.value() + "\0" + emailId).getBytes(StandardCharsets.UTF_8);
  }
}
