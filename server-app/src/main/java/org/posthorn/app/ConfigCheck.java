package org.posthorn.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.posthorn.app.config.ConfigException;
import org.posthorn.app.config.ConfigProblem;
import org.posthorn.app.oauth.OAuthModule;
import org.posthorn.app.tls.Certificates;
import org.posthorn.smtp.outbound.SourceAddresses;
import org.posthorn.spool.plugin.PluginSet;
import org.posthorn.storage.StorageConfig;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.keys.Keyring;

/// Finds out whether a server would start with a configuration, without touching what it keeps: all
/// rooms are made over a store in memory, and the chain is built with the plugins in the data
/// directory. Certificates and the files that the storage needs are read, and none is made. No port
/// is opened.
public final class ConfigCheck {
  private ConfigCheck() {}

  /// With what may go wrong nevertheless. Throws [ConfigException] with what is wrong.
  public static List<String> run(ConfigSource source, Path data) throws IOException {
    ServerConfig config = source.read().config();
    checkFiles(config.storage(), data);
    Composition composition = Composition.of(config.withStorage(StorageConfig.inMemory()), data);
    try (PluginSet plugins = ChainSource.plugins(data)) {
      composition.chain(source, config, plugins, () -> {}).retire();
      var _ = composition.gates(source, config, plugins);
    }
    try {
      Certificates.check(config.tls(), data);
    } catch (Certificates.Unusable e) {
      throw new ConfigException(
          List.of(new ConfigProblem("certificates", "tls", String.valueOf(e.getMessage()))));
    }
    return SourceAddresses.missing(config.outbound());
  }

  /// A store in memory needs neither.
  private static void checkFiles(StorageConfig storage, Path data) {
    List<ConfigProblem> problems = new ArrayList<>();
    try {
      var _ = OAuthModule.of(storage.logins().oauth(), data);
    } catch (IOException e) {
      problems.add(new ConfigProblem("files", "", String.valueOf(e.getMessage())));
    }
    if (storage.engine() == StorageConfig.Kind.ROCKSDB) {
      try {
        storage.encryption().masterKeyFile().map(data::resolve).ifPresent(Keyring::check);
      } catch (StorageUnavailable e) {
        problems.add(
            new ConfigProblem(
                "files", "storage.encryption.master-key-file", String.valueOf(e.getMessage())));
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
  }
}
