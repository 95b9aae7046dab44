package org.posthorn.spool;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.posthorn.message.ContentId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.content.ContentMissing;
import org.posthorn.storage.content.ForwardingContents;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.content.StoredContent;

/// Contents of which a power cut leaves only what was made durable. Safe for use by many threads.
final class SyncedContents extends ForwardingContents {
  private final Set<ContentId> synced = ConcurrentHashMap.newKeySet();
  private final Set<ContentId> lost = ConcurrentHashMap.newKeySet();
  private final Set<ContentId> written = ConcurrentHashMap.newKeySet();

  private final AtomicInteger failures = new AtomicInteger();
  private volatile boolean failing;
  private volatile Runnable beforeSync = () -> {};

  SyncedContents() {
    super(new InMemoryContentStore());
  }

  Set<ContentId> synced() {
    return synced;
  }

  /// What was not made durable is gone.
  void cutPower() {
    lost.addAll(written);
    lost.removeAll(synced);
  }

  /// Whether the disk fails whoever looks for a content.
  void failFinding(boolean fails) {
    failing = fails;
  }

  /// Done whenever a content is about to be made durable.
  void beforeSync(Runnable work) {
    beforeSync = work;
  }

  /// How often it has failed them.
  int failures() {
    return failures.get();
  }

  @Override
  public StoredContent write(InputStream bytes) throws IOException {
    StoredContent stored = below.write(bytes);
    written.add(stored.id());
    return stored;
  }

  @Override
  public void sync(ContentId id) {
    beforeSync.run();
    below.sync(id);
    synced.add(id);
  }

  @Override
  public Optional<StoredContent> find(ContentId id) {
    if (failing) {
      failures.incrementAndGet();
      throw new StorageUnavailable("The disk does not answer");
    }
    return lost.contains(id) ? Optional.empty() : below.find(id);
  }

  @Override
  public InputStream open(ContentId id, long offset, long length) {
    if (lost.contains(id)) {
      throw new ContentMissing(id);
    }
    return below.open(id, offset, length);
  }
}
