package org.posthorn.storage.rocksdb;

import java.util.Optional;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.system.SystemErrors;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/// What stopped the commits and may pass.
enum Trouble {
  FULL,
  /// Room that whoever runs this may not take.
  OVER_QUOTA,
  TOO_MANY_FILES,
  /// A damaged file stopped RocksDB's background work.
  DAMAGED,
  /// What the log holds could not be written to its place.
  UNSETTLED;

  /// Of a write that failed; empty when it does not pass.
  static Optional<Trouble> of(Throwable cause) {
    if (!(cause instanceof RocksDBException e) || e.getStatus() == null) {
      return Optional.empty();
    }
    String message = String.valueOf(e.getMessage());
    if (e.getStatus().getCode() == Status.Code.Corruption) {
      return Optional.of(DAMAGED);
    } else if (e.getStatus().getSubCode() == Status.SubCode.NoSpace) {
      return Optional.of(FULL);
    } else if (SystemErrors.isOverQuota(message)) {
      return Optional.of(OVER_QUOTA);
    }
    return SystemErrors.areTooManyFiles(message) ? Optional.of(TOO_MANY_FILES) : Optional.empty();
  }

  /// For the operator: what stopped the commits, and what to do.
  static StorageUnavailable explain(Throwable cause, Optional<Trouble> trouble) {
    if (trouble.isEmpty()) {
      return new StorageUnavailable(
          "A write to the disk failed: repair it, then restart Posthorn", cause);
    }
    return switch (trouble.get()) {
      case FULL -> StorageUnavailable.full("The disk is full: free space on it", cause);
      case OVER_QUOTA ->
          StorageUnavailable.full(
              "The quota of the disk is used up: raise it, or free space", cause);
      case TOO_MANY_FILES ->
          new StorageUnavailable("Too many files are open: raise the limit (LimitNOFILE=)", cause);
      case DAMAGED ->
          new StorageUnavailable("A file of rows is damaged: run posthorn verify", cause);
      case UNSETTLED ->
          new StorageUnavailable("What the log holds cannot be written to its place", cause);
    };
  }
}
