package org.posthorn.app.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What one client does with a large mailbox, command after command.
@Command(
    name = "mailbox",
    description = {
      "Fill a mailbox by IMAP, then open it, flag, search, copy and expunge all of it.",
      "Works in a mailbox of its own of the first user, and deletes it. The first opening and the",
      "median of the later ones are told apart."
    },
    footer = {
      "",
      "Example:  posthorn bench mailbox --imap-port 2143 --password-file pw.txt \\",
      "              --messages 10000 --pid 4711"
    })
final class MailboxCommand implements Callable<Integer> {
  private static final String NAME = "bench-large";
  private static final String COPIES = "bench-copies";
  private static final int WARM_ROUNDS = 9;

  @Mixin private final Target target = new Target();

  @Option(names = "--messages", paramLabel = "N", description = "Default: 10000.")
  private int messages = 10_000;

  @Option(names = "--size", paramLabel = "BYTES", description = "Of a message. Default: 3072.")
  private int sizeBytes = 3_072;

  @Option(names = "--clients", paramLabel = "N", description = "That append. Default: 8.")
  private int clients = 8;

  private final Figures figures = new Figures();

  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  @Override
  public Integer call() {
    return target.measure(this::measure);
  }

  private Figures measure() throws IOException, InterruptedException {
    String user = target.user(0);
    String password = target.password();
    ServerProcesses server = target.processes();
    var sample = new SampleMessage(sizeBytes);
    try (ImapClient imap = ImapClient.open(target)) {
      imap.login(user, password);
      imap.attempt("DELETE " + NAME);
      imap.attempt("DELETE " + COPIES);
      imap.command("CREATE " + NAME);
      imap.command("CREATE " + COPIES);
      figures.add("messages", "messages", messages);
      timed(server, "append", "append all", () -> fill(user, password, sample));
      timed(server, "openFirst", "open, the first time", () -> imap.select(NAME));
      openAgain(imap);
      say(server, imap, "fetchFlags", "fetch all flags", "FETCH 1:* (UID FLAGS)");
      say(server, imap, "flagOne", "flag one", "STORE 17 +FLAGS (\\Flagged)");
      say(server, imap, "flagAll", "flag all", "STORE 1:* +FLAGS.SILENT (\\Seen)");
      say(server, imap, "searchSubject", "search a subject", "SEARCH SUBJECT \"nowhere\"");
      say(server, imap, "searchText", "search all text", "SEARCH TEXT \"quicksilver\"");
      say(server, imap, "copyAll", "copy all", "COPY 1:* " + COPIES);
      say(server, imap, "deleteAll", "mark all deleted", "STORE 1:* +FLAGS.SILENT (\\Deleted)");
      say(server, imap, "expungeAll", "expunge all", "EXPUNGE");
      imap.command("SELECT INBOX");
      imap.command("DELETE " + NAME);
      imap.command("DELETE " + COPIES);
      imap.command("LOGOUT");
    }
    return figures;
  }

  private void fill(String user, String password, SampleMessage sample)
      throws IOException, InterruptedException {
    Crew.run(
        clients,
        client -> {
          try (ImapClient imap = ImapClient.open(target)) {
            imap.login(user, password);
            for (int i = client; i < messages; i += clients) {
              imap.append(NAME, sample.next(user));
            }
          }
        });
  }

  private void openAgain(ImapClient imap) throws IOException {
    List<Long> nanos = new ArrayList<>();
    for (int i : IntStream.range(0, WARM_ROUNDS).toArray()) {
      imap.command("SELECT " + (i % 2 == 0 ? COPIES : "INBOX"));
      long begin = System.nanoTime();
      int there = imap.select(NAME);
      nanos.add(System.nanoTime() - begin);
      if (there != messages) {
        throw new IOException("There are %d messages of %d".formatted(there, messages));
      }
    }
    double median = nanos.stream().sorted().toList().get(WARM_ROUNDS / 2) / 1e6;
    figures.add("openAgainMillis", "open again", median, "ms");
  }

  private void say(ServerProcesses server, ImapClient imap, String key, String label, String text)
      throws IOException, InterruptedException {
    timed(server, key, label, () -> imap.command(text));
  }

  private void timed(ServerProcesses server, String key, String label, Work work)
      throws IOException, InterruptedException {
    double cpu = server.cpuSeconds();
    long begin = System.nanoTime();
    work.run();
    figures.add(key + "Millis", label, (System.nanoTime() - begin) / 1e6, "ms");
    if (!server.unknown()) {
      figures.add(key + "CpuMillis", "… CPU", (server.cpuSeconds() - cpu) * 1_000, "ms");
    }
  }
}
