package org.posthorn.app;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
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
    List<ConfigProblem> problems = new ArrayList<>();
    List<String> warnings = new ArrayList<>(SourceAddresses.missing(config.outbound()));
    try (PluginSet plugins = ChainSource.plugins(data)) {
      check(problems, () -> composition.chain(source, config, plugins, () -> {}).retire());
      check(
          problems,
          () -> {
            var _ = composition.gates(source, config, plugins);
          });
    }
    check(problems, () -> PortClashes.check(ports(composition, config)));
    try {
      warnings.addAll(Certificates.check(config.tls(), config.hostname(), data, Instant.now()));
    } catch (Certificates.Unusable e) {
      problems.add(new ConfigProblem("certificates", "tls", String.valueOf(e.getMessage())));
    }
    throwAny(problems);
    return warnings;
  }

  /// One fault hides none of the others.
  private static void check(List<ConfigProblem> problems, Runnable part) {
    try {
      part.run();
    } catch (ConfigException e) {
      problems.addAll(e.problems());
    }
  }

  private static List<PortClashes.Wanted> ports(Composition composition, ServerConfig config) {
    List<PortClashes.Wanted> ports =
        new ArrayList<>(composition.ports(config).stream().map(PortClashes.Wanted::by).toList());
    if (config.web().enabled()) {
      ports.add(new PortClashes.Wanted(Port.WEB, config.web().listener()));
    }
    return ports;
  }

  private static void throwAny(List<ConfigProblem> problems) {
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
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
    throwAny(problems);
  }
}
