package org.posthorn.app.cli;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.posthorn.app.ChainView;
import org.posthorn.mailet.ParameterReader.Description;
import org.posthorn.spool.chain.Catalogue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "mailet",
    description = {
      "Look at what there is to use: mailets and matchers for the chain, gates; those of plugins too.",
      "No server need run."
    },
    footer = {"", "Example:  posthorn mailet describe ToMailbox"})
final class MailetCommand {
  @Command(
      name = "list",
      description = "Name all mailets, matchers and gates, and say what each does.",
      footer = {"", "Example:  posthorn mailet list"})
  int list(@Mixin ClientOptions options, @Mixin ConfigOptions config) {
    Catalogue catalogue = read(options, config).catalogue();
    options.show(
        options.mapper().valueToTree(catalogue.entries()),
        out ->
            out.table(
                List.of("KIND", "NAME", "FROM", "WHAT IT DOES"),
                catalogue.entries().stream()
                    .map(entry -> List.of(kind(entry), entry.name(), from(entry), entry.summary()))
                    .toList()));
    return ExitCode.OK;
  }

  @Command(
      name = "describe",
      description = "Show the parameters of a mailet, a matcher or a gate, and an example.",
      footer = {"", "Example:  posthorn mailet describe HasHeader"})
  int describe(
      @Mixin ClientOptions options,
      @Mixin ConfigOptions config,
      @Parameters(paramLabel = "NAME", description = "As in the chain or the list of gates.")
          String name) {
    Catalogue catalogue = read(options, config).catalogue();
    Catalogue.Entry entry =
        catalogue
            .find(name)
            .orElseThrow(() ->
                new CommandFailed(
                    ExitCode.NOT_POSSIBLE,
                    "There is no mailet, no matcher and no gate %s%s"
                        .formatted(
                            name,
                            catalogue
                                .nearest(name)
                                .map(near -> "; did you mean " + near + "?")
                                .orElse(": 'posthorn mailet list' shows them"))));
    options.show(options.mapper().valueToTree(entry), out -> describe(out, entry));
    return ExitCode.OK;
  }

  private static void describe(Output out, Catalogue.Entry entry) {
    out.line("%s, a %s of %s".formatted(out.bold(entry.name()), kind(entry), from(entry)));
    out.line(entry.summary());
    out.line("");
    if (entry.parameters().isEmpty()) {
      out.line("It has no parameters.");
    }
    describe(out, "", entry.parameters());
    out.line("");
    entry.example().lines().forEach(line -> out.line("    " + line));
  }

  /// What is in a block, further to the right.
  private static void describe(Output out, String indent, List<Description> parameters) {
    for (Description parameter : parameters) {
      out.line("%s%s: %s".formatted(indent, out.bold(parameter.name()), shortKind(parameter)));
      String below = indent + "    ";
      out.line(below + parameter.text());
      out.line(below + (parameter.required() ? "Must be given." : otherwise(parameter)));
      describe(out, below, parameter.parts());
    }
  }

  /// Without what is in a block, which has lines of its own.
  private static String shortKind(Description parameter) {
    return parameter.parts().isEmpty()
        ? parameter.kind()
        : parameter.kind().replaceFirst("(?s)a block with .*", "a block with");
  }

  private static String otherwise(Description parameter) {
    return parameter.otherwise().isEmpty()
        ? "May be left out."
        : "If nothing is said: " + parameter.otherwise();
  }

  private static String from(Catalogue.Entry entry) {
    return entry.from() + entry.version().map(version -> " " + version).orElse("");
  }

  private static String kind(Catalogue.Entry entry) {
    return entry.kind().name().toLowerCase(Locale.ROOT);
  }

  private static ChainView read(ClientOptions options, ConfigOptions config) {
    try {
      return ChainView.read(config.source(options.data()), options.data());
    } catch (IOException e) {
      throw new CommandFailed(ExitCode.FAILED, String.valueOf(e.getMessage()));
    }
  }
}
