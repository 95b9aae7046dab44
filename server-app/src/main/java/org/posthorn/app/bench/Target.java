package org.posthorn.app.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// The server that is measured, and its users: options that every driver has.
final class Target {
  private static final Duration ANSWER_MAX = Duration.ofMinutes(2);

  @Option(names = "--host", paramLabel = "HOST", description = "Default: 127.0.0.1.")
  private String host = "127.0.0.1";

  @Option(
      names = "--smtp-port",
      paramLabel = "PORT",
      description = "Takes mail without login. Default: 2525.")
  private int smtpPort = 2525;

  @Option(names = "--imap-port", paramLabel = "PORT", description = "Default: 2143.")
  private int imapPort = 2143;

  @Option(names = "--pop3-port", paramLabel = "PORT", description = "Default: 2110.")
  private int pop3Port = 2110;

  @Option(names = "--lmtp", description = "Speak LMTP on the SMTP port.")
  private boolean lmtp;

  @Option(
      names = "--users",
      paramLabel = "PATTERN",
      description =
          "Addresses that are logins too; %%d counts from 1. Default: user%%d@example.org.")
  private String users = "user%d@example.org";

  @Option(names = "--user-count", paramLabel = "N", description = "Default: 20.")
  private int userCount = 20;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      required = true,
      description = "Its first line is the password of all of them.")
  private Path passwordFile = Path.of("");

  @Option(
      names = "--pid",
      paramLabel = "PID",
      split = ",",
      description = "The server's processes; those that they start are counted with them.")
  private List<Long> pids = new ArrayList<>();

  @Option(
      names = "--process-name",
      paramLabel = "NAME",
      split = ",",
      description = "The same, found by the name of the program or a folder on its path.")
  private List<String> processNames = new ArrayList<>();

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  /// Measures, and says what came out.
  interface Measurement {
    Figures run() throws IOException, InterruptedException;
  }

  /// Runs a measurement and prints it. Returns the exit status.
  int measure(Measurement measurement) {
    CommandLine command = Objects.requireNonNull(spec).commandLine();
    try {
      measurement.run().print(command.getOut(), json);
      return 0;
    } catch (IOException e) {
      command.getErr().println("The measurement failed: " + e.getMessage());
      return 1;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  Wire smtp() throws IOException {
    return Wire.connect(host, smtpPort, ANSWER_MAX);
  }

  Wire imap() throws IOException {
    return Wire.connect(host, imapPort, ANSWER_MAX);
  }

  Wire pop3() throws IOException {
    return Wire.connect(host, pop3Port, ANSWER_MAX);
  }

  boolean lmtp() {
    return lmtp;
  }

  int userCount() {
    return userCount;
  }

  /// The user for a client, counted from 0: they go round.
  String user(int client) {
    return String.format(Locale.ROOT, users, client % userCount + 1);
  }

  String password() throws IOException {
    try (var lines = Files.lines(passwordFile)) {
      return lines
          .findFirst()
          .orElseThrow(() -> new IOException("The password file " + passwordFile + " is empty"));
    }
  }

  ServerProcesses processes() throws IOException {
    return ServerProcesses.find(pids, processNames);
  }
}
