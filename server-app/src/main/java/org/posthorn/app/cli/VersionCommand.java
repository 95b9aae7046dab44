package org.posthorn.app.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.posthorn.app.BuildMark;
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
    Map<String, String> all = new LinkedHashMap<>();
    all.put("version", Version.text());
    BuildMark.onDisk().ifPresent(mark -> all.put("build", mark));
    Version.commit().ifPresent(commit -> all.put("commit", commit));
    all.put("java", java);
    options.show(
        options.mapper().valueToTree(all),
        out -> {
          out.line("posthorn " + Version.text());
          Stream.of("build", "commit")
              .filter(all::containsKey)
              .forEach(key -> out.line(key + " " + all.get(key)));
          out.line("java " + java);
        });
    return ExitCode.OK;
  }
}
