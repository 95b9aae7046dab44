package org.posthorn.app.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.posthorn.app.ChainSource;
import org.posthorn.app.ConfigCheck;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.ServerConfig;
import org.posthorn.app.config.ConfigException;
import org.posthorn.app.config.RecordMapper.Mapped;
import org.posthorn.app.config.Setting;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

@Command(
    name = "config",
    description = "Look at the configuration; no server need run.",
    footer = {"", "Example:  posthorn config check --config /etc/posthorn/posthorn.yaml"})
final class ConfigCommand {
  @Command(
      name = "check",
      description = "Say whether a server would start with this configuration, and if not, why.",
      footer = {"", "Example:  posthorn config check --config new.yaml"})
  int check(@Mixin ClientOptions options, @Mixin ConfigOptions config) {
    ConfigSource source = config.source(options.data());
    List<String> warnings;
    try {
      warnings = ConfigCheck.run(source, options.data());
    } catch (IOException e) {
      throw new CommandFailed(ExitCode.FAILED, String.valueOf(e.getMessage()));
    } catch (ConfigException e) {
      if (!options.json()) {
        throw e;
      }
      options.output().line(json(options, Map.of("ok", false, "problems", e.problems())));
      return ExitCode.USAGE;
    }
    String what =
        source
            .file()
            .map(file -> file + " is in order.")
            .orElse("There is no configuration file; the defaults are in order.");
    options.show(
        options
            .mapper()
            .valueToTree(Map.of("ok", true, "problems", List.of(), "warnings", warnings)),
        out -> {
          warnings.forEach(text -> out.line("Warning: " + text));
          out.line(what);
        });
    return ExitCode.OK;
  }

  @Command(
      name = "show",
      description = {
        "Show each value in force and where it comes from.",
        "Secrets that are looked up show as the look-up."
      },
      footer = {"", "Example:  posthorn config show --changed"})
  int show(
      @Mixin ClientOptions options,
      @Mixin ConfigOptions config,
      @Option(names = "--changed", description = "Only what is not the default.") boolean changed) {
    Mapped<ServerConfig> mapped = config.source(options.data()).read();
    List<Setting> settings =
        mapped.settings().stream()
            .filter(setting -> !changed || !setting.place().equals("default"))
            .toList();
    options.show(
        options.mapper().valueToTree(settings),
        out ->
            out.table(
                List.of("KEY", "VALUE", "FROM"),
                settings.stream()
                    .map(s -> List.of(s.key(), s.value().replace("\n", "\\n"), s.place()))
                    .toList()));
    return ExitCode.OK;
  }

  @Command(
      name = "chain",
      description = {
        "Print the chain in force: what becomes of mail that was taken.",
        "To change it: write it to a file, change the file, and name it with chain-file in posthorn.yaml."
      },
      footer = {"", "Example:  posthorn config chain > chain.yaml"})
  int chain(@Mixin ClientOptions options, @Mixin ConfigOptions config) {
    ConfigSource source = config.source(options.data());
    ServerConfig read = source.read().config();
    try {
      String text = ChainSource.text(source, read);
      options.show(
          options.mapper().valueToTree(Map.of("chain", text)), out -> out.line(text.strip()));
      return ExitCode.OK;
    } catch (IOException e) {
      throw CommandFailed.unread("the chain", Path.of(read.chainFile().orElseThrow()), e);
    }
  }

  private static String json(ClientOptions options, Object value) {
    JsonNode tree = options.mapper().valueToTree(value);
    return tree.toPrettyString();
  }
}
