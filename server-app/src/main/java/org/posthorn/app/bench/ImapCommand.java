package org.posthorn.app.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Short sessions of a mail program, one after the other, from many clients.
@Command(
    name = "imap",
    description = {
      "Log in, look around, read, mark, search, store, copy, delete, log out; again and again.",
      "Each user's INBOX is filled first if it has too few messages."
    })
final class ImapCommand implements Callable<Integer> {
  private static final String WORK = "bench";
  private static final int SAMPLE_BYTES = 4 << 10;

  @Mixin private final Target target = new Target();

  @Option(names = "--clients", paramLabel = "N", description = "Default: 20.")
  private int clients = 20;

  @Option(names = "--seconds", paramLabel = "N", description = "Default: 10.")
  private long seconds = 10;

  @Option(
      names = "--messages",
      paramLabel = "N",
      description = "That each INBOX has at least. Default: 100.")
  private int messages = 100;

  private final AtomicLong commands = new AtomicLong();
  private final AtomicLong sessions = new AtomicLong();
  private final Latencies latencies = new Latencies();

  private interface Step {
    void run() throws IOException;
  }

  @Override
  public Integer call() {
    return target.measure(this::measure);
  }

  private Figures measure() throws IOException, InterruptedException {
    ServerProcesses server = target.processes();
    String password = target.password();
    var sample = new SampleMessage(SAMPLE_BYTES);
    Crew.run(Math.min(clients, target.userCount()), client -> prepare(client, password, sample));
    double cpuBefore = server.cpuSeconds();
    long start = System.nanoTime();
    long end = start + Duration.ofSeconds(seconds).toNanos();
    Crew.run(
        clients,
        client -> {
          while (System.nanoTime() < end) {
            session(target.user(client), password, sample);
            sessions.incrementAndGet();
          }
        });
    double took = (System.nanoTime() - start) / 1e9;
    double cpu = server.cpuSeconds() - cpuBefore;
    var figures =
        new Figures()
            .add("clients", "clients", clients)
            .add("sessions", "sessions", sessions.get())
            .add("commands", "commands", commands.get())
            .add("commandsPerSecond", "commands", commands.get() / took, "/s");
    if (!server.unknown()) {
      figures
          .add("cpuSeconds", "CPU of the server", cpu, "s")
          .add("cpuMillisPerCommand", "CPU for each command", cpu * 1_000 / commands.get(), "ms");
    }
    return figures.addLatencies("time of a command", latencies);
  }

  private void prepare(int client, String password, SampleMessage sample) throws IOException {
    String user = target.user(client);
    try (ImapClient imap = ImapClient.open(target)) {
      imap.login(user, password);
      imap.attempt("CREATE " + WORK);
      for (int there = imap.messages("INBOX"); there < messages; there++) {
        imap.append("INBOX", sample.next(user));
      }
      imap.command("LOGOUT");
    }
  }

  private void session(String user, String password, SampleMessage sample) throws IOException {
    try (ImapClient imap = ImapClient.open(target)) {
      step(() -> imap.login(user, password));
      say(imap, "CAPABILITY");
      say(imap, "LIST \"\" \"*\"");
      say(imap, "STATUS INBOX (MESSAGES UNSEEN UIDNEXT)");
      var count = new int[1];
      step(() -> count[0] = imap.select("INBOX"));
      int last = count[0];
      int recent = Math.max(1, last - 49);
      say(imap, "FETCH " + recent + ":" + last + " (UID FLAGS INTERNALDATE RFC822.SIZE)");
      say(imap, "FETCH " + Math.max(1, last - 9) + ":" + last + " (ENVELOPE BODYSTRUCTURE)");
      say(imap, "FETCH " + last + " (BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT DATE)])");
      say(imap, "FETCH " + last + " (BODY.PEEK[])");
      say(imap, "FETCH " + recent + " (BODY.PEEK[TEXT])");
      say(imap, "STORE " + last + " +FLAGS (\\Seen)");
      say(imap, "SEARCH UNSEEN");
      say(imap, "SEARCH SUBJECT \"Message\"");
      step(() -> imap.stopIdling(imap.startIdling()));
      step(() -> imap.append(WORK, sample.next(user)));
      say(imap, "COPY " + last + " " + WORK);
      say(imap, "STORE " + last + " -FLAGS.SILENT (\\Seen)");
      say(imap, "NOOP");
      step(() -> imap.select(WORK));
      say(imap, "STORE 1:* +FLAGS.SILENT (\\Deleted)");
      say(imap, "EXPUNGE");
      say(imap, "LOGOUT");
    }
  }

  private void say(ImapClient imap, String text) throws IOException {
    step(() -> imap.command(text));
  }

  private void step(Step step) throws IOException {
    long begin = System.nanoTime();
    step.run();
    latencies.add(System.nanoTime() - begin);
    commands.incrementAndGet();
  }
}
