package org.posthorn.app.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What one client does with a large mailbox, command after command.
@Command(
    name = "mailbox",
    description = {
      "Fill a mailbox by IMAP, then open it, fetch, search, sort, flag, copy, move and expunge all"
          + " of it. What a server does not offer (SORT, THREAD, MOVE) or refuses is left out.",
      "Works in a mailbox of its own of the first user, and deletes it. The first time and the"
          + " later ones are told apart; those are medians, of five where nothing is changed."
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
  private static final int ROUNDS = 5;

  @Mixin private final Target target = new Target();

  @Option(names = "--messages", paramLabel = "N", description = "Default: 10000.")
  private int messages = 10_000;

  @Option(names = "--size", paramLabel = "BYTES", description = "Of a message. Default: 3072.")
  private int sizeBytes = 3_072;

  @Option(names = "--clients", paramLabel = "N", description = "That append. Default: 8.")
  private int clients = 8;

  @Option(
      names = "--together",
      paramLabel = "N",
      description = "Messages to one APPEND (RFC 3502). Default: 1.")
  private int together = 1;

  @Option(
      names = "--only",
      paramLabel = "WHAT",
      split = ",",
      description = "Of: ${COMPLETION-CANDIDATES}. Default: all.")
  private Set<Part> only = EnumSet.allOf(Part.class);

  private final Figures figures = new Figures();

  /// What is measured once the mailbox is filled and open.
  private enum Part {
    FETCH,
    SEARCH,
    SORT,
    CHANGE
  }

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
      boolean _ = imap.attempt("DELETE " + NAME);
      boolean _ = imap.attempt("DELETE " + COPIES);
      imap.command("CREATE " + NAME);
      imap.command("CREATE " + COPIES);
      figures.add("messages", "messages", messages);
      timed(server, "append", "append all", () -> fill(user, password, sample));
      timed(server, "openFirst", "open, the first time", () -> imap.select(NAME));
      openAgain(imap);
      for (Part part : EnumSet.copyOf(only)) {
        switch (part) {
          case FETCH -> fetch(server, imap);
          case SEARCH -> search(server, imap);
          case SORT -> sort(server, imap);
          case CHANGE -> change(server, imap);
        }
      }
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
            int own = (messages - client + clients - 1) / clients;
            for (int done = 0; done < own; done += together) {
              int count = Math.min(together, own - done);
              imap.append(NAME, Stream.generate(() -> sample.next(user)).limit(count).toList());
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

  private void fetch(ServerProcesses server, ImapClient imap) throws IOException {
    often(server, imap, "fetchFlags", "fetch all flags", "FETCH 1:* (UID FLAGS)");
    often(server, imap, "fetchEnvelopes", "fetch all envelopes", "FETCH 1:* (UID ENVELOPE)");
    String structures = "FETCH 1:* (UID BODYSTRUCTURE)";
    often(server, imap, "fetchStructures", "fetch all structures", structures);
    String fields = "FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (FROM SUBJECT DATE)])";
    often(server, imap, "fetchFields", "fetch some fields of all", fields);
    often(server, imap, "fetchHeaders", "fetch all headers", "FETCH 1:* (UID BODY.PEEK[HEADER])");
    often(server, imap, "fetchBodies", "fetch all bodies", "FETCH 1:* (UID BODY.PEEK[])");
  }

  /// The first search in text may have to wait for an index, which is a figure of its own.
  private void search(ServerProcesses server, ImapClient imap)
      throws IOException, InterruptedException {
    say(server, imap, "searchFirst", "the first search in text", "SEARCH TEXT \"quicksilver\"");
    say(server, imap, "searchPart", "search a part of a word", "SEARCH BODY \"uicksilve\"");
    say(server, imap, "searchPhrase", "search a phrase", "SEARCH BODY \"coach was blown\"");
    often(server, imap, "searchFlags", "search by flags", "SEARCH UNSEEN NOT FLAGGED");
    often(server, imap, "searchSent", "search by sent date", "SEARCH SENTSINCE 1-Jan-2030");
    often(server, imap, "searchSubject", "search a subject", "SEARCH SUBJECT \"nowhere\"");
    often(server, imap, "searchFrom", "search a sender", "SEARCH FROM \"bench17@\"");
    often(server, imap, "searchText", "search all text", "SEARCH TEXT \"quicksilver\"");
    often(server, imap, "searchPart", "search part of a word", "SEARCH BODY \"icksil\"");
    often(server, imap, "searchPhrase", "search two words", "SEARCH BODY \"mail coach\"");
  }

  private void sort(ServerProcesses server, ImapClient imap) throws IOException {
    often(server, imap, "sortDate", "sort by date", "SORT (DATE) UTF-8 ALL");
    often(server, imap, "sortSubject", "sort by subject", "SORT (SUBJECT) UTF-8 ALL");
    String both = "SORT (SUBJECT REVERSE DATE) UTF-8 ALL";
    often(server, imap, "sortBoth", "sort by subject and date", both);
    often(server, imap, "thread", "thread by references", "THREAD REFERENCES UTF-8 ALL");
    String subjects = "THREAD ORDEREDSUBJECT UTF-8 ALL";
    often(server, imap, "threadSubject", "thread by subject", subjects);
  }

  private void change(ServerProcesses server, ImapClient imap)
      throws IOException, InterruptedException {
    say(server, imap, "flagOne", "flag one", "STORE 17 +FLAGS (\\Flagged)");
    say(server, imap, "flagAll", "flag all", "STORE 1:* +FLAGS.SILENT (\\Seen)");
    say(server, imap, "copyAll", "copy all", "COPY 1:* " + COPIES);
    say(server, imap, "deleteAll", "mark all deleted", "STORE 1:* +FLAGS.SILENT (\\Deleted)");
    say(server, imap, "expungeAll", "expunge all", "EXPUNGE");
    imap.select(COPIES);
    if (imap.offers("MOVE")) {
      say(server, imap, "moveAll", "move all", "MOVE 1:* " + NAME);
    }
  }

  /// The median of some rounds, and their CPU time by their number: one round may be shorter than
  /// the system's clock for CPU time can tell. What the server refuses is left out.
  private void often(ServerProcesses server, ImapClient imap, String key, String label, String text)
      throws IOException {
    double cpuFirst = server.cpuSeconds();
    long first = System.nanoTime();
    if (!imap.attempt(text)) {
      return;
    }
    String firstLabel = label + ", the first time";
    figures.add(key + "FirstMillis", firstLabel, (System.nanoTime() - first) / 1e6, "ms");
    if (!server.unknown()) {
      double took = (server.cpuSeconds() - cpuFirst) * 1_000;
      figures.add(key + "FirstCpuMillis", "… CPU", took, "ms");
    }
    List<Long> nanos = new ArrayList<>();
    double cpu = server.cpuSeconds();
    for (int round = 0; round < ROUNDS; round++) {
      long begin = System.nanoTime();
      imap.command(text);
      nanos.add(System.nanoTime() - begin);
    }
    double median = nanos.stream().sorted().toList().get(ROUNDS / 2) / 1e6;
    figures.add(key + "Millis", label, median, "ms");
    if (!server.unknown()) {
      double each = (server.cpuSeconds() - cpu) * 1_000 / ROUNDS;
      figures.add(key + "CpuMillis", "… CPU", each, "ms");
    }
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
