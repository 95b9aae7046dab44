package org.posthorn.storage.backup;

import java.util.Optional;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.keys.DomainKeys;
import org.posthorn.storage.keys.ReturnPathRows;
import org.posthorn.storage.remember.PluginStores;

/// What belongs into backups beside domains and accounts. Not so: what counts for minutes (who has
/// to wait with logging in, what gates remember), what wraps the keys of this machine, what can be
/// made anew, and the queue.
enum SystemPart {
  /// What a plugin keeps.
  PLUGIN_STORE,
  /// The keys by which domains sign their mail.
  DOMAIN_KEYS,
  /// The secrets of return paths: by them bounces of mail from before are known.
  RETURN_PATHS;

  /// Whether each row counts by itself, so that they need not be of one version.
  boolean isRowByRow() {
    return this != PLUGIN_STORE;
  }

  static Optional<SystemPart> of(Partition partition) {
    if (PluginStores.isOne(partition)) {
      return Optional.of(PLUGIN_STORE);
    }
    if (DomainKeys.isTheirs(partition)) {
      return Optional.of(DOMAIN_KEYS);
    }
    return partition.equals(ReturnPathRows.PARTITION)
        ? Optional.of(RETURN_PATHS)
        : Optional.empty();
  }
}
