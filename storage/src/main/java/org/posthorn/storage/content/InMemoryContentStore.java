package org.posthorn.storage.content;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.posthorn.message.ContentId;
import org.posthorn.message.mime.StructureScanner;

/// Keeps contents in memory, for as long as the process lives. Safe for use by many threads.
public final class InMemoryContentStore implements ContentStore {
  private final Map<ContentId, Kept> contents = new ConcurrentHashMap<>();
  private final AtomicLong next = new AtomicLong(1);

  private interface Kept {
    StoredContent stored();

    InputStream open(int offset, int length);
  }

  @Override
  public StoredContent write(InputStream bytes) throws IOException {
    byte[] all = bytes.readAllBytes();
    var scanner = new StructureScanner();
    scanner.update(all, 0, all.length);
    var id = new ContentId("m" + next.getAndIncrement());
    var stored = new StoredContent(id, all.length, scanner.finish());
    contents.put(
        id,
        new Kept() {
          @Override
          public StoredContent stored() {
            return stored;
          }

          @Override
          public InputStream open(int offset, int length) {
            return new ByteArrayInputStream(all, offset, length);
          }
        });
    return stored;
  }

  @Override
  public void sync(ContentId id) {
    kept(id);
  }

  @Override
  public Optional<StoredContent> find(ContentId id) {
    return Optional.ofNullable(contents.get(id)).map(Kept::stored);
  }

  @Override
  public InputStream open(ContentId id, long offset, long length) {
    if (offset < 0 || length < 0) {
      throw new IllegalArgumentException("No such piece: " + length + " bytes from " + offset);
    }
    Kept kept = kept(id);
    long size = kept.stored().sizeBytes();
    long from = Math.min(offset, size);
    return kept.open((int) from, (int) Math.min(length, size - from));
  }

  @Override
  public void note(List<Note> notes) {}

  @Override
  public void close() {
    contents.clear();
  }

  private Kept kept(ContentId id) {
    Kept kept = contents.get(id);
    if (kept == null) {
      throw new ContentMissing(id);
    }
    return kept;
  }
}
