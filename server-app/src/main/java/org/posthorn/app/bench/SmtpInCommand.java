package org.posthorn.app.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// How many messages a server takes, and how many of them are in their mailboxes, a second.
@Command(
    name = "smtp-in",
    description = {
      "Hand in messages on many connections; count those that are accepted and those that arrive.",
      "A message has arrived when IMAP STATUS counts it."
    },
    footer = {
      "",
      "Example:  posthorn bench smtp-in --password-file pw.txt --rate 20 \\",
      "              --seconds 3600 \\",
      "            --size 2000 --size-max 2000000"
    })
final class SmtpInCommand implements Callable<Integer> {
  /// What comes to a message when it is signed.
  private static final int HEADER_MAX_BYTES = 1 << 10;

  @Mixin private final Target target = new Target();

  @Option(names = "--connections", paramLabel = "N", description = "Default: 20.")
  private int connections = 20;

  @Option(names = "--size", paramLabel = "BYTES", description = "Of a message. Default: 10240.")
  private int sizeBytes = 10 << 10;

  @Option(
      names = "--size-max",
      paramLabel = "BYTES",
      description = "Random sizes from --size to this one. Default: all of one size.")
  private int sizeMaxBytes;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "At most so many messages a second. Default: no limit.")
  private double rate;

  @Option(
      names = "--recipients",
      paramLabel = "N",
      description = "Of each message, users after each other. Default: 1.")
  private int recipients = 1;

  @Option(names = "--messages", paramLabel = "N", description = "How many. Default: 2000.")
  private long messages = 2_000;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "Hand in for so long, whatever --messages says.")
  private long seconds;

  @Option(
      names = "--per-connection",
      paramLabel = "N",
      description = "Messages before a new connection is made. Default: no limit.")
  private int perConnection = Integer.MAX_VALUE;

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      description = "How long to wait for the next message to arrive. Default: 120.")
  private long waitSeconds = 120;

  @Option(
      names = "--rest",
      paramLabel = "SECONDS",
      description =
          "CPU is counted until the server has come to rest, for at most so long. Default: 120.")
  private long restSeconds = 120;

  @Option(
      names = "--dns-port",
      paramLabel = "PORT",
      description =
          "Sign each message as example.net, and answer the server's questions about that domain"
              + " (SPF, DKIM, DMARC) on this port of 127.0.0.1.")
  private @Nullable Integer dnsPort;

  private final AtomicLong taken = new AtomicLong();
  private final AtomicLong turns = new AtomicLong();
  private final AtomicLong accepted = new AtomicLong();
  private final Latencies latencies = new Latencies();

  @Override
  public Integer call() {
    return target.measure(() -> {
      if (dnsPort == null) {
        return measure(message -> message);
      }
      try (SigningDomain domain = SigningDomain.answeringOn(dnsPort)) {
        return measure(domain::signed);
      }
    });
  }

  /// What is done to a message before it is sent.
  private interface Finish {
    byte[] apply(byte[] message) throws IOException;
  }

  private Figures measure(Finish finish) throws IOException, InterruptedException {
    ServerProcesses server = target.processes();
    List<ImapClient> boxes = logIn();
    try (Letters letters = write(finish)) { // A large file is given back after what is measured.
      long before = count(boxes);
      double cpuBefore = server.cpuSeconds();
      long start = System.nanoTime();
      long end = seconds > 0 ? start + Duration.ofSeconds(seconds).toNanos() : Long.MAX_VALUE;
      var time = new Span(start, end);
      Crew.run(connections, _ -> handIn(letters, time));
      double handedIn = secondsSince(start);
      long expected = before + accepted.get() * recipients(0).size();
      Arrivals.await(() -> count(boxes), expected, Duration.ofSeconds(waitSeconds));
      double arrived = secondsSince(start);
      double rest = server.awaitRest(restSeconds);
      double cpu = server.cpuSeconds() - cpuBefore;
      return figures(
          handedIn,
          arrived,
          rest,
          server.unknown() ? -1 : cpu,
          server.unknown() ? 0 : server.memoryBytes());
    } finally {
      for (ImapClient box : boxes) {
        box.close();
      }
    }
  }

  private List<ImapClient> logIn() throws IOException {
    String password = target.password();
    List<ImapClient> boxes = new ArrayList<>();
    for (int i = 0; i < target.userCount(); i++) {
      ImapClient box = ImapClient.open(target);
      boxes.add(box);
      box.login(target.user(i), password);
    }
    return boxes;
  }

  private Letters write(Finish finish) throws IOException {
    var sample = new SampleMessage(sizeBytes, sizeMaxBytes);
    return Letters.written(
        seconds > 0 ? 0 : messages,
        Math.max(sizeBytes, sizeMaxBytes) + HEADER_MAX_BYTES,
        number -> finish.apply(sample.next(recipients(number).getFirst())));
  }

  /// From and to when it hands in, as `System.nanoTime`.
  private record Span(long start, long end) {}

  private void handIn(Letters letters, Span time) throws IOException {
    boolean going = true;
    while (going) {
      try (SmtpSender sender = SmtpSender.open(target)) {
        for (int i = 0; i < perConnection && going; i++) {
          long number = taken.getAndIncrement();
          going = System.nanoTime() < time.end && (seconds > 0 || number < messages);
          if (going) {
            awaitTurn(time.start);
            SmtpSender.Message message = letters.take(number);
            List<String> to = recipients(number);
            long begin = System.nanoTime();
            sender.send("bench@example.net", to, message);
            latencies.add(System.nanoTime() - begin);
            accepted.incrementAndGet();
          }
        }
      }
    }
  }

  /// So that all clients together keep to the rate.
  private void awaitTurn(long start) {
    if (rate > 0) {
      long turn = start + (long) (turns.getAndIncrement() * 1e9 / rate);
      for (long left = turn - System.nanoTime(); left > 0; left = turn - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
    }
  }

  private List<String> recipients(long number) {
    int first = (int) (number % target.userCount());
    return IntStream.range(first, first + recipients).mapToObj(target::user).distinct().toList();
  }

  /// Asks one mailbox after the other, so that asking costs the server next to nothing.
  private static long count(List<ImapClient> boxes) throws IOException {
    long all = 0;
    for (ImapClient box : boxes) {
      all += box.messages("INBOX");
    }
    return all;
  }

  private Figures figures(
      double handedIn, double arrived, double rest, double cpu, long memoryBytes) {
    long count = accepted.get();
    var figures =
        new Figures()
            .add("messages", "messages", count)
            .add("sizeBytes", "size of each", (double) sizeBytes, "bytes")
            .add("sizeMaxBytes", "or up to", (double) Math.max(sizeBytes, sizeMaxBytes), "bytes")
            .add("connections", "connections", connections)
            .add("recipients", "recipients of each", recipients(0).size())
            .add("acceptedPerSecond", "accepted", count / handedIn, "/s")
            .add("deliveredPerSecond", "delivered", count / arrived, "/s");
    if (cpu >= 0) {
      figures
          .add("restSeconds", "at work after that", rest, "s")
          .add("cpuSeconds", "CPU of the server", cpu, "s")
          .add("cpuMillisPerMessage", "CPU for each message", cpu * 1_000 / count, "ms")
          .add("memoryMebibytes", "memory of the server", memoryBytes / 1048576.0, "MiB");
    }
    return figures.addLatencies("time to accept", latencies);
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
