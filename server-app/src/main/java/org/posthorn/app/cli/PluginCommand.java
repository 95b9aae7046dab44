package org.posthorn.app.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.PluginProject;
import org.posthorn.app.PluginView;
import org.posthorn.spool.plugin.Plugin;
import org.posthorn.spool.plugin.PluginSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "plugin",
    description =
        "Look after plugins: mailets, matchers and gates that do not come with the server.",
    footer = {"", "Example:  posthorn plugin list"})
final class PluginCommand {
  @Command(
      name = "list",
      description = {
        "Name the plugins in the data directory, with their versions and what they bring.",
        "What cannot be used is named with the reason, and the exit status is 1 then: neither does"
            + " a server start with it, nor take it at a reload. No server need run."
      },
      footer = {"", "Example:  posthorn plugin list"})
  int list(@Mixin ClientOptions options) {
    PluginView view;
    try {
      view = PluginView.read(options.data());
    } catch (IOException e) {
      throw new CommandFailed(ExitCode.FAILED, String.valueOf(e.getMessage()));
    }
    options.show(options.mapper().valueToTree(view), out -> print(view, out));
    return view.unusable().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
  }

  @Command(
      name = "new",
      description = {
        "Make a project for a plugin, with a mailet, a matcher and tests; 'mvn package' builds it.",
        "It compiles and tests against this program, so nothing of Posthorn need be downloaded."
      },
      footer = {
        "",
        "Examples:  posthorn plugin new crm-lookup",
        "           posthorn plugin new crm-lookup --package com.example.crm \\",
        "               --folder work/crm",
        "           posthorn plugin new spam-score --gate"
      })
  int create(
      @Mixin ClientOptions options,
      @Parameters(
              paramLabel = "NAME",
              description =
                  "Small letters, digits and hyphens: crm-lookup has the mailet CrmLookup.")
          String name,
      @Option(
              names = "--package",
              paramLabel = "NAME",
              description = "The Java package. Default: org.example and the name.")
          @Nullable String packageName,
      @Option(
              names = "--folder",
              paramLabel = "FOLDER",
              description = "Where to; new or empty. Default: the name, here.")
          @Nullable Path folder,
      @Option(
              names = "--gate",
              description = "With a gate too, which judges clients before their mail is taken.")
          boolean withGate) {
    Path target = folder == null ? Path.of(name) : folder;
    List<String> files;
    try {
      files =
          new PluginProject(
                  name,
                  packageName == null ? "org.example." + name.replace("-", "") : packageName,
                  PluginProject.ownHome(),
                  withGate)
              .write(target);
    } catch (IllegalArgumentException e) {
      throw new CommandFailed(ExitCode.USAGE, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new CommandFailed(ExitCode.FAILED, String.valueOf(e.getMessage()));
    }
    options.show(
        options.mapper().valueToTree(Map.of("folder", target.toString(), "files", files)),
        out -> {
          files.forEach(file -> out.line(target.resolve(file).toString()));
          out.line("");
          out.line("Next:  cd %s && mvn package".formatted(target));
        });
    return ExitCode.OK;
  }

  private static void print(PluginView view, Output out) {
    if (view.plugins().isEmpty() && view.unusable().isEmpty()) {
      out.line(
          "There are no plugins: their jars belong into the folder plugins of the data directory.");
    }
    if (!view.plugins().isEmpty()) {
      out.table(
          List.of("PLUGIN", "VERSION", "API", "BRINGS"),
          view.plugins().stream()
              .map(plugin ->
                  List.of(
                      plugin.name(),
                      plugin.version().orElse("-"),
                      plugin.api().orElse("-"),
                      brings(plugin)))
              .toList());
    }
    for (PluginSet.SetAside plugin : view.unusable()) {
      out.line(out.red("unusable: ") + plugin.why());
    }
  }

  private static String brings(Plugin.About plugin) {
    List<String> all = new ArrayList<>(plugin.mailets());
    all.addAll(plugin.matchers());
    all.addAll(plugin.gates());
    return String.join(", ", all);
  }
}
