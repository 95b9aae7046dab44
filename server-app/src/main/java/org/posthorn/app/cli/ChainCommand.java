package org.posthorn.app.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.ChainView;
import org.posthorn.spool.chain.ChainGraph;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "chain",
    description = "Look at the chain: what becomes of mail that was taken.",
    footer = {"", "Example:  posthorn chain show"})
final class ChainCommand {
  @Command(
      name = "show",
      description = {
        "Draw the chain in force: its processors, their steps, and where mail goes from each.",
        "The file itself is printed by 'posthorn config chain'; no server need run."
      },
      footer = {
        "",
        "Examples:  posthorn chain show",
        "           posthorn chain show --config new.yaml --svg chain.svg"
      })
  int show(
      @Mixin ClientOptions options,
      @Mixin ConfigOptions config,
      @Option(
              names = "--svg",
              paramLabel = "FILE",
              description = "Write the picture into a file, for a browser.")
          @Nullable Path svg) {
    ChainGraph graph;
    try {
      graph = ChainView.read(config.source(options.data()), options.data()).graph();
      if (svg != null) {
        Files.writeString(svg, ChainSvg.of(graph));
        options.done(options.mapper().valueToTree(graph), "The chain is drawn in " + svg + ".");
        return ExitCode.OK;
      }
    } catch (IOException e) {
      throw new CommandFailed(ExitCode.FAILED, String.valueOf(e.getMessage()));
    }
    options.show(options.mapper().valueToTree(graph), out -> ChainLines.print(graph, out));
    return ExitCode.OK;
  }
}
