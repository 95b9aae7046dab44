package org.posthorn.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Mail of a user to recipients here and elsewhere, and the account of what became of each: each
/// remote recipient is taken by the [FlakyRemote], bounced to the sender, or still in the queue.
/// Safe for use by many threads.
final class RelayedMail {
  static final String ZONE =
      """
      one.example. MX 10 dead.one.example.
      one.example. MX 20 mx.one.example.
      dead.one.example. A 127.0.0.9
      mx.one.example. A 127.0.0.1
      two.example. MX 10 mx.two.example.
      mx.two.example. A 127.0.0.1
      three.example. A 127.0.0.1
      never.example. A 127.0.0.1
      dead.example. MX 10 mx.dead.example.
      mx.dead.example. A 127.0.0.9
      """;

  private static final List<String> DOMAINS =
      List.of("one.example", "two.example", "two.example", "three.example");
  private static final Pattern UID = Pattern.compile("UID (\\d+)");
  private static final Pattern FAILED =
      Pattern.compile("(?s)Final-Recipient: rfc822;\\s*(\\S+)\\r\\nAction: failed\\r\\n");

  private final String sender;
  private final FlakyRemote remote;
  private final SentMail local;
  private final AtomicLong next = new AtomicLong(1_000_000);

  /// What the server said 250 to; what it was killed over may be there too.
  private final Set<String> accepted = ConcurrentHashMap.newKeySet();

  private final Map<String, List<String>> bounces = new ConcurrentHashMap<>();
  private final Queue<Kill> kills = new ConcurrentLinkedQueue<>();
  private final List<String> refused = new ArrayList<>();
  private final AtomicInteger messages = new AtomicInteger();
  private long lastUid;

  RelayedMail(String sender, FlakyRemote remote, SentMail local) {
    this.sender = sender;
    this.remote = remote;
    this.local = local;
  }

  int messageCount() {
    return messages.get();
  }

  /// `quietAt`: when the remote had read all that was still on its way.
  private record Kill(long at, long quietAt) {
    /// Long enough for a commit on a busy machine.
    private static final long WINDOW_NANOS = 3_000_000_000L;

    boolean mayHide(long takenAt) {
      return takenAt > at - WINDOW_NANOS && takenAt <= quietAt;
    }
  }

  /// The server was killed at `atNanos`, and nothing of it is under way any more.
  void killed(long atNanos) {
    kills.add(new Kill(atNanos, System.nanoTime()));
  }

  /// Sends message after message until the server is gone, or so many.
  void sendUntilTheEnd(ServerProcess server, long seed, int most) {
    var random = new Random(seed);
    try (WireClient smtp = server.connect("submission")) {
      smtp.reply();
      smtp.smtp("EHLO client.example");
      String login = "\0" + sender + "@example.org\0secret";
      expect(
          smtp,
          "AUTH PLAIN "
              + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)),
          "235");
      for (int i = 0; i < most; i++) {
        send(smtp, random);
      }
    } catch (IOException _) {
      // It was killed: the message that was under way may be there or not.
    }
  }

  private void send(WireClient smtp, Random random) throws IOException {
    long number = next.incrementAndGet();
    List<String> recipients = recipients(number, random);
    expect(smtp, "MAIL FROM:<" + sender + "@example.org>", "250");
    expect(smtp, "RCPT TO:<user0@example.org>", "250");
    for (String recipient : recipients) {
      expect(smtp, "RCPT TO:<" + recipient + ">", "250");
    }
    expect(smtp, "DATA", "354");
    expect(smtp, message(number, random) + ".", "250");
    accepted.addAll(recipients);
    local.answered("250", new SentMail.Sent(number, "user0"));
    messages.incrementAndGet();
  }

  private static List<String> recipients(long number, Random random) {
    List<String> recipients = new ArrayList<>();
    int count = 2 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      String name = (random.nextInt(6) == 0 ? "bad" : "ok") + number + "-" + i;
      recipients.add(name + "@" + DOMAINS.get(random.nextInt(DOMAINS.size())));
    }
    switch (random.nextInt(12)) {
      case 0 -> recipients.add("ok" + number + "@never.example");
      case 1 -> recipients.add("ok" + number + "@dead.example");
      case 2 -> recipients.add("ok" + number + "@nowhere.example");
      default -> {}
    }
    return recipients;
  }

  private String message(long number, Random random) {
    return "From: <%s@example.org>\r\nDate: Fri, 27 Nov 2026 10:00:00 +0000\r\nMessage-ID: <%d@example.org>\r\nX-Number: %d\r\nSubject: number %d\r\n\r\n%s\r\nthe end of %d\r\n"
        .formatted(sender, number, number, number, "x".repeat(1 + random.nextInt(900)), number);
  }

  private void expect(WireClient smtp, String command, String code) throws IOException {
    String answer = smtp.smtp(command);
    if (!answer.startsWith(code)) {
      if (answer.startsWith("421")) {
        throw new IOException(answer); // It stops.
      }
      synchronized (refused) {
        refused.add(command + ": " + answer);
      }
      throw new IOException(answer);
    }
  }

  /// Looks at what has come back since the last time.
  void collect(ServerProcess server) throws IOException {
    try (WireClient imap = server.imap(sender)) {
      List<String> lines = imap.imap("UID FETCH %d:* BODY.PEEK[]".formatted(lastUid + 1));
      long last = lastUid;
      for (int i = 0; i + 1 < lines.size(); i++) {
        Matcher uid = UID.matcher(lines.get(i));
        if (uid.find() && Long.parseLong(uid.group(1)) > lastUid) {
          report(lines.get(i + 1));
          last = Math.max(last, Long.parseLong(uid.group(1)));
        }
      }
      lastUid = last;
    }
  }

  private void report(String text) {
    Matcher failed = FAILED.matcher(text);
    while (failed.find()) {
      String unfolded = text.replaceAll("\\r\\n[ \\t]+", " ");
      bounces.computeIfAbsent(failed.group(1), _ -> new ArrayList<>()).add(unfolded);
    }
  }

  /// What does not add up, when only `queued` are in the queue.
  List<String> judge(Map<String, Integer> queued) {
    List<String> complaints = new ArrayList<>(remote.complaints());
    synchronized (refused) {
      complaints.addAll(refused);
    }
    Set<String> all = new TreeSet<>(accepted);
    all.addAll(bounces.keySet());
    for (String recipient : all) {
      judge(recipient, queued.getOrDefault(recipient, 0), complaints);
    }
    return complaints;
  }

  /// One fate: taken, bounced or queued. What was taken without our knowing may come again, or
  /// bounce.
  private void judge(String recipient, int queued, List<String> complaints) {
    List<FlakyRemote.Take> takes = remote.taken(recipient);
    List<String> told = bounces.getOrDefault(recipient, List.of());
    long known = takes.stream().filter(this::isKnown).count();
    boolean mayBeKnown = takes.stream().anyMatch(FlakyRemote.Take::told);
    long fates = known + told.size() + queued;
    if (fates > 1) {
      complaints.add(words(recipient, takes, told, queued) + ": doubled");
    } else if (fates == 0 && !mayBeKnown) {
      complaints.add(words(recipient, takes, told, queued) + ": lost");
    } else if (known == 1 && !isKnown(takes.getLast())) {
      complaints.add(words(recipient, takes, told, queued) + ": sent again for no reason");
    }
    if (told.stream().anyMatch(reason -> !isRight(recipient, reason))) {
      complaints.add(recipient + " bounced for a reason that nobody gave: " + told);
    }
  }

  private boolean isRight(String recipient, String reason) {
    return recipient.endsWith("@nowhere.example")
        ? reason.contains("There is no domain nowhere.example")
        : remote.isReason(recipient, reason);
  }

  private static String words(
      String recipient, List<FlakyRemote.Take> takes, List<String> told, int queued) {
    return "%s was taken %s, bounced %d times, is in the queue %d times"
        .formatted(recipient, takes, told.size(), queued);
  }

  /// Whether we must know that it was taken: the 250 left the remote, and nobody was killed before
  /// it could be written down.
  private boolean isKnown(FlakyRemote.Take take) {
    return take.told() && kills.stream().noneMatch(kill -> kill.mayHide(take.atNanos()));
  }

  /// What was sent twice, of so many.
  String figures() {
    long takes = 0;
    long remotes = 0;
    List<Long> windows = new ArrayList<>();
    for (String recipient : accepted) {
      List<FlakyRemote.Take> taken = remote.taken(recipient);
      takes += taken.stream().filter(FlakyRemote.Take::told).count();
      remotes += taken.stream().filter(take -> !take.told()).count();
      for (int i = 0; i + 1 < taken.size(); i++) {
        if (taken.get(i).told()) {
          windows.add(windowMillis(taken.get(i).atNanos()));
        }
      }
    }
    windows.sort(null);
    return "%d messages, %d recipients, %d kills; %d times taken and told so, of which %d came again after a kill (%.1f of 1000; ms from the 250 to the kill: %s); %d times taken without a word"
        .formatted(
            messages.get(),
            accepted.size(),
            kills.size(),
            takes,
            windows.size(),
            windows.size() * 1_000.0 / Math.max(1, takes),
            windows,
            remotes);
  }

  private long windowMillis(long takenAt) {
    return kills.stream()
        .filter(kill -> kill.quietAt() >= takenAt)
        .mapToLong(kill -> Math.max(0, kill.at() - takenAt) / 1_000_000)
        .findFirst()
        .orElse(-1);
  }
}
