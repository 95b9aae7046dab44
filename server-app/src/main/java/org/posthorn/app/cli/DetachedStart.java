package org.posthorn.app.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.posthorn.app.DataDirectory;
import org.posthorn.app.FileTrouble;

/// Starts a server in a process of its own, in a session of its own, and waits until it answers.
final class DetachedStart {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration LOOK = Duration.ofMillis(50);

  /// With less room the server's log may take what is left.
  private static final long ERRORS_BYTES = 1 << 20;

  private final ClientOptions options;
  private final ConfigOptions config;
  private final boolean logJson;
  private final Path log;

  /// `log` is the file that it will log to.
  DetachedStart(ClientOptions options, ConfigOptions config, boolean logJson, Path log) {
    this.options = options;
    this.config = config;
    this.logJson = logJson;
    this.log = log;
  }

  int run() throws InterruptedException {
    Path data = options.data();
    if (options.client().serverAnswers()) {
      throw new CommandFailed(
          ExitCode.NOT_POSSIBLE,
          "A server runs on %s already: see  posthorn status --data %s".formatted(data, data));
    }
    checkFolder(data);
    Path errors = makeReady(data);
    try {
      await(start(data, errors), data, errors);
    } finally {
      deleteOutside(data, errors);
    }
    options.done(
        options.promptClient().get("/status"),
        "Posthorn runs on %s; its log is %s".formatted(data, log));
    return ExitCode.OK;
  }

  private void await(Process process, Path data, Path errors) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!options.client().serverAnswers()) {
      if (process.waitFor(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new CommandFailed(process.exitValue(), whyNot(process, data, errors));
      }
      if (System.nanoTime() > deadline) {
        throw new CommandFailed(
            ExitCode.FAILED,
            "The server (process %d) does not answer after %d seconds; see %s"
                .formatted(process.pid(), PATIENCE.toSeconds(), log));
      }
    }
  }

  /// Before anything is made in it for the process.
  private static void checkFolder(Path data) {
    try {
      DataDirectory.make(data);
      DataDirectory.checkOurs(data);
    } catch (IOException e) {
      throw new CommandFailed(ExitCode.FAILED, "The server cannot start: " + e.getMessage());
    }
  }

  private Process start(Path data, Path errors) {
    String launcher = System.getenv("POSTHORN_LAUNCHER");
    if (launcher == null) {
      throw new CommandFailed(ExitCode.FAILED, "--detach works only through bin/posthorn");
    }
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
      command.add("/usr/bin/setsid");
    }
    command.addAll(List.of(launcher, "start", "--data", data.toString(), "--log-file"));
    command.addAll(config.arguments());
    if (logJson) {
      command.add("--log-json");
    }
    try {
      return new ProcessBuilder(command)
          .redirectInput(new File("/dev/null"))
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(errors.toFile())
          .start();
    } catch (IOException e) {
      throw new CommandFailed(ExitCode.FAILED, "Cannot start a process: " + e.getMessage());
    }
  }

  /// What the process is to write there is all that is known of one that does not start, so it is
  /// elsewhere where there is no room for it.
  private static Path makeReady(Path data) {
    try {
      if (data.toFile().getUsableSpace() < ERRORS_BYTES) {
        return Files.createTempFile("posthorn-start", ".err");
      }
      Path errors = data.resolve("log").resolve("start.err");
      Files.createDirectories(errors.getParent());
      Files.newOutputStream(errors).close();
      return errors;
    } catch (IOException e) {
      throw new CommandFailed(ExitCode.FAILED, "The server cannot start: " + FileTrouble.words(e));
    }
  }

  /// The server may still write to it: then nobody reads that.
  private static void deleteOutside(Path data, Path errors) {
    if (!errors.startsWith(data)) {
      boolean _ = errors.toFile().delete();
    }
  }

  /// What it said, or where to look when it could not even do that.
  private static String whyNot(Process process, Path data, Path errors) {
    String said = read(errors);
    return said.isEmpty()
        ? ("The server ended with status %d and has not said why; the disk of %s has %s free."
                + " It can say it here:  posthorn start --data %s")
            .formatted(process.exitValue(), data, Output.size(data.toFile().getUsableSpace()), data)
        : said;
  }

  private static String read(Path errors) {
    try {
      return Files.readString(errors, StandardCharsets.UTF_8).strip();
    } catch (IOException _) {
      return "";
    }
  }
}
