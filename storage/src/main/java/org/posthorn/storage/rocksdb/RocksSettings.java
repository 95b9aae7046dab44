package org.posthorn.storage.rocksdb;

import java.nio.file.Path;

/// What an engine needs to know: how much memory it may take, and where its native library is or is
/// to be unpacked.
public record RocksSettings(
    long blockCacheBytes, long writeBufferBytes, Path nativeLibraryDirectory) {}
