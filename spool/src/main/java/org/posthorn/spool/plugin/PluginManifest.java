package org.posthorn.spool.plugin;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.MatcherFactory;

/// What a plugin says of itself in the manifest of the jar that has its factories.
record PluginManifest(Optional<String> version, Optional<ApiVersion> api) {
  private static final List<String> SERVICES =
      List.of(
          "META-INF/services/" + MailetFactory.class.getName(),
          "META-INF/services/" + MatcherFactory.class.getName(),
          "META-INF/services/" + GateFactory.class.getName());

  /// Throws [PluginException] where there is nothing that could be a plugin.
  static PluginManifest read(PluginFiles files) {
    if (files.jars().isEmpty()) {
      throw new PluginException(
          files.name(), "is a folder without a jar: put the plugin and its libraries into it");
    }
    for (Path jar : files.jars()) {
      try (var opened = new JarFile(jar.toFile())) {
        if (SERVICES.stream().anyMatch(name -> opened.getEntry(name) != null)) {
          return of(files.name(), opened.getManifest());
        }
      } catch (ZipException e) {
        throw new PluginException(
            files.name(),
            "cannot be read: %s is no jar or a damaged one (%s). Copy it again."
                .formatted(jar.getFileName(), e.getMessage()));
      } catch (IOException e) {
        throw new PluginException(files.name(), "cannot be read: " + e);
      }
    }
    throw new PluginException(
        files.name(),
        "has no mailet, no matcher and no gate: list its factories in %s, %s or %s"
            .formatted(SERVICES.get(0), SERVICES.get(1), SERVICES.get(2)));
  }

  private static PluginManifest of(String name, @Nullable Manifest manifest) {
    Attributes main = manifest == null ? new Attributes() : manifest.getMainAttributes();
    Optional<String> api = Optional.ofNullable(main.getValue(ApiVersion.MANIFEST));
    try {
      return new PluginManifest(
          Optional.ofNullable(main.getValue(Attributes.Name.IMPLEMENTATION_VERSION)),
          api.map(ApiVersion::parse));
    } catch (IllegalArgumentException e) {
      throw new PluginException(
          name,
          "has a manifest that cannot be used: %s: %s"
              .formatted(ApiVersion.MANIFEST, e.getMessage()));
    }
  }

  /// Throws [PluginException] where this server has not what the plugin wants.
  void requireServed(String name) {
    ApiVersion wanted = api.orElse(ApiVersion.CURRENT);
    if (!ApiVersion.CURRENT.serves(wanted)) {
      throw new PluginException(
          name,
          "was built for version %s of the plugin API, and this server has %s. %s"
              .formatted(
                  wanted,
                  ApiVersion.CURRENT,
                  wanted.major() < ApiVersion.CURRENT.major()
                      ? "Use a newer version of the plugin."
                      : "Use a newer server, or a version of the plugin that was built for "
                          + ApiVersion.CURRENT
                          + " or older."));
    }
  }
}
