package org.posthorn.imap;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.posthorn.message.ContentId;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.ForwardingContents;

/// Knows how much of the contents was read, and how many of them are open.
final class ReadContents extends ForwardingContents {
  private final AtomicLong read = new AtomicLong();
  private final AtomicInteger open = new AtomicInteger();

  ReadContents(ContentStore below) {
    super(below);
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
}
