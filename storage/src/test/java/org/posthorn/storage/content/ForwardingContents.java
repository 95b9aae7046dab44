package org.posthorn.storage.content;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import org.posthorn.message.ContentId;

/// Does what the store below does: for tests that want one step of it to be another.
public abstract class ForwardingContents implements ContentStore {
  protected final ContentStore below;

  protected ForwardingContents(ContentStore below) {
    this.below = below;
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
  public InputStream open(ContentId id, long offset, long length) {
    return below.open(id, offset, length);
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
