package org.posthorn.storage.content;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.posthorn.message.ContentId;

/// The bytes of short contents that came in just now. A mail is read some times in the moments
/// after it came in: by those who judge it, by whoever signs it, by whoever takes it to another
/// server; to unpack it each time was a tenth of the work of a mail that is passed on. The oldest
/// make room. Safe for use by many threads.
final class FreshTexts {
  /// Longer ones are few, and to unpack them is little beside what else they cost.
  private static final int LONGEST_BYTES = 32 << 10;

  private final Map<ContentId, byte[]> texts = new LinkedHashMap<>();
  private final long maxBytes;
  private long bytes;

  FreshTexts(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  boolean wants(long contentBytes) {
    return contentBytes <= LONGEST_BYTES && contentBytes <= maxBytes;
  }

  /// Nobody may write to `text` any more.
  synchronized void keep(ContentId id, byte[] text) {
    byte[] before = texts.put(id, text);
    bytes += text.length - (before == null ? 0 : before.length);
    Iterator<byte[]> oldest = texts.values().iterator();
    while (bytes > maxBytes) {
      bytes -= oldest.next().length;
      oldest.remove();
    }
  }

  /// Not to be written to.
  synchronized Optional<byte[]> find(ContentId id) {
    return Optional.ofNullable(texts.get(id));
  }
}
