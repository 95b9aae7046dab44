package org.posthorn.storage;

import java.util.Optional;
import org.posthorn.storage.account.AccountsConfig;
import org.posthorn.storage.collect.CollectionConfig;
import org.posthorn.storage.content.ContentForm;
import org.posthorn.storage.directory.LoginsConfig;
import org.posthorn.storage.search.SearchConfig;
import org.posthorn.storage.share.SharingConfig;

/// How mail is kept.
public record StorageConfig(
    /// Where mailboxes, directory and queue are kept: `rocksdb` (in the data directory) or `memory`
    /// (nothing outlives the process; for trying things out).
    Kind engine,
    /// Bytes of memory for blocks of rows that were read. 1 MB to 64 GB.
    long blockCacheBytes,
    /// Bytes of rows that are gathered in memory before they become a sorted file; there are up to
    /// two of that size. 1 MB to 1 GB.
    long writeBufferBytes,
    /// A folder that holds the native library of the engine, or is to hold it, in the data
    /// directory or by its full path: it is unpacked there once. Without it: `store/native` in the
    /// data directory.
    Optional<String> nativeLibraryDirectory,
    /// When a file of message contents is this large, the next one is begun. 1 MB to 2 GB.
    long segmentBytes,
    /// Messages above this size get a file of their own. 4 KB to 64 MB.
    long largeContentBytes,
    /// How the bytes of messages are made fewer that come in from now on. `zstd` makes text less
    /// than half as large, for little CPU time at delivery and up to twice as much when the bytes
    /// are read; what it cannot make smaller is kept as it is. With `none` attachments are kept as
    /// the base64 that they came as, too.
    ContentForm.Compression compression,
    /// Encryption of mail on the disk.
    EncryptionConfig encryption,
    /// Bytes of memory for messages that are coming in at the same time; what does not fit goes to
    /// disk as it comes. 1 MB to 16 GB.
    long incomingBufferBytes,
    /// Bytes of memory for the structure of messages that came in or were read a short while ago.
    /// 0 to 64 GB.
    long structureCacheBytes,
    /// How many messages that came in a short while ago are remembered: the same bytes are then
    /// kept once. About 300 bytes of memory each; 0: none are. 0 to 10,000,000.
    int recentContents,
    /// How the bytes of messages that nobody has any more are freed.
    CollectionConfig collection,
    /// Limits of accounts, and how much of them is kept in memory.
    AccountsConfig accounts,
    /// How passwords are checked.
    LoginsConfig logins,
    /// The index of the text of emails.
    SearchConfig search,
    /// Mailboxes that users share.
    SharingConfig sharing) {

  /// Where rows are kept.
  public enum Kind {
    ROCKSDB,
    MEMORY
  }

  public StorageConfig {
    within("block-cache-bytes", blockCacheBytes, 1L << 20, 64L << 30);
    within("write-buffer-bytes", writeBufferBytes, 1L << 20, 1L << 30);
    within("segment-bytes", segmentBytes, 1L << 20, 2L << 30);
    within("large-content-bytes", largeContentBytes, 4L << 10, 64L << 20);
    within("incoming-buffer-bytes", incomingBufferBytes, 1L << 20, 16L << 30);
    within("structure-cache-bytes", structureCacheBytes, 0, 64L << 30);
    within("recent-contents", recentContents, 0, 10_000_000);
  }

  public static StorageConfig defaults() {
    return new StorageConfig(
        Kind.ROCKSDB,
        32L << 20,
        8L << 20,
        Optional.empty(),
        256L << 20,
        256L << 10,
        ContentForm.Compression.ZSTD,
        EncryptionConfig.off(),
        32L << 20,
        8L << 20,
        50_000,
        CollectionConfig.defaults(),
        AccountsConfig.defaults(),
        LoginsConfig.defaults(),
        SearchConfig.defaults(),
        SharingConfig.defaults());
  }

  /// Everything in memory.
  public static StorageConfig inMemory() {
    StorageConfig defaults = defaults();
    return new StorageConfig(
        Kind.MEMORY,
        defaults.blockCacheBytes,
        defaults.writeBufferBytes,
        defaults.nativeLibraryDirectory,
        defaults.segmentBytes,
        defaults.largeContentBytes,
        defaults.compression,
        defaults.encryption,
        defaults.incomingBufferBytes,
        defaults.structureCacheBytes,
        defaults.recentContents,
        defaults.collection,
        defaults.accounts,
        defaults.logins,
        defaults.search,
        defaults.sharing);
  }

  private static void within(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "storage %s is %d: set it between %d and %d".formatted(name, value, min, max));
    }
  }
}
