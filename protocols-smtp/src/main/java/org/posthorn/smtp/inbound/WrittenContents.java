package org.posthorn.smtp.inbound;

import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.posthorn.message.ContentId;
import org.posthorn.storage.content.CollectionRound;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.Note;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.engine.Cargo;

/// The store while one message comes in: knows what was written of it, by gates too, so that it
/// goes at once when nobody is to have it. Safe for use by many threads, since a gate may go on
/// when nobody waits for it any more.
final class WrittenContents implements ContentStore {
  private final ContentStore store;
  private final Queue<ContentId> written = new ConcurrentLinkedQueue<>();

  WrittenContents(ContentStore store) {
    this.store = store;
  }

  void releaseAll() {
    written.forEach(store::release);
  }

  void releaseAllBut(ContentId kept) {
    written.stream().filter(id -> !id.equals(kept)).forEach(store::release);
  }

  @Override
  public StoredContent write(InputStream bytes) throws IOException {
    StoredContent content = store.write(bytes);
    written.add(content.id());
    return content;
  }

  @Override
  public void sync(ContentId id) {
    store.sync(id);
  }

  @Override
  public List<Cargo> cargo(Collection<ContentId> ids) {
    return store.cargo(ids);
  }

  @Override
  public void release(ContentId id) {
    store.release(id);
  }

  @Override
  public Optional<String> writesStopped() {
    return store.writesStopped();
  }

  @Override
  public Optional<StoredContent> find(ContentId id) {
    return store.find(id);
  }

  @Override
  public InputStream open(ContentId id, long offset, long length) {
    return store.open(id, offset, length);
  }

  @Override
  public void note(List<Note> notes) {
    store.note(notes);
  }

  @Override
  public CollectionRound collect(long expected) {
    return store.collect(expected);
  }

  /// The store goes on.
  @Override
  public void close() {}
}
