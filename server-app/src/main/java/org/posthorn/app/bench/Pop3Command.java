package org.posthorn.app.bench;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Every client fetches all messages of its user and deletes none.
@Command(
    name = "pop3",
    description = {
      "Fetch all messages of many users at the same time; nothing is deleted.",
      "Only one client at a time may have a maildrop, so there are as many clients as users at"
          + " most."
    })
final class Pop3Command implements Callable<Integer> {
  private static final int SAMPLE_BYTES = 10 << 10;

  @Mixin private final Target target = new Target();

  @Option(names = "--clients", paramLabel = "N", description = "Default: 20.")
  private int clients = 20;

  @Option(names = "--rounds", paramLabel = "N", description = "Sessions of a client. Default: 3.")
  private int rounds = 3;

  @Option(
      names = "--messages",
      paramLabel = "N",
      description = "That each INBOX has at least; filled by IMAP. Default: 100.")
  private int messages = 100;

  private final AtomicLong fetched = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final Latencies latencies = new Latencies();

  @Override
  public Integer call() {
    return target.measure(this::measure);
  }

  private Figures measure() throws IOException, InterruptedException {
    int crew = Math.min(clients, target.userCount());
    ServerProcesses server = target.processes();
    String password = target.password();
    var sample = new SampleMessage(SAMPLE_BYTES);
    Crew.run(crew, client -> prepare(client, password, sample));
    double cpuBefore = server.cpuSeconds();
    long start = System.nanoTime();
    Crew.run(
        crew,
        client -> {
          for (int i = 0; i < rounds; i++) {
            session(target.user(client), password);
          }
        });
    double took = (System.nanoTime() - start) / 1e9;
    double cpu = server.cpuSeconds() - cpuBefore;
    var figures =
        new Figures()
            .add("clients", "clients", crew)
            .add("messages", "messages fetched", fetched.get())
            .add("messagesPerSecond", "messages", fetched.get() / took, "/s")
            .add("mebibytesPerSecond", "bytes", bytes.get() / took / (1 << 20), "MiB/s");
    if (!server.unknown()) {
      figures
          .add("cpuSeconds", "CPU of the server", cpu, "s")
          .add("cpuMillisPerMessage", "CPU for each message", cpu * 1_000 / fetched.get(), "ms");
    }
    return figures.addLatencies("time of a message", latencies);
  }

  private void prepare(int client, String password, SampleMessage sample) throws IOException {
    String user = target.user(client);
    try (ImapClient imap = ImapClient.open(target)) {
      imap.login(user, password);
      for (int there = imap.messages("INBOX"); there < messages; there++) {
        imap.append("INBOX", sample.next(user));
      }
    }
  }

  private void session(String user, String password) throws IOException {
    try (Wire wire = target.pop3()) {
      expectOk(wire.line());
      expectOk(wire.send("USER " + user + "\r\n").line());
      expectOk(wire.send("PASS " + password + "\r\n").line());
      String stat = wire.send("STAT\r\n").line();
      expectOk(stat);
      int count = Integer.parseInt(stat.split(" ", -1)[1]);
      expectOk(wire.send("UIDL\r\n").line());
      skipToDot(wire);
      for (int i = 1; i <= count; i++) {
        long begin = System.nanoTime();
        expectOk(wire.send("RETR " + i + "\r\n").line());
        bytes.addAndGet(skipToDot(wire));
        latencies.add(System.nanoTime() - begin);
        fetched.incrementAndGet();
      }
      expectOk(wire.send("QUIT\r\n").line());
    }
  }

  private static long skipToDot(Wire wire) throws IOException {
    long seen = 0;
    for (String line = wire.line(); !line.equals("."); line = wire.line()) {
      seen += line.length() + 2;
    }
    return seen;
  }

  private static void expectOk(String line) throws IOException {
    if (!line.startsWith("+OK")) {
      throw new IOException("The server answered: " + line);
    }
  }
}
