package org.posthorn.storage.collect;

import java.util.function.Consumer;
import org.posthorn.message.ContentId;

/// Rows that name contents. Safe for use by many threads.
@FunctionalInterface
public interface ContentSource {
  /// Tells `use` every content that a row names, in pages; some more than once. A row that is there
  /// all the time is found; one that moves within the source is found where it was or where it is.
  /// Throws [org.posthorn.storage.StorageUnavailable] when a row cannot be read: then nobody knows
  /// which contents are needed.
  void contents(Consumer<ContentId> use);
}
