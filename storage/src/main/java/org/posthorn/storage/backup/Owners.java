package org.posthorn.storage.backup;

import java.util.Optional;
import java.util.function.Supplier;
import org.posthorn.message.Domain;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.remember.PluginStores;

/// Who changes the partitions that belong into backups. Safe for use by many threads.
record Owners(Accounts accounts, Directory directory, PluginStores plugins) {
  /// Does something while the owner of the partition does not change it; at once where it has none.
  /// Empty when the action came to nothing, or there is no such account.
  <R> Optional<R> alone(Partition partition, Supplier<Optional<R>> action) {
    return switch (partition.kind()) {
      case ACCOUNT -> accounts.alone(new AccountId(partition.name()), action);
      case DOMAIN -> directory.alone(Domain.of(partition.name()), action);
      case SYSTEM, QUEUE ->
          PluginStores.isOne(partition) ? plugins.alone(partition, action) : action.get();
    };
  }
}
