package org.posthorn.storage.rocksdb;

import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import org.posthorn.storage.engine.CacheFigures;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.HistogramType;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.Statistics;
import org.rocksdb.TickerType;
import org.rocksdb.WALRecoveryMode;

/// The options of the database, and the native memory that they hold until they are closed.
final class RocksOptions implements AutoCloseable {
  private static final int BLOCK_BYTES = 8 << 10;
  private static final int BLOOM_BITS = 10;

  /// Of the rows that are not in files yet, for a filter of their keys.
  private static final double MEMORY_BLOOM_SHARE = 0.05;

  /// Rows whose keys begin alike are put beside the last one of them, not looked for a place from
  /// the top: the kind of partition, an account's id of twenty letters, NUL and the kind of row.
  /// Most of what a new mail writes stands behind what the one before it wrote. RocksDB before
  /// 11.1.1 took deleted ranges for rows then.
  private static final String NEIGHBOURS = "rocksdb.FixedPrefix.23";

  private static final int MANY_FILES = 100_000;

  /// The cache has so many parts (as a power of two), each with its share of the bytes.
  private static final int CACHE_SHARD_BITS = 2;

  private final LRUCache cache;
  private final long cacheBytes;

  /// Counters only: histograms cost time with each read.
  private final Statistics statistics = new Statistics(EnumSet.allOf(HistogramType.class));

  private final BloomFilter bloom = new BloomFilter(BLOOM_BITS);
  private final Options options;

  RocksOptions(RocksSettings settings, FlushGate flushes) {
    cacheBytes = settings.blockCacheBytes();
    cache = new LRUCache(settings.blockCacheBytes(), CACHE_SHARD_BITS);
    var tables =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setBlockSize(BLOCK_BYTES)
            .setFilterPolicy(bloom)
            // In small parts: one filter for all keys of a large file has megabytes, does not fit
            // into a part of the cache, and would be read anew for each key that is looked up.
            .setIndexType(IndexType.kTwoLevelIndexSearch)
            .setPartitionFilters(true)
            .setMetadataBlockSize(BLOCK_BYTES)
            .setPinTopLevelIndexAndFilter(true)
            .setCacheIndexAndFilterBlocks(true)
            .setCacheIndexAndFilterBlocksWithHighPriority(true)
            .setPinL0FilterAndIndexBlocksInCache(true);
    options =
        empty()
            .setCreateIfMissing(true)
            .setTableFormatConfig(tables)
            .setWriteBufferSize(settings.writeBufferBytes())
            // Most of what a new mail looks for is not there, such as others of its thread.
            .setMemtablePrefixBloomSizeRatio(MEMORY_BLOOM_SHARE)
            .setMemtableWholeKeyFiltering(true)
            .setMaxWriteBufferNumber(2)
            .setMaxTotalWalSize(4 * settings.writeBufferBytes())
            // A torn last record was never acknowledged; anything else that is wrong is told.
            .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
            .setCompressionType(CompressionType.LZ4_COMPRESSION)
            .setBottommostCompressionType(CompressionType.ZSTD_COMPRESSION)
            .setLevelCompactionDynamicLevelBytes(true)
            // Reads slow down with every deleted range that is still in memory.
            .setMemtableMaxRangeDeletions(500)
            .setMaxBackgroundJobs(2)
            .setMaxOpenFiles(512)
            .setListeners(List.of(flushes))
            .setStatistics(statistics)
            .setStatsDumpPeriodSec(0)
            .setStatsPersistPeriodSec(0)
            .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
            .setMaxLogFileSize(1 << 20)
            .setKeepLogFileNum(4);
  }

  Options options() {
    return options;
  }

  /// Those that can be set as a text only.
  private static Options empty() {
    var texts = new Properties();
    texts.setProperty("memtable_insert_with_hint_prefix_extractor", NEIGHBOURS);
    try (DBOptions database = new DBOptions();
        ColumnFamilyOptions rows =
            Objects.requireNonNull(
                ColumnFamilyOptions.getColumnFamilyOptionsFromProps(texts),
                "This RocksDB does not know an option")) {
      return new Options(database, rows);
    }
  }

  /// How the cache of blocks serves.
  CacheFigures blocks() {
    return new CacheFigures(
        "blocks",
        cache.getUsage(),
        cacheBytes,
        statistics.getTickerCount(TickerType.BLOCK_CACHE_HIT),
        statistics.getTickerCount(TickerType.BLOCK_CACHE_MISS));
  }

  /// From the next opening on, a damaged file stops neither writes nor the work in the background
  /// on other files; that the files of one level may become many must not stop writes then.
  void goOnDespiteDamage() {
    options
        .setParanoidChecks(false)
        .setLevel0SlowdownWritesTrigger(MANY_FILES)
        .setLevel0StopWritesTrigger(MANY_FILES)
        .setSoftPendingCompactionBytesLimit(0)
        .setHardPendingCompactionBytesLimit(0);
  }

  @Override
  public void close() {
    options.close();
    bloom.close();
    statistics.close();
    cache.close();
  }
}
