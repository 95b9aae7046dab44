package org.posthorn.app.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.StoppedServer;
import org.posthorn.app.transfer.maildir.SalvagedMaildirs;
import org.posthorn.message.Counted;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.salvage.Salvage;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "salvage",
    description = {
      "When the rows of a server are lost or cannot be read: rebuild its accounts in a new data"
          + " directory from the messages alone.",
      "Each message comes back where it was first placed, with its flags and date of then; what was"
          + " deleted or moved since is there again. Passwords, aliases and later changes are"
          + " lost.",
      "With --as-maildir they become files instead, a Maildir for each user, which any mail program"
          + " and posthorn import maildir can read.",
      "Restore a backup instead if there is one. The server must not run. Its data directory is"
          + " only read."
    },
    footer = {
      "",
      "Examples:  posthorn salvage --data /var/lib/posthorn \\",
      "               --into /var/lib/posthorn-new",
      "           posthorn salvage --data /var/lib/posthorn --as-maildir /srv/rescued"
    })
final class SalvageCommand implements Callable<Integer> {
  private static final long BETWEEN_LINES = 100_000_000;

  @Mixin private final ClientOptions options = new ClientOptions();
  @Mixin private final ConfigOptions config = new ConfigOptions();

  @ArgGroup(exclusive = true, multiplicity = "1")
  private @Nullable Where where;

  /// One of the two.
  static final class Where {
    @Option(names = "--into", paramLabel = "NEWDIR", description = "The new data directory.")
    private @Nullable Path into;

    @Option(
        names = "--as-maildir",
        paramLabel = "FOLDER",
        description = "Write Maildirs, in folders that are named after the users.")
    private @Nullable Path maildirs;
  }

  private long next = System.nanoTime();

  private Where where() {
    return Objects.requireNonNull(where);
  }

  @Override
  public Integer call() {
    Output out = options.output();
    try {
      Salvage.Salvaged salvaged = salvage(telling(out));
      out.endProgress();
      return end(out, salvaged);
    } catch (IOException e) {
      throw CommandFailed.stopped(e);
    } catch (StorageUnavailable e) {
      throw new CommandFailed(ExitCode.FAILED, String.valueOf(e.getMessage()));
    }
  }

  private Salvage.Salvaged salvage(Salvage.Telling telling) throws IOException {
    Path data = options.data();
    return where().maildirs == null
        ? StoppedServer.salvage(
            data, Objects.requireNonNull(where().into), config.source(data), telling)
        : StoppedServer.salvage(
            data, new SalvagedMaildirs(where().maildirs, telling), config.source(data), telling);
  }

  private int end(Output out, Salvage.Salvaged salvaged) {
    if (options.json()) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("done", true);
      line.put("salvaged", salvaged);
      line(out, line);
      return status(salvaged);
    }
    out.line(
        "%s of %s %s in %s; %d of them in lost+found, since nothing says where they were."
            .formatted(
                Counted.of(salvaged.messages(), "message"),
                Counted.of(salvaged.accounts(), "account"),
                salvaged.messages() == 1 ? "is" : "are",
                where().maildirs == null ? where().into : where().maildirs,
                salvaged.lostAndFound()));
    if (salvaged.damaged() > 0) {
      out.line(
          Counted.of(salvaged.damaged(), "record")
              + " lost: damaged, cut short by a crash, or not to be read.");
    }
    if (salvaged.refused() > 0) {
      out.line(
          Counted.of(salvaged.refused(), "message")
              + " could not be put in place, as was said above.");
    }
    salvaged.logins().forEach(login -> out.line("  " + login));
    if (where().maildirs == null) {
      out.line(
          "Nobody can log in yet: start it on the new directory, and  posthorn user password"
              + " LOGIN");
    }
    return status(salvaged);
  }

  private static int status(Salvage.Salvaged salvaged) {
    return salvaged.refused() == 0 ? ExitCode.OK : ExitCode.FAILED;
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
          out.progress(
              "%s; %s found"
                  .formatted(Counted.of(messages, "message"), Counted.of(contents, "content")));
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
