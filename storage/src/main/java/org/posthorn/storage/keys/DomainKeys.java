package org.posthorn.storage.keys;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.posthorn.message.Domain;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// The keys by which domains sign their mail (DKIM), with their secrets, a row for each. While mail
/// is encrypted they are sealed with the system's key; what was written before stays readable. Safe
/// for use by many threads.
public final class DomainKeys {
  private static final Partition PARTITION = new Partition(Partition.Kind.SYSTEM, "domain-keys");
  private static final int FORM = 1;
  private static final byte SEALED_FORM = 2;
  private static final int PAGE_ROWS = 500;
  private static final int TRIES = 20;

  private final Engine engine;
  private final Keyring keyring;
  private final InstantSource clock;

  public DomainKeys(Engine engine, Keyring keyring, InstantSource clock) {
    this.engine = engine;
    this.keyring = keyring;
    this.clock = clock;
  }

  /// Whether a partition is where the keys are.
  public static boolean isTheirs(Partition partition) {
    return partition.equals(PARTITION);
  }

  /// A row as it would be without encryption: for backups. Throws [StorageUnavailable] when it is
  /// damaged.
  public byte[] opened(byte[] name, byte[] row) {
    return open(name, row);
  }

  /// What became of a key from a backup: it is back, or was there, or another one is there.
  public enum Restored {
    BACK,
    THERE,
    LEFT
  }

  /// Puts a row back that was [#opened] when it was saved. Another key under its selector stays,
  /// unless it is to be replaced. Throws [StorageUnavailable] when the row is damaged.
  public Restored restore(byte[] name, byte[] row, boolean replace) {
    DomainKey key = key(name, row);
    byte[] secret = secretIn(row);
    boolean written =
        change(
            key.domain(),
            key.selector(),
            before ->
                before.isEmpty() || (replace && !Arrays.equals(secretIn(before.get()), secret))
                    ? Optional.of(put(key, secret))
                    : Optional.empty());
    if (written) {
      return Restored.BACK;
    }
    return secret(key).filter(there -> Arrays.equals(there, secret)).isPresent()
        ? Restored.THERE
        : Restored.LEFT;
  }

  /// Grows with every change; 0 while there was never a key. Whoever keeps secrets in memory looks
  /// whether they still count.
  public long version() {
    return engine.head(PARTITION).version();
  }

  /// All keys, by domain and selector.
  public List<DomainKey> all() {
    return scan(new byte[0], new byte[0]);
  }

  public List<DomainKey> of(Domain domain) {
    byte[] from = (domain.ascii() + '\0').getBytes(UTF_8);
    byte[] to = (domain.ascii() + '\u0001').getBytes(UTF_8);
    return scan(from, to);
  }

  public Optional<DomainKey> find(Domain domain, String selector) {
    byte[] name = name(domain, selector);
    return engine.get(PARTITION, name).map(row -> key(name, open(name, row)));
  }

  /// The secret, for whoever signs.
  public Optional<byte[]> secret(DomainKey key) {
    byte[] name = name(key.domain(), key.selector());
    return engine.get(PARTITION, name).map(row -> secretIn(open(name, row)));
  }

  /// Keeps a new key, durably; false if the domain has one under this selector.
  public boolean add(Domain domain, String selector, String algorithm, byte[] secret) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    var key = new DomainKey(domain, selector, algorithm, DomainKey.State.WAITING, now, now);
    return change(
        domain,
        selector,
        before -> before.isPresent() ? Optional.empty() : Optional.of(put(key, secret)));
  }

  /// False if it is gone, or was in that state already.
  public boolean move(Domain domain, String selector, DomainKey.State state) {
    byte[] name = name(domain, selector);
    return change(
        domain,
        selector,
        before ->
            before
                .filter(row -> key(name, row).state() != state)
                .map(row ->
                    put(
                        key(name, row).in(state, clock.instant().truncatedTo(ChronoUnit.SECONDS)),
                        secretIn(row))));
  }

  /// Forgets it with its secret; false if there is none.
  public boolean remove(Domain domain, String selector) {
    return change(
        domain, selector, before -> before.map(_ -> new Batch().delete(name(domain, selector))));
  }

  /// Commits what `change` makes of the row that is there; false if it makes nothing.
  private boolean change(
      Domain domain, String selector, Function<Optional<byte[]>, Optional<Batch>> change) {
    byte[] name = name(domain, selector);
    CommitId id = CommitId.random();
    for (int i = 0; i < TRIES; i++) {
      long version = version();
      Optional<Batch> batch = change.apply(engine.get(PARTITION, name).map(row -> open(name, row)));
      if (batch.isEmpty()) {
        return false;
      }
      switch (engine.commit(PARTITION, version, id, batch.get())) {
        case Result.Applied _ -> {
          return true;
        }
        case Result.Conflict(var head) -> {
          if (head.isMadeBy(id, version)) {
            return true;
          }
        }
      }
    }
    throw new StorageUnavailable("Others write to the keys of domains all the time");
  }

  private Batch put(DomainKey key, byte[] secret) {
    byte[] name = name(key.domain(), key.selector());
    byte[] row =
        new RowWriter(secret.length + 40)
            .raw(FORM)
            .text(key.algorithm())
            .number(key.state().code())
            .number(key.made().getEpochSecond())
            .number(key.since().getEpochSecond())
            .piece(secret)
            .toBytes();
    return new Batch().put(name, keyring.system().map(seal -> sealed(seal, name, row)).orElse(row));
  }

  private static byte[] sealed(Seal seal, byte[] name, byte[] row) {
    byte[] closed = seal.close(row, name);
    return ByteBuffer.allocate(1 + closed.length).put(SEALED_FORM).put(closed).array();
  }

  private byte[] open(byte[] name, byte[] row) {
    if (row.length == 0 || row[0] != SEALED_FORM) {
      return row;
    }
    return keyring
        .system()
        .orElseThrow(() -> new StorageUnavailable("A key is sealed, and there is no master key"))
        .open(Arrays.copyOfRange(row, 1, row.length), name);
  }

  private List<DomainKey> scan(byte[] from, byte[] to) {
    List<DomainKey> found = new ArrayList<>();
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page = engine.scan(PARTITION, from, to, PAGE_ROWS, /* reverse= */ false, resume);
      page.rows().forEach(row -> found.add(key(row.key(), open(row.key(), row.value()))));
      resume = page.resume();
    } while (resume.isPresent());
    return found;
  }

  private static DomainKey key(byte[] name, byte[] row) {
    String[] parts = new String(name, UTF_8).split("\0", -1);
    var in = new RowReader(row);
    in.form(FORM);
    return new DomainKey(
        Domain.of(parts[0]),
        parts[1],
        in.text(),
        DomainKey.State.of(in.count()),
        Instant.ofEpochSecond(in.number()),
        Instant.ofEpochSecond(in.number()));
  }

  private static byte[] secretIn(byte[] row) {
    var in = new RowReader(row);
    in.form(FORM);
    in.text();
    in.number();
    in.number();
    in.number();
    return in.piece();
  }

  private static byte[] name(Domain domain, String selector) {
    return (domain.ascii() + '\0' + selector).getBytes(UTF_8);
  }
}
