package org.posthorn.storage.rocksdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Head;
import org.posthorn.storage.engine.Limits;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;

/// An engine in a temporary folder, which goes with it. Safe for use by many threads.
public final class ScratchEngine implements Engine {
  private final Path folder;
  private final RocksEngine engine;

  private ScratchEngine(Path folder, RocksEngine engine) {
    this.folder = folder;
    this.engine = engine;
  }

  public static ScratchEngine open(RocksSettings settings) {
    try {
      Path folder = Files.createTempDirectory("posthorn-scratch");
      return new ScratchEngine(folder, RocksEngine.open(folder, settings));
    } catch (IOException e) {
      throw new StorageUnavailable("Cannot make a temporary folder", e);
    }
  }

  @Override
  public Limits limits() {
    return engine.limits();
  }

  @Override
  public Head head(Partition partition) {
    return engine.head(partition);
  }

  @Override
  public Result commit(Partition partition, long expectedVersion, CommitId id, Batch batch) {
    return engine.commit(partition, expectedVersion, id, batch);
  }

  @Override
  public Optional<byte[]> get(Partition partition, byte[] key) {
    return engine.get(partition, key);
  }

  @Override
  public List<Optional<byte[]>> getAll(Partition partition, List<byte[]> keys) {
    return engine.getAll(partition, keys);
  }

  @Override
  public Page scan(
      Partition partition,
      byte[] from,
      byte[] to,
      int limitRows,
      boolean reverse,
      Optional<Page.Resume> resume) {
    return engine.scan(partition, from, to, limitRows, reverse, resume);
  }

  @Override
  public void erase(Partition partition) {
    engine.erase(partition);
  }

  @Override
  public List<Partition> partitions(Partition.Kind kind, Optional<Partition> after, int limit) {
    return engine.partitions(kind, after, limit);
  }

  @Override
  public void close() {
    engine.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new StorageUnavailable("Cannot delete the temporary folder " + folder, e);
    }
  }
}
