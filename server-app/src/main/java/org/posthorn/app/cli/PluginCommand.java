package org.posthorn.app.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.posthorn.app.PluginView;
import org.posthorn.spool.plugin.Plugin;
import org.posthorn.spool.plugin.PluginSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

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
        "What cannot be used is named with the reason. No server need run."
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
