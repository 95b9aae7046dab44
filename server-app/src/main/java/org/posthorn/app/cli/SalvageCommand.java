package org.posthorn.app.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.posthorn.app.StoppedServer;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.salvage.Salvage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "salvage",
    description = {
      "When the rows of a server are lost or cannot be read: rebuild its accounts in a new data directory from the messages alone.",
      "Each message comes back where it was first placed, with its flags and date of then; what was deleted or moved since is there again. Passwords, aliases and later changes are lost.",
      "Restore a backup instead if there is one. The server must not run. Its data directory is only read."
    },
    footer = {
      "",
      "Example:  posthorn salvage --data /var/lib/posthorn --into /var/lib/posthorn-new"
    })
final class SalvageCommand implements Callable<Integer> {
  private static final long BETWEEN_LINES = 100_000_000;

  @Mixin private final ClientOptions options = new ClientOptions();
  @Mixin private final ConfigOptions config = new ConfigOptions();

  @Option(
      names = "--into",
      required = true,
      paramLabel = "NEWDIR",
      description = "The new data directory.")
  private Path into = Path.of("");

  private long next = System.nanoTime();

  @Override
  public Integer call() {
    Output out = options.output();
    try {
      Salvage.Salvaged salvaged =
          StoppedServer.salvage(options.data(), into, config.source(options.data()), telling(out));
      out.endProgress();
      return end(out, salvaged);
    } catch (IOException | StorageUnavailable e) {
      throw new CommandFailed(ExitCode.FAILED, String.valueOf(e.getMessage()));
    }
  }

  private int end(Output out, Salvage.Salvaged salvaged) {
    if (options.json()) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("done", true);
      line.put("salvaged", salvaged);
      line(out, line);
      return ExitCode.OK;
    }
    out.line(
        "%d messages of %d accounts are in %s; %d of them in lost+found, since nothing says where they were."
            .formatted(salvaged.messages(), salvaged.accounts(), into, salvaged.lostAndFound()));
    if (salvaged.damaged() > 0) {
      out.line(
          salvaged.damaged() + " records were damaged, or cut short by a crash: they are lost.");
    }
    salvaged.logins().forEach(login -> out.line("  " + login));
    out.line(
        "Nobody can log in yet: start it on the new directory, and  posthorn user password LOGIN");
    return ExitCode.OK;
  }

  private Salvage.Telling telling(Output out) {
    return new Salvage.Telling() {
      @Override
      public void progress(long messages, long contents) {
        if (System.nanoTime() - next < 0) {
          return;
        }
        next = System.nanoTime() + BETWEEN_LINES;
        if (options.json()) {
          line(out, Map.of("messages", messages, "contents", contents));
        } else {
          out.progress("%d messages; %d contents were found".formatted(messages, contents));
        }
      }

      @Override
      public void problem(String account, String what) {
        if (options.json()) {
          line(out, Map.of("account", account, "problem", what));
        } else {
          out.endProgress();
          out.line(out.red("problem  ") + account + "  " + what);
        }
      }
    };
  }

  private void line(Output out, Map<String, Object> line) {
    out.line(options.mapper().writeValueAsString(line));
  }
}
