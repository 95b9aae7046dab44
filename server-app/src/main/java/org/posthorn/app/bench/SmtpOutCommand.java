package org.posthorn.app.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// How many messages a server passes on to other servers a second.
@Command(
    name = "smtp-out",
    description = {
      "Hand in messages for other domains; count those that reach the sinks.",
      "Sinks are smtp-sink (of Postfix), one for each domain, on ports of this machine; the server"
          + " must send mail for dest1.example to --sink-port, for dest2.example to the port behind it …"
    })
final class SmtpOutCommand implements Callable<Integer> {
  @Mixin private final Target target = new Target();

  @Option(names = "--connections", paramLabel = "N", description = "Default: 20.")
  private int connections = 20;

  @Option(names = "--size", paramLabel = "BYTES", description = "Of a message. Default: 10240.")
  private int sizeBytes = 10 << 10;

  @Option(names = "--messages", paramLabel = "N", description = "How many. Default: 2000.")
  private long messages = 2_000;

  @Option(names = "--destinations", paramLabel = "N", description = "Domains. Default: 1.")
  private int destinations = 1;

  @Option(names = "--sink-port", paramLabel = "PORT", description = "Default: 2526.")
  private int sinkPort = 2_526;

  @Option(names = "--sink", paramLabel = "PROGRAM", description = "Default: smtp-sink.")
  private String sink = "smtp-sink";

  @Option(
      names = "--login",
      paramLabel = "ADDRESS",
      description = "Log in, and send from this address. Default: no login.")
  private @Nullable String login;

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      description = "How long to wait for the next message to arrive. Default: 120.")
  private long waitSeconds = 120;

  private final AtomicLong taken = new AtomicLong();
  private final AtomicLong accepted = new AtomicLong();

  @Override
  public Integer call() {
    return target.measure(this::measure);
  }

  private Figures measure() throws IOException, InterruptedException {
    ServerProcesses server = target.processes();
    try (Sinks sinks = Sinks.start(sink, sinkPort, destinations)) {
      var sample = new SampleMessage(sizeBytes);
      double cpuBefore = server.cpuSeconds();
      long start = System.nanoTime();
      Crew.run(connections, client -> handIn(client, sample));
      double handedIn = secondsSince(start);
      Arrivals.await(sinks::count, accepted.get(), Duration.ofSeconds(waitSeconds));
      double arrived = secondsSince(start);
      double cpu = server.cpuSeconds() - cpuBefore;
      return figures(handedIn, arrived, server.unknown() ? -1 : cpu);
    }
  }

  private void handIn(int client, SampleMessage sample) throws IOException {
    String from = login == null ? "bench@example.net" : login;
    try (SmtpSender sender = SmtpSender.open(target, Optional.ofNullable(login))) {
      for (long turn = client; taken.getAndIncrement() < messages; turn += connections) {
        String to = "user@dest%d.example".formatted(turn % destinations + 1);
        byte[] message = sample.next(to);
        sender.send(from, List.of(to), wire -> wire.send(message));
        accepted.incrementAndGet();
      }
    }
  }

  private Figures figures(double handedIn, double arrived, double cpu) {
    long count = accepted.get();
    var figures =
        new Figures()
            .add("messages", "messages", count)
            .add("sizeBytes", "size of each", (double) sizeBytes, "bytes")
            .add("connections", "connections", connections)
            .add("destinations", "destinations", destinations)
            .add("acceptedPerSecond", "accepted", count / handedIn, "/s")
            .add("relayedPerSecond", "passed on", count / arrived, "/s");
    if (cpu >= 0) {
      figures
          .add("cpuSeconds", "CPU of the server", cpu, "s")
          .add("cpuMillisPerMessage", "CPU for each message", cpu * 1_000 / count, "ms");
    }
    return figures;
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
