package org.posthorn.storage.backup;

import org.jspecify.annotations.Nullable;
import org.posthorn.message.Domain;
import org.posthorn.storage.directory.SavedDomain;

/// The rows of a domain in a run. Used by one thread.
final class SavedDomainRows implements SavedDomain.Rows {
  private final RowChain chain;
  private @Nullable SavedRow row;

  private SavedDomainRows(RowChain chain) {
    this.chain = chain;
  }

  /// Throws [BackupException.Damaged].
  static SavedDomain read(BackupFolder folder, SavedPartition saved) {
    try (var chain = new RowChain(folder, saved.sections())) {
      return SavedDomain.read(Domain.of(saved.partition().name()), new SavedDomainRows(chain));
    }
  }

  @Override
  public byte @Nullable [] nextKey() {
    row = chain.current();
    if (row == null) {
      return null;
    }
    chain.advance();
    return row.key();
  }

  @Override
  public byte[] value() {
    return row == null ? new byte[0] : row.value().orElseThrow();
  }
}
