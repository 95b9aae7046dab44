package org.posthorn.app;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// A mail server on loopback that is as bad as servers get: in most connections something goes
/// wrong at some stage. It hangs up, says "later" or "never", breaks TLS off, speaks byte by byte;
/// it hangs up after the final dot, with the message taken or not. It knows what it took and what
/// it said. Recipients that begin with `bad` are never taken, all of `never.example` always later.
final class FlakyRemote implements AutoCloseable {
  private final ServerSocket listener;
  private final long seed;
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger refusals = new AtomicInteger();
  private final Map<String, Queue<Take>> taken = new ConcurrentHashMap<>();
  private final Map<String, Set<String>> refused = new ConcurrentHashMap<>();
  private final Set<String> refusedAll = ConcurrentHashMap.newKeySet();
  private final Queue<String> complaints = new ConcurrentLinkedQueue<>();
  private final AtomicInteger open = new AtomicInteger();
  private volatile int faultPercent = 60;

  /// A message was taken for a recipient. `told`: the 250 left in one piece.
  record Take(long atNanos, boolean told) {}

  private enum Stage {
    GREETING,
    HELLO,
    TLS,
    MAIL,
    RCPT,
    DATA,
    TEXT,
    DOT,
    TAKEN,
    DONE
  }

  private enum Deed {
    HANG_UP,
    LATER,
    NEVER,
    DRIP
  }

  private record Fault(Stage stage, Deed deed) {}

  private static final List<Stage> STAGES = List.of(Stage.values());
  private static final List<Deed> DEEDS = List.of(Deed.values());

  FlakyRemote(long seed) throws IOException {
    this.seed = seed;
    listener = new ServerSocket();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 500);
    Thread.ofVirtual().start(this::serve);
  }

  int port() {
    return listener.getLocalPort();
  }

  /// In so many of a hundred connections something goes wrong.
  void faults(int percent) {
    faultPercent = percent;
  }

  List<Take> taken(String recipient) {
    return List.copyOf(taken.getOrDefault(recipient, new ConcurrentLinkedQueue<>()));
  }

  /// Whether a text tells what was said to this recipient for good, or to a whole connection.
  boolean isReason(String recipient, String text) {
    Set<String> own = refused.getOrDefault(recipient, Set.of());
    return own.stream().anyMatch(text::contains) || refusedAll.stream().anyMatch(text::contains);
  }

  /// What clients did that they must not do.
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  private void serve() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        var random = new Random(seed + connections.incrementAndGet());
        open.incrementAndGet();
        Thread.ofVirtual().start(() -> serve(client, random));
      } catch (IOException _) {
        // The next one, or the end.
      }
    }
  }

  private void serve(Socket client, Random random) {
    try (client) {
      client.setSoTimeout(20_000);
      client.setTcpNoDelay(true);
      new Talk(client, random).run();
    } catch (IOException _) {
      // The client is gone, or killed.
    } finally {
      open.decrementAndGet();
    }
  }

  /// Returns when nobody is connected: what a killed client had sent has been read.
  void awaitQuiet() {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (open.get() > 0) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(open.get() + " connections do not end");
      }
      LockSupport.parkNanos(2_000_000);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }

  /// One connection. Used by one thread.
  private final class Talk {
    private final Socket socket;
    private final InputStream in;
    private final Random random;
    private final Fault fault;
    private final boolean pipelining;
    private final List<String> accepted = new ArrayList<>();
    private String noMail = "";
    private boolean hungUp;

    Talk(Socket socket, Random random) throws IOException {
      this.socket = socket;
      this.in = new BufferedInputStream(socket.getInputStream());
      this.random = random;
      this.pipelining = random.nextInt(4) > 0;
      boolean isFaulty = random.nextInt(100) < faultPercent;
      this.fault =
          isFaulty
              ? new Fault(
                  STAGES.get(random.nextInt(STAGES.size())),
                  DEEDS.get(random.nextInt(DEEDS.size())))
              : new Fault(Stage.GREETING, Deed.DRIP);
    }

    void run() throws IOException {
      answer(Stage.GREETING, "220 flaky.example ESMTP");
      while (!hungUp) {
        String line = line();
        String verb = line.length() < 4 ? line : line.substring(0, 4).toUpperCase(Locale.ROOT);
        switch (verb) {
          case "EHLO" -> answer(Stage.HELLO, extensions());
          case "HELO", "RSET", "NOOP" -> {
            accepted.clear();
            say("250 OK");
          }
          case "STAR" -> brokenTls();
          case "MAIL" -> mail();
          case "RCPT" -> rcpt(line);
          case "DATA" -> data();
          case "QUIT" -> {
            say("221 Bye");
            return;
          }
          default -> {
            complaints.add("There is no command " + line);
            return;
          }
        }
      }
    }

    private String extensions() {
      return "250-flaky.example\r\n"
          + (pipelining ? "250-PIPELINING\r\n" : "")
          + (fault.stage() == Stage.TLS ? "250-STARTTLS\r\n" : "")
          + "250 8BITMIME";
    }

    /// Something that is no TLS, or the end.
    private void brokenTls() throws IOException {
      say("220 Go ahead");
      if (fault.deed() == Deed.HANG_UP) {
        hungUp = true;
      } else if (fault.deed() == Deed.LATER) {
        in.read();
        hungUp = true;
      } else {
        say("this is no TLS at all");
        hungUp = true;
      }
    }

    private void mail() throws IOException {
      accepted.clear();
      noMail = "";
      if (isNow(Stage.MAIL) && fault.deed() == Deed.NEVER) {
        noMail = refusal();
        refusedAll.add(noMail);
        say("550 5.7.1 " + noMail);
        return;
      }
      answer(Stage.MAIL, "250 Sender OK");
      if (isNow(Stage.MAIL) && fault.deed() == Deed.LATER) {
        noMail = "It was 451"; // What was sent along with MAIL means nothing.
      }
    }

    private void rcpt(String line) throws IOException {
      String recipient = line.substring(line.indexOf('<') + 1, line.indexOf('>'));
      if (!noMail.isEmpty()) {
        say("503 5.5.1 No mail");
      } else if (recipient.startsWith("bad")
          || (isNow(Stage.RCPT) && fault.deed() == Deed.NEVER && random.nextBoolean())) {
        never("550 5.1.1 ", List.of(recipient));
      } else if (recipient.endsWith("@never.example")
          || (isNow(Stage.RCPT) && fault.deed() == Deed.LATER && random.nextBoolean())) {
        say("450 4.2.1 Later, perhaps");
      } else if (isNow(Stage.RCPT) && fault.deed() == Deed.HANG_UP) {
        hungUp = true;
      } else {
        accepted.add(recipient);
        say("250 Recipient OK");
      }
    }

    private void data() throws IOException {
      if (accepted.isEmpty()) {
        say("503 5.5.1 Nobody to send it to");
        return;
      }
      if (isNow(Stage.DATA) && fault.deed() == Deed.NEVER) {
        never("554 5.6.0 ", accepted);
        return;
      }
      answer(Stage.DATA, "354 Go ahead");
      if (!hungUp && isNow(Stage.DATA) && fault.deed() == Deed.LATER) {
        return; // It was 451.
      }
      if (!hungUp && isNow(Stage.TEXT) && fault.deed() != Deed.DRIP) {
        in.readNBytes(60);
        hungUp = true;
      }
      if (!hungUp) {
        text();
      }
    }

    private void text() throws IOException {
      String text = message();
      if (!text.contains("\r\nthe end of " + number(text) + "\r\n")) {
        complaints.add("Half a message, or two: " + text);
      }
      if (isNow(Stage.DOT) && fault.deed() == Deed.NEVER) {
        never("554 5.6.0 ", accepted);
      } else if (isNow(Stage.DOT) && fault.deed() == Deed.LATER) {
        say("451 4.3.0 Later");
      } else if (isNow(Stage.DOT) && fault.deed() == Deed.HANG_UP) {
        hungUp = true;
      } else if (isNow(Stage.TAKEN) && fault.deed() != Deed.DRIP) {
        take(false);
        hungUp = true;
      } else {
        boolean told = false;
        try {
          say("250 2.0.0 Taken");
          told = true;
        } finally {
          take(told);
        }
        hungUp = isNow(Stage.DONE);
      }
      accepted.clear();
    }

    private void take(boolean told) {
      long now = System.nanoTime();
      for (String recipient : accepted) {
        taken
            .computeIfAbsent(recipient, _ -> new ConcurrentLinkedQueue<>())
            .add(new Take(now, told));
      }
    }

    /// Refuses for good, with words that are said once in this world.
    private void never(String code, List<String> recipients) throws IOException {
      String words = refusal();
      recipients.forEach(recipient ->
          refused.computeIfAbsent(recipient, _ -> ConcurrentHashMap.newKeySet()).add(words));
      say(code + words);
    }

    private String refusal() {
      return "Refusal number " + refusals.incrementAndGet() + " of this server";
    }

    private boolean isNow(Stage stage) {
      return fault.stage() == stage;
    }

    /// What is to be said at this stage, or what goes wrong.
    private void answer(Stage stage, String good) throws IOException {
      if (!isNow(stage)) {
        say(good);
        return;
      }
      switch (fault.deed()) {
        case HANG_UP -> hungUp = true;
        case LATER -> say(stage == Stage.GREETING ? "421 4.3.2 Busy" : "451 4.3.0 Later");
        case NEVER -> {
          String words = refusal();
          refusedAll.add(words);
          say("554 5.7.1 " + words);
        }
        case DRIP -> say(good);
      }
      hungUp |= stage == Stage.GREETING && fault.deed() != Deed.DRIP;
    }

    private void say(String text) throws IOException {
      byte[] bytes = (text + "\r\n").getBytes(StandardCharsets.UTF_8);
      if (fault.deed() != Deed.DRIP || random.nextInt(3) > 0) {
        socket.getOutputStream().write(bytes);
        return;
      }
      for (byte b : bytes) {
        socket.getOutputStream().write(b);
        LockSupport.parkNanos(300_000);
      }
    }

    private String message() throws IOException {
      var text = new StringBuilder();
      for (String line = line(); !line.equals("."); line = line()) {
        text.append(line).append("\r\n");
      }
      return text.toString();
    }

    private static String number(String text) {
      int at = text.indexOf("X-Number: ") + "X-Number: ".length();
      return text.substring(at, text.indexOf("\r\n", at));
    }

    private String line() throws IOException {
      var line = new ByteArrayOutputStream();
      for (int next = in.read(); next != '\n'; next = in.read()) {
        if (next < 0) {
          throw new IOException("The client closed the connection");
        }
        line.write(next);
      }
      return line.toString(StandardCharsets.UTF_8).stripTrailing();
    }
  }
}
