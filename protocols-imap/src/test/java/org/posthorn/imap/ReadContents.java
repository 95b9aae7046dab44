package org.posthorn.imap;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.posthorn.message.ContentId;
import org.posthorn.storage.content.CollectionRound;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.Note;
import org.posthorn.storage.content.StoredContent;

/// Knows how much of the contents was read, and how many of them are open.
final class ReadContents implements ContentStore {
  private final ContentStore below;
  private final AtomicLong read = new AtomicLong();
  private final AtomicInteger open = new AtomicInteger();

  ReadContents(ContentStore below) {
    this.below = below;
  }

  long readBytes() {
    return read.get();
  }

  int openStreams() {
    return open.get();
  }

  @Override
  public InputStream open(ContentId id, long offset, long length) {
    var bytes = below.open(id, offset, length);
    open.incrementAndGet();
    return new FilterInputStream(bytes) {
      private boolean closed;

      @Override
      public int read() throws IOException {
        read.incrementAndGet();
        return super.read();
      }

      @Override
      public int read(byte[] into, int at, int most) throws IOException {
        int count = super.read(into, at, most);
        read.addAndGet(Math.max(count, 0));
        return count;
      }

      @Override
      public void close() throws IOException {
        if (!closed) {
          closed = true;
          open.decrementAndGet();
        }
        super.close();
      }
    };
  }

  @Override
  public StoredContent write(InputStream bytes) throws IOException {
    return below.write(bytes);
  }

  @Override
  public void sync(ContentId id) {
    below.sync(id);
  }

  @Override
  public Optional<StoredContent> find(ContentId id) {
    return below.find(id);
  }

  @Override
  public void note(List<Note> notes) {
    below.note(notes);
  }

  @Override
  public CollectionRound collect(long expected) {
    return below.collect(expected);
  }

  @Override
  public void close() {
    below.close();
  }
}
