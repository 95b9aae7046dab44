package org.posthorn.app.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.StoppedServer;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.message.Counted;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "verify",
    description = {
      "Walk through all that is stored and check that it fits together: mailboxes, counters,"
          + " checksums, contents.",
      "Works on a running server, and on the data directory of a stopped one. Changes nothing"
          + " without --repair."
    },
    footer = {
      "",
      "Examples:  posthorn verify",
      "           posthorn verify ann@example.org --deep",
      "           posthorn verify ann@example.org --repair"
    })
final class VerifyCommand implements Callable<Integer> {
  @Mixin private final ClientOptions options = new ClientOptions();
  @Mixin private final ConfigOptions config = new ConfigOptions();

  @Parameters(
      paramLabel = "LOGIN",
      arity = "0..1",
      description = "Only this user's account. Default: all.")
  private @Nullable String login;

  @Option(names = "--deep", description = "Read every message to its end too, and check its bytes.")
  private boolean deep;

  @Option(
      names = "--repair",
      description = {
        "Put right what can be derived: counters, checksums, structures, lost mailboxes.",
        "Rows that cannot be read are set aside with their bytes. Each repair is a change in the"
            + " account's history."
      })
  private boolean repair;

  private final List<String> problems = new ArrayList<>();
  private @Nullable JsonNode result;

  @Override
  public Integer call() {
    Output out = options.output();
    if (options.client().serverAnswers()) {
      String path =
          "/verify?deep="
              + deep
              + "&repair="
              + repair
              + (login == null ? "" : "&user=" + AdminClient.encode(login));
      options.client().lines("POST", path, new byte[0], line -> take(out, line));
    } else {
      walkStopped(out);
    }
    out.endProgress();
    return end(out);
  }

  private void walkStopped(Output out) {
    try {
      StoppedServer.verify(
          options.data(),
          config.source(options.data()),
          Optional.ofNullable(login),
          new StoppedServer.Thoroughness(deep, repair),
          line -> take(out, options.mapper().valueToTree(line)));
    } catch (IOException e) {
      throw CommandFailed.stopped(e);
    }
  }

  private void take(Output out, JsonNode line) {
    if (options.json()) {
      out.line(line.toString());
    }
    if (line.has("problem")) {
      problems.add(line.path("account").asString("") + "  " + line.path("problem").asString());
      if (!options.json()) {
        out.endProgress();
        out.line(out.red("damaged  ") + problems.getLast());
      }
    } else if (line.has("repaired")) {
      if (!options.json()) {
        out.endProgress();
        out.line(
            out.green("repaired ")
                + line.path("account").asString("")
                + "  "
                + line.path("repaired").asString());
      }
    } else if (line.has("done")) {
      result = line;
    } else if (!options.json()) {
      out.progress(bar(line));
    }
  }

  private int end(Output out) {
    if (result == null) {
      throw new CommandFailed(ExitCode.FAILED, "The walk did not come to its end");
    }
    if (!options.json()) {
      out.line(
          "%s, %s, %s walked: %s"
              .formatted(
                  Counted.of(result.path("accounts").asLong(), "account"),
                  Counted.of(result.path("mailboxes").asLong(), "mailbox"),
                  Counted.of(result.path("messages").asLong(), "message"),
                  problems.isEmpty() ? "all is well" : Counted.of(problems.size(), "problem")));
      if (!problems.isEmpty()) {
        out.line(
            repair
                ? "What is named comes back from a backup, into an account beside:  posthorn backup restore FOLDER LOGIN --as OTHER"
                : "To put right what can be:  posthorn verify LOGIN --repair  and for the rest  posthorn backup restore FOLDER LOGIN --as OTHER");
      }
    }
    return problems.isEmpty() ? ExitCode.OK : ExitCode.FAILED;
  }

  private static String bar(JsonNode line) {
    long done = line.path("accountsDone").asLong();
    long total = Math.max(1, line.path("accountsTotal").asLong());
    long messages = line.path("messages").asLong();
    long allMessages = line.path("messagesTotal").asLong();
    double share = allMessages > 0 ? (double) messages / allMessages : (double) done / total;
    int filled = (int) (30 * Math.min(1, share));
    return "[%s%s] %d of %s, %d of %s"
        .formatted(
            "#".repeat(filled),
            ".".repeat(30 - filled),
            done,
            Counted.of(total, "account"),
            messages,
            Counted.of(allMessages, "message"));
  }
}
