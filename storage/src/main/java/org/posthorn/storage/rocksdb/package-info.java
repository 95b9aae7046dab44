/// The embedded engine: rows in RocksDB, written by one committer thread that packs what waits into
/// one fsync.
@NullMarked
package org.posthorn.storage.rocksdb;

import org.jspecify.annotations.NullMarked;
