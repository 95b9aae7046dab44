package org.posthorn.app.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.ChainView;
import org.posthorn.spool.chain.ChainGraph;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "chain",
    description = "Look at the chain: what becomes of mail that was taken.",
    footer = {"", "Example:  posthorn chain show"})
final class ChainCommand {
  private static final int MESSAGE_MAX_BYTES = 20 << 20;

  @Command(
      name = "show",
      description = {
        "Draw the chain in force: its processors, their steps, and where mail goes from each.",
        "The file itself is printed by 'posthorn config chain'; no server need run. When one runs,"
            + " steps that fail or are isolated are marked."
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
    List<JsonNode> troubled = troubled(options);
    options.show(
        options.mapper().valueToTree(graph), out -> ChainLines.print(graph, troubled, out));
    return ExitCode.OK;
  }

  /// The steps that a server that runs has trouble with; none where none runs.
  private static List<JsonNode> troubled(ClientOptions options) {
    List<JsonNode> troubled = new ArrayList<>();
    if (options.client().serverAnswers()) {
      options.client().get("/status").path("troubled").forEach(troubled::add);
    }
    return troubled;
  }

  @Command(
      name = "test",
      description = {
        "Show step by step what would become of a mail: who matches, what each mailet changes and"
            + " decides,"
            + " and where each recipient ends. Nothing is delivered, sent or remembered.",
        "The server must run: its users, aliases and plugins are asked. The chain is the one in"
            + " the"
            + " configuration files as they are now, so a change can be tried before 'posthorn reload'."
      },
      footer = {
        "",
        "Examples:  posthorn chain test message.eml --from carl@example.com \\",
        "               --to ann@example.org",
        "           posthorn chain test message.eml --as ann@example.org \\",
        "               --from ann@example.org --to x@example.net",
        "           posthorn chain test message.eml --to ann@example.org \\",
        "               --note auth.disposition=quarantine"
      })
  int test(
      @Mixin ClientOptions options,
      @Parameters(
              paramLabel = "MESSAGE",
              description = "A file with the message; - is standard input.")
          String message,
      @Option(
              names = "--from",
              paramLabel = "ADDRESS",
              description = "The envelope sender; without it none, as a bounce has.")
          @Nullable String from,
      @Option(
              names = "--to",
              required = true,
              paramLabel = "ADDRESS",
              description = "A recipient. May be repeated.")
          List<String> to,
      @Option(
              names = "--as",
              paramLabel = "LOGIN",
              description = "The user who has logged in and hands it over.")
          @Nullable String as,
      @Option(
              names = "--remote",
              paramLabel = "IP",
              description = "From where it comes. Default: nowhere, as the server's own mail.")
          @Nullable String remote,
      @Option(
              names = "--note",
              paramLabel = "NAME=VALUE",
              description =
                  "A note (attribute) that the mail has, as a gate would have made it: gates are not"
                      + " asked here. May be repeated.")
          @Nullable Map<String, String> notes) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("message", Base64.getEncoder().encodeToString(read(message)));
    body.put("from", from);
    body.put("to", to);
    body.put("as", as);
    body.put("remote", remote);
    body.put("notes", notes);
    // A server of another build need not know what nobody gave.
    body.values().removeIf(Objects::isNull);
    JsonNode report = options.client().post("/chain/test", body);
    options.show(report, out -> RehearsalLines.print(report, out));
    return ExitCode.OK;
  }

  /// With CRLF, as a server has it.
  private static byte[] read(String file) {
    try {
      byte[] bytes =
          file.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(file));
      if (bytes.length > MESSAGE_MAX_BYTES) {
        throw new CommandFailed(
            ExitCode.FAILED, "The message is too large to be tried: at most 20 MB");
      }
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      return text.replaceAll("\\r?\\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw CommandFailed.unread("the message", Path.of(file), e);
    }
  }
}
