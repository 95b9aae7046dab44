package org.posthorn.app.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "version",
    description = "Show the version of the program and of its Java.",
    footer = {"", "Example:  posthorn version"})
final class VersionCommand implements Callable<Integer> {
  @Mixin private final ClientOptions options = new ClientOptions();

  @Override
  public Integer call() {
    String java = System.getProperty("java.vm.name") + " " + Runtime.version();
    options.show(
        options.mapper().valueToTree(Map.of("version", version(), "java", java)),
        out -> {
          out.line("posthorn " + version());
          out.line("java " + java);
        });
    return ExitCode.OK;
  }

  /// As Maven wrote it into the build.
  static String version() {
    try (InputStream stream = VersionCommand.class.getResourceAsStream("/posthorn.properties")) {
      var properties = new Properties();
      properties.load(stream);
      return properties.getProperty("version", "unknown");
    } catch (IOException _) {
      return "unknown";
    }
  }
}
