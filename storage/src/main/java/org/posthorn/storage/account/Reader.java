package org.posthorn.storage.account;

import java.lang.ref.SoftReference;
import org.jspecify.annotations.Nullable;

/// One reader of a mailbox as of one version: the MODSEQ of the last mark, and the marks while they
/// are in memory. Those that are in no row yet are held; others go when memory is short.
final class Reader {
  private final long highestModSeq;
  private volatile @Nullable Marks unwritten;
  private volatile SoftReference<Marks> written = new SoftReference<>(null);

  /// Whose marks are in rows.
  Reader(long highestModSeq) {
    this.highestModSeq = highestModSeq;
  }

  Reader(long highestModSeq, Marks unwritten) {
    this.highestModSeq = highestModSeq;
    this.unwritten = unwritten;
  }

  /// A mailbox, and the account whose user reads it.
  record Key(int mailbox, String account) {}

  long highestModSeq() {
    return highestModSeq;
  }

  /// Null when they are to be read first.
  @Nullable Marks marks() {
    Marks held = unwritten;
    return held != null ? held : written.get();
  }

  void keep(Marks marks) {
    written = new SoftReference<>(marks);
  }

  /// The marks are in rows now.
  void written() {
    Marks held = unwritten;
    if (held != null) {
      written = new SoftReference<>(held);
      unwritten = null;
    }
  }
}
