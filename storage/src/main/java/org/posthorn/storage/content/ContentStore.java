package org.posthorn.storage.content;

import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.posthorn.message.ContentId;
import org.posthorn.storage.engine.Cargo;

/// Message bytes, immutable, written once. Safe for use by many threads. Promises are tests in
/// `ContentStoreContract`.
public interface ContentStore extends AutoCloseable {
  /// Reads `bytes` to their end and keeps them; their structure is computed in the same pass. The
  /// same bytes that came in a short while ago are not kept twice: the id is that of the first.
  /// Memory is bounded whatever the size. The content is readable when this returns, and durable
  /// when [#sync] returned for it. Throws the `IOException` of `bytes` unchanged (then nothing is
  /// kept), and [org.posthorn.storage.StorageUnavailable] when the store itself fails.
  StoredContent write(InputStream bytes) throws IOException;

  /// Returns when the content is durable; at once if it is already. Waiting threads share one
  /// `fsync` and pin no carrier. Throws [ContentMissing] when there is no such content. Whoever
  /// commits a row that names a content calls this just before, also for one that is not new: so a
  /// round of collection that is under way hears of it.
  void sync(ContentId id);

  /// What the commit of rows that name these contents has to carry, so that they are durable with
  /// it: asked just before, instead of [#sync] for each. What is not carried is durable when this
  /// returns. Throws [ContentMissing] when one of them is not there.
  default List<Cargo> cargo(Collection<ContentId> ids) {
    ids.forEach(this::sync);
    return List.of();
  }

  /// Whoever wrote a content and gives it to nobody says so, once for each time that [#write] gave
  /// it to them: it may go before a collection finds it. Does nothing where somebody else may have
  /// got it, since the same bytes came again, where a row may name it, and where it does not pay.
  /// What trouble this meets is not the caller's.
  default void release(ContentId id) {}

  /// Why nothing can be written now, in words for the operator; empty while it can.
  default Optional<String> writesStopped() {
    return Optional.empty();
  }

  /// What was found wrong with whole files, each in words for the operator with what to do.
  default List<String> faults() {
    return List.of();
  }

  /// The same after a look at each file.
  default List<String> inspect() {
    return faults();
  }

  /// Size and structure, without reading the bytes; empty when there is no such content. Throws
  /// `UncheckedIOException` around a [ContentDamaged] when what was kept of it is not right.
  Optional<StoredContent> find(ContentId id);

  /// `length` bytes from `offset`; fewer where the content ends earlier. The caller closes it, and
  /// may do so before the end. Throws [ContentMissing] when there is no such content and
  /// [ContentDamaged], here or while reading, when the bytes are not those that were written.
  InputStream open(ContentId id, long offset, long length);

  /// Keeps notes of where contents are placed, for whoever has to do without rows one day. Not
  /// durable by itself: at the latest when a content is synced that came later to the same place. A
  /// store that does not outlive its process keeps none.
  void note(List<Note> notes);

  /// Begins a round of collection; there is one at a time. About `expected` contents are needed:
  /// with many more it keeps more of those that are not.
  CollectionRound collect(long expected);

  @Override
  void close();
}
