package org.posthorn.storage.backup;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.message.ContentId;
import org.posthorn.message.mime.StructureScanner;
import org.posthorn.storage.content.CollectionRound;
import org.posthorn.storage.content.ContentMissing;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.Note;
import org.posthorn.storage.content.StoredContent;

/// The contents of one account in a backup, for whoever walks through it: read, never written.
final class SavedContents implements ContentStore {
  private static final int BUFFER_BYTES = 64 << 10;

  private final PackReader packs;
  private final Map<ContentId, ContentPlace> places;

  SavedContents(PackReader packs, Map<ContentId, ContentPlace> places) {
    this.packs = packs;
    this.places = places;
  }

  @Override
  public StoredContent write(InputStream bytes) {
    throw new UnsupportedOperationException("A backup's contents are only read");
  }

  @Override
  public void sync(ContentId id) {}

  @Override
  public Optional<StoredContent> find(ContentId id) {
    ContentPlace place = places.get(id);
    if (place == null) {
      return Optional.empty();
    }
    var scanner = new StructureScanner();
    try (InputStream in = packs.open(place)) {
      var buffer = new byte[BUFFER_BYTES];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        scanner.update(buffer, 0, n);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Optional.of(new StoredContent(id, place.sizeBytes(), scanner.finish()));
  }

  @Override
  public InputStream open(ContentId id, long offset, long length) {
    ContentPlace place = places.get(id);
    if (place == null) {
      throw new ContentMissing(id);
    }
    try {
      InputStream in = packs.open(place);
      in.skipNBytes(offset);
      return new Limited(in, length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void note(List<Note> notes) {}

  @Override
  public CollectionRound collect(long expected) {
    throw new UnsupportedOperationException("A backup's contents are only read");
  }

  @Override
  public void close() {}
}
