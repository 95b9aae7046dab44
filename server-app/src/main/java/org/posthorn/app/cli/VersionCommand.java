package org.posthorn.app.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import org.posthorn.app.Version;
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
        options.mapper().valueToTree(Map.of("version", Version.text(), "java", java)),
        out -> {
          out.line("posthorn " + Version.text());
          out.line("java " + java);
        });
    return ExitCode.OK;
  }
}
