package org.posthorn.storage.keys;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// The master keys that are at hand, and what is wrapped with them. Each wrapped key names its
/// master key by fingerprint. Safe for use by many threads.
///
/// One key is the system's: it seals what names contents outside of accounts, and shows at every
/// start that the master key is the right one.
///
/// A rotation is begun by a row that names the old and the new file; then everything that is
/// wrapped is wrapped with the new key, and the system's key last. As long as that one is wrapped
/// with the old key, a start reads both files.
public final class Keyring {
  private static final Partition PARTITION = new Partition(Partition.Kind.SYSTEM, "keys");
  private static final byte[] SYSTEM_KEY = {'k'};
  private static final byte[] ROTATION = {'r'};
  private static final String SYSTEM = "system";
  private static final int FORM = 1;

  private final @Nullable Engine engine;
  private final Map<String, MasterKey> masters = new ConcurrentHashMap<>();
  private volatile @Nullable MasterKey current;
  private @Nullable Seal system;

  private Keyring(@Nullable Engine engine) {
    this.engine = engine;
  }

  /// Nothing is encrypted.
  public static Keyring off() {
    return new Keyring(null);
  }

  /// With a master key file encryption is on. Throws [StorageUnavailable], with a text for the
  /// operator, when the file is missing or not the one that the data was encrypted with.
  public static Keyring open(Engine engine, Optional<Path> masterKeyFile) {
    var keyring = new Keyring(engine);
    Optional<byte[]> wrapped = engine.get(PARTITION, SYSTEM_KEY);
    if (masterKeyFile.isEmpty()) {
      wrapped.ifPresent(row -> {
        throw new StorageUnavailable(
            "The mail in this data directory is encrypted with the master key %s: set storage.encryption.master-key-file to its file"
                .formatted(fingerprint(row)));
      });
      return keyring;
    }
    MasterKey configured = MasterKey.read(masterKeyFile.get());
    keyring.use(configured);
    if (wrapped.isPresent()) {
      keyring.readRotation(fingerprint(wrapped.get()), configured);
      keyring.system = keyring.unwrap(wrapped.get(), SYSTEM);
    } else {
      Seal made = Seal.random();
      keyring.commit(new Batch().put(SYSTEM_KEY, keyring.wrap(made, SYSTEM)));
      keyring.system = made;
    }
    return keyring;
  }

  /// Throws [StorageUnavailable], with a text for the operator, when there is no master key in the
  /// file.
  public static void check(Path masterKeyFile) {
    var _ = MasterKey.read(masterKeyFile);
  }

  public boolean isOn() {
    return current != null;
  }

  /// What seals rows outside of accounts; empty while nothing is encrypted.
  public Optional<Seal> system() {
    return Optional.ofNullable(system);
  }

  public Seal random() {
    return Seal.random();
  }

  /// A key as it may be stored; `owner` says whose it is, and nobody else unwraps it.
  public byte[] wrap(Seal key, String owner) {
    MasterKey master = current;
    if (master == null) {
      throw new IllegalStateException("There is no master key");
    }
    byte[] closed = master.seal().close(key.key(), owner.getBytes(StandardCharsets.UTF_8));
    return new RowWriter(96).raw(FORM).text(master.fingerprint()).piece(closed).toBytes();
  }

  /// Throws [StorageUnavailable] when its master key is not at hand.
  public Seal unwrap(byte[] row, String owner) {
    var in = new RowReader(row);
    in.form(FORM);
    String fingerprint = in.text();
    MasterKey master = masters.get(fingerprint);
    if (master == null) {
      throw new StorageUnavailable(
          "A key is wrapped with the master key %s, which is not at hand: set storage.encryption.master-key-file to its file"
              .formatted(fingerprint));
    }
    return new Seal(master.seal().open(in.piece(), owner.getBytes(StandardCharsets.UTF_8)));
  }

  /// Whether the key is wrapped with the master key that is used now.
  public boolean isCurrent(byte[] row) {
    MasterKey master = current;
    return master != null && master.fingerprint().equals(fingerprint(row));
  }

  /// The fingerprint of the master key that is used now; empty while nothing is encrypted.
  public Optional<String> currentFingerprint() {
    MasterKey master = current;
    return master == null ? Optional.empty() : Optional.of(master.fingerprint());
  }

  /// From now on what is wrapped is wrapped with the key in `file`; what was wrapped before is
  /// still unwrapped, also after a restart. Durable. May be repeated.
  public synchronized void beginRotation(Path file) {
    MasterKey before = current;
    if (before == null) {
      throw new StorageUnavailable(
          "Nothing is encrypted here: set storage.encryption.master-key-file and restart first");
    }
    MasterKey next = MasterKey.read(file);
    boolean finished = required().get(PARTITION, SYSTEM_KEY).map(this::isCurrent).orElse(true);
    if (!finished && !next.fingerprint().equals(before.fingerprint())) {
      throw new StorageUnavailable(
          "A rotation to the master key in %s is not finished: finish it first, with that file"
              .formatted(before.file()));
    }
    if (!next.fingerprint().equals(before.fingerprint())) {
      byte[] row =
          new RowWriter(200)
              .raw(FORM)
              .text(before.fingerprint())
              .text(before.file().toString())
              .text(next.fingerprint())
              .text(next.file().toString())
              .toBytes();
      commit(new Batch().put(ROTATION, row));
      use(next);
    }
  }

  /// All but the system's key is wrapped with the new master key: so is that one now.
  public synchronized void endRotation() {
    Seal key = system;
    if (key != null) {
      commit(new Batch().put(SYSTEM_KEY, wrap(key, SYSTEM)));
    }
  }

  /// What a rotation means for a start with the `configured` key, when the system's key is wrapped
  /// with `systemKey`.
  private void readRotation(String systemKey, MasterKey configured) {
    Optional<byte[]> row = required().get(PARTITION, ROTATION);
    if (row.isEmpty()) {
      checkIs(systemKey, configured, Optional.empty());
      return;
    }
    var in = new RowReader(row.get());
    in.form(FORM);
    String oldKey = in.text();
    Path oldFile = Path.of(in.text());
    String newKey = in.text();
    Path newFile = Path.of(in.text());
    boolean configuredIsPart =
        configured.fingerprint().equals(oldKey) || configured.fingerprint().equals(newKey);
    if (!systemKey.equals(oldKey) || !configuredIsPart) {
      checkIs(
          systemKey,
          configured,
          systemKey.equals(newKey) ? Optional.of(newFile) : Optional.empty());
      return;
    }
    Path other = configured.fingerprint().equals(oldKey) ? newFile : oldFile;
    MasterKey found = MasterKey.read(other);
    use(found);
    if (found.fingerprint().equals(oldKey)) {
      use(configured);
    }
  }

  private static void checkIs(String systemKey, MasterKey configured, Optional<Path> file) {
    if (!configured.fingerprint().equals(systemKey)) {
      throw new StorageUnavailable(
          "The master key in %s is %s, but the mail in this data directory is encrypted with the master key %s: set storage.encryption.master-key-file to %s"
              .formatted(
                  configured.file(),
                  configured.fingerprint(),
                  systemKey,
                  file.map(Path::toString).orElse("its file")));
    }
  }

  private void use(MasterKey master) {
    masters.put(master.fingerprint(), master);
    current = master;
  }

  private void commit(Batch rows) {
    CommitId id = CommitId.random();
    while (true) {
      long version = required().head(PARTITION).version();
      switch (required().commit(PARTITION, version, id, rows)) {
        case Result.Applied _ -> {
          return;
        }
        case Result.Conflict(var head) -> {
          if (head.isMadeBy(id, version)) {
            return;
          }
        }
      }
    }
  }

  private Engine required() {
    if (engine == null) {
      throw new IllegalStateException("Nothing is encrypted");
    }
    return engine;
  }

  private static String fingerprint(byte[] row) {
    var in = new RowReader(row);
    in.form(FORM);
    return in.text();
  }
}
