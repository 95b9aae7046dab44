package org.posthorn.app.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "bench",
    description = {
      "Measure a mail server: this one or any other, with the same drivers.",
      "The server must have the users already; they receive, hold and lose mail."
    },
    subcommands = {
      SmtpInCommand.class,
      SmtpOutCommand.class,
      ImapCommand.class,
      Pop3Command.class,
      IdleCommand.class,
      MailboxCommand.class,
      StoreCommand.class,
      FillQueueCommand.class
    },
    footer = {
      "",
      "Example:  posthorn bench smtp-in --smtp-port 2525 --imap-port 2143 \\",
      "              --password-file pw.txt \\",
      "              --connections 20 --messages 5000 --size 10240 --pid 4711"
    })
public final class BenchCommand {
  @Spec private @Nullable CommandSpec spec;

  @Command(
      name = "compare",
      description = {
        "Show the medians of two servers, and how many times the second is the first.",
        "Reads files SERVER.DRIVER.ROUND.json in a folder, as --json printed them, and writes"
            + " figures.json there."
      })
  int compare(
      @Parameters(paramLabel = "FOLDER", description = "Where the files are.") Path folder,
      @Parameters(paramLabel = "OTHER", description = "The first server's name.") String other,
      @Parameters(paramLabel = "OURS", description = "The second server's name.") String ours)
      throws IOException {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    new Comparison(folder, other, ours).print(out);
    return 0;
  }
}
