package org.posthorn.app.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.posthorn.app.ConfigSource;
import org.posthorn.app.DataDirectory;
import org.posthorn.app.FileTrouble;
import org.posthorn.app.OutOfMemory;
import org.posthorn.app.PosthornServer;
import org.posthorn.app.ServerConfig;
import org.posthorn.app.admin.ListenerStatus;
import org.posthorn.app.config.RecordMapper.Mapped;
import org.posthorn.app.log.LogConfig;
import org.posthorn.app.log.Logging;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "start",
    description = {
      "Run a server in the foreground until it is told to stop (posthorn stop, Ctrl-C, SIGTERM).",
      "Without a configuration it listens on loopback, on ports that need no privileges."
    },
    footer = {
      "",
      "Examples:  posthorn start --data /srv/mail",
      "           posthorn start --data /tmp/try --set smtp.mx.port=2525 \\",
      "               --set log.level=debug",
      "           posthorn start --config /etc/posthorn/posthorn.yaml --detach"
    })
final class StartCommand implements Callable<Integer> {
  @Mixin private final ClientOptions options = new ClientOptions();
  @Mixin private final ConfigOptions config = new ConfigOptions();

  @Option(
      names = "--detach",
      description =
          "Run in the background; return when the server answers. Without log.file it logs to"
              + " log/posthorn.log in the data directory.")
  private boolean detach;

  @Option(names = "--log-json", description = "Log in JSON, an object a line.")
  private boolean logJson;

  @Option(names = "--log-file", hidden = true, description = "Log to a file.")
  private boolean logToFile;

  @Override
  public Integer call() throws InterruptedException {
    Path data = options.data();
    ConfigSource source = config.source(data);
    Mapped<ServerConfig> mapped = source.read();
    if (detach) {
      Path log = data.resolve(withFile(mapped.config().log()).file().orElseThrow());
      return new DetachedStart(options, config, logJson, log).run();
    }
    makeFolder(data);
    Logging.start(log(mapped.config().log()), data, Boolean.getBoolean("posthorn.colours"));
    OutOfMemory.endsTheProcess();
    try (PosthornServer server = start(data, source)) {
      tell(server);
      var closing = new Thread(server::close, "shutdown");
      Runtime.getRuntime().addShutdownHook(closing);
      server.awaitStop();
    }
    return ExitCode.OK;
  }

  /// Before the log is, which may be in it: whoever makes it says who may enter.
  private static void makeFolder(Path data) {
    try {
      DataDirectory.make(data);
    } catch (IOException e) {
      throw new CommandFailed(ExitCode.FAILED, "Cannot make the data directory: " + e.getMessage());
    }
  }

  private static PosthornServer start(Path data, ConfigSource source) {
    try {
      return PosthornServer.start(data, source);
    } catch (DataDirectory.InUse _) {
      throw new CommandFailed(
          ExitCode.NOT_POSSIBLE,
          "A server runs on %s already: see  posthorn status --data %s  or stop it with  posthorn stop --data %s"
              .formatted(data, data, data));
    } catch (IOException e) {
      throw new CommandFailed(ExitCode.FAILED, "The server cannot start: " + FileTrouble.words(e));
    }
  }

  private LogConfig log(LogConfig configured) {
    LogConfig log = logJson ? configured.withJson() : configured;
    return logToFile ? withFile(log) : log;
  }

  private static LogConfig withFile(LogConfig log) {
    return log.file().isEmpty() ? log.withFile("log/posthorn.log") : log;
  }

  private void tell(PosthornServer server) {
    Output out = options.output();
    if (options.json()) {
      out.line(options.mapper().writeValueAsString(server.listeners()));
      return;
    }
    out.line(out.bold("Posthorn is ready") + " on " + server.data());
    out.table(
        List.of("LISTENER", "ADDRESS", "TLS"),
        server.listeners().stream().map(StartCommand::row).toList());
  }

  private static List<String> row(ListenerStatus listener) {
    return List.of(listener.name(), listener.address(), listener.tls());
  }
}
