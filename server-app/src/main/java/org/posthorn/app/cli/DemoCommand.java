package org.posthorn.app.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.PosthornServer;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.admin.ListenerStatus;
import org.posthorn.app.demo.Demo;
import org.posthorn.app.log.LogConfig;
import org.posthorn.app.log.Logging;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

@Command(
    name = "demo",
    description = {
      "Start a whole server in a temporary folder, send a message through it and read it back.",
      "Then it stays up, for a mail program of yours. Nothing remains when it ends."
    },
    footer = {"", "Examples:  posthorn demo", "           posthorn demo --once"})
final class DemoCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--once",
      description = "End after the round trip, with status 0 when all went well and 1 when not.")
  private boolean once;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path data = Files.createTempDirectory("posthorn-demo-");
    Logging.start(LogConfig.defaults().withLevel(LogConfig.Level.WARN), data, false);
    var out = new Output(Objects.requireNonNull(spec).commandLine().getOut());
    var holder = new Holder(data);
    Runtime.getRuntime().addShutdownHook(new Thread(holder::clean, "cleaning"));
    try {
      return run(out, data, holder);
    } catch (IOException e) {
      out.line(out.red("failed") + "  " + e.getMessage());
      return ExitCode.FAILED;
    } finally {
      holder.clean();
    }
  }

  private int run(Output out, Path data, Holder holder) throws IOException, InterruptedException {
    long start = System.nanoTime();
    PosthornServer server =
        holder.hold(
            PosthornServer.start(data, new ConfigSource(Optional.empty(), Demo.FREE_PORTS)));
    step(out, "Started a server in " + data, Duration.ofNanos(System.nanoTime() - start));
    var demo =
        new Demo(
            (sentence, took) -> step(out, sentence, took),
            server.listeners(),
            data.resolve("tls").resolve("self-signed.crt"));
    demo.prepare(new AdminClient(data, JsonMapper.shared()));
    demo.run();
    out.line("");
    out.line(out.green("The message made the whole round."));
    if (once) {
      return ExitCode.OK;
    }
    explain(out, server, demo);
    server.awaitStop();
    return ExitCode.OK;
  }

  private static void explain(Output out, PosthornServer server, Demo demo) {
    out.line("");
    out.line("The server stays up for a mail program of yours, on this machine:");
    out.line("");
    out.table(
        List.of("LOGIN", "PASSWORD"),
        demo.logins().stream().map(login -> List.of(login.address(), login.password())).toList());
    out.line("");
    out.table(
        List.of("WHAT FOR", "HOST", "PORT", "SECURITY"),
        server.listeners().stream()
            .filter(listener -> !listener.name().equals("lmtp"))
            .map(DemoCommand::row)
            .toList());
    out.line("");
    out.line("The certificate is signed by itself: the program will ask whether to trust it.");
    out.line("The command line works too:  posthorn status --data " + server.data());
    out.line("Ctrl-C ends it and removes everything.");
  }

  private static List<String> row(ListenerStatus listener) {
    String purpose =
        switch (listener.name()) {
          case "mx" -> "mail from other servers (SMTP)";
          case "submission", "submissions" -> "sending (SMTP)";
          case "imap", "imaps" -> "reading (IMAP)";
          default -> "fetching (POP3)";
        };
    String security =
        switch (listener.tls()) {
          case "implicit" -> "TLS";
          case "starttls" -> "STARTTLS";
          default -> "none";
        };
    return List.of(purpose, listener.host(), Integer.toString(listener.port()), security);
  }

  private static void step(Output out, String sentence, Duration took) {
    out.line("%s %7.1f ms  %s".formatted(out.green("ok"), took.toNanos() / 1e6, sentence));
  }

  /// What must be gone in the end: both the command and the JVM's end see to it.
  private static final class Holder {
    private final Path data;
    private @Nullable PosthornServer server;

    Holder(Path data) {
      this.data = data;
    }

    synchronized PosthornServer hold(PosthornServer started) {
      server = started;
      return started;
    }

    synchronized void clean() {
      if (server != null) {
        server.close();
      }
      try (Stream<Path> all = Files.walk(data)) {
        all.sorted(Comparator.reverseOrder()).forEach(Holder::delete);
      } catch (IOException _) {
        // It lies in the temporary folder, where such things are swept away.
      }
    }

    private static void delete(Path path) {
      try {
        Files.deleteIfExists(path);
      } catch (IOException _) {
        // As above.
      }
    }
  }
}
