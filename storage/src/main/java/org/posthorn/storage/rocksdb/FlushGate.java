package org.posthorn.storage.rocksdb;

import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Cargo;
import org.rocksdb.AbstractEventListener;
import org.rocksdb.FlushJobInfo;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lets RocksDB write its newest rows to a file when all that they carried is durable where it
/// belongs, since it deletes their part of the log behind that. RocksDB calls this on its own
/// thread when it has chosen what it writes. When that cannot be made durable, no file is deleted
/// any more and nothing is committed until it is: the next start would bring what is in the log.
final class FlushGate extends AbstractEventListener {
  private static final Logger log = LoggerFactory.getLogger(FlushGate.class);

  private final Cargo.Home home;
  private volatile Alarm alarm = _ -> {};

  /// Whether RocksDB was told to delete nothing.
  private boolean logKept;

  /// Told why nothing may be committed until all is in its place.
  interface Alarm {
    void raise(StorageUnavailable why);
  }

  FlushGate(Cargo.Home home) {
    super(EnabledEventCallback.ON_FLUSH_BEGIN);
    this.home = home;
  }

  void inTrouble(Alarm told) {
    alarm = told;
  }

  @Override
  public void onFlushBegin(RocksDB db, FlushJobInfo flush) {
    try {
      home.settle();
    } catch (RuntimeException | Error e) {
      keepLog(db, e);
    }
  }

  /// All that the log holds is in its place now.
  synchronized void letLogGo(RocksDB db) throws RocksDBException {
    if (logKept) {
      db.enableFileDeletions();
      logKept = false;
    }
  }

  /// The rows are about to be opened anew, which deletes what may go.
  synchronized void closed() {
    logKept = false;
  }

  private synchronized void keepLog(RocksDB db, Throwable why) {
    if (!logKept) {
      try {
        db.disableFileDeletions();
        logKept = true;
      } catch (RocksDBException e) {
        why.addSuppressed(e);
      }
    }
    log.atError().setCause(why).log("log-kept");
    alarm.raise(
        why instanceof StorageUnavailable known
            ? known
            : new StorageUnavailable("What the log holds cannot be written to its place", why));
  }
}
