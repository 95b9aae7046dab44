package org.posthorn.app.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Many connections that idle, and what a new message is to them.
@Command(
    name = "idle",
    description = {
      "Open many IMAP connections that IDLE in INBOX; measure the memory that they take, and the"
          + " time from the answer to a message's last byte until they are told of it."
    })
final class IdleCommand implements Callable<Integer> {
  private static final int OPENING_MAX = 64;
  private static final int SAMPLE_BYTES = 2 << 10;
  private static final long SETTLE_MILLIS = 2_000;

  @Mixin private final Target target = new Target();

  @Option(names = "--connections", paramLabel = "N", description = "Default: 1000.")
  private int connections = 1_000;

  @Option(names = "--messages", paramLabel = "N", description = "To send. Default: 100.")
  private int messages = 100;

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      description = "How long to wait for a notification. Default: 30.")
  private long waitSeconds = 30;

  private final Latencies latencies = new Latencies();
  private final Map<String, Delivery> deliveries = new ConcurrentHashMap<>();
  private final AtomicLong notified = new AtomicLong();

  /// One message, and who waits for it.
  private static final class Delivery {
    private final CountDownLatch listeners;
    private volatile long answered;
    private final List<Long> heard = new ArrayList<>();

    Delivery(int listeners) {
      this.listeners = new CountDownLatch(listeners);
    }

    synchronized void heard(long when) {
      heard.add(when);
      listeners.countDown();
    }

    synchronized List<Long> all() {
      return List.copyOf(heard);
    }
  }

  @Override
  public Integer call() {
    return target.measure(this::measure);
  }

  private Figures measure() throws IOException, InterruptedException {
    ServerProcesses server = target.processes();
    String password = target.password();
    warmUp(password);
    long memoryBefore = server.memoryBytes();
    List<ImapClient> idle = open(password);
    try {
      Thread.sleep(SETTLE_MILLIS);
      double perConnection = (server.memoryBytes() - memoryBefore) / 1024.0 / connections;
      for (int i = 0; i < connections; i++) {
        listen(idle.get(i), target.user(i));
      }
      send();
      var figures =
          new Figures()
              .add("connections", "idle connections", connections)
              .add("messages", "messages sent", messages)
              .add("notifications", "notifications", notified.get());
      if (!server.unknown()) {
        figures
            .add("processes", "processes of the server", server.count())
            .add("kibPerConnection", "memory for each connection", perConnection, "KiB");
      }
      return figures.addLatencies("time to be told", latencies);
    } finally {
      for (ImapClient client : idle) {
        client.close();
      }
    }
  }

  /// So that what a server takes once is not counted for its connections.
  private void warmUp(String password) throws IOException, InterruptedException {
    Crew.run(
        target.userCount(),
        client -> {
          try (ImapClient imap = ImapClient.open(target)) {
            imap.login(target.user(client), password);
            imap.select("INBOX");
            imap.command("LOGOUT");
          }
        });
  }

  private List<ImapClient> open(String password) throws IOException, InterruptedException {
    var opened = new ImapClient[connections];
    var opening = new Semaphore(OPENING_MAX);
    Crew.run(
        connections,
        number -> {
          opening.acquire();
          try {
            ImapClient imap = ImapClient.open(target);
            opened[number] = imap;
            imap.login(target.user(number), password);
            imap.select("INBOX");
            imap.startIdling();
          } finally {
            opening.release();
          }
        });
    return List.of(opened);
  }

  private void listen(ImapClient client, String user) {
    Thread.startVirtualThread(() -> {
      try {
        while (true) {
          if (client.news().endsWith(" EXISTS")) {
            long now = System.nanoTime();
            @Nullable Delivery delivery = deliveries.get(user);
            if (delivery != null) {
              delivery.heard(now);
            }
          }
        }
      } catch (IOException _) {
        // The end: the connection is closed under it.
      }
    });
  }

  /// One message after the other, so that each notification belongs to one.
  private void send() throws IOException, InterruptedException {
    var sample = new SampleMessage(SAMPLE_BYTES);
    try (SmtpSender sender = SmtpSender.open(target)) {
      for (int i = 0; i < messages; i++) {
        String user = target.user(i % Math.min(connections, target.userCount()));
        var delivery = new Delivery(listeners(user));
        deliveries.put(user, delivery);
        byte[] message = sample.next(user);
        sender.send("bench@example.net", List.of(user), wire -> wire.send(message));
        delivery.answered = System.nanoTime();
        if (!delivery.listeners.await(waitSeconds, TimeUnit.SECONDS)) {
          throw new IOException(
              delivery.listeners.getCount() + " connections were not told of a message");
        }
        for (long when : delivery.all()) {
          latencies.add(when - delivery.answered);
          notified.incrementAndGet();
        }
        deliveries.remove(user);
      }
    }
  }

  private int listeners(String user) {
    int count = 0;
    for (int i = 0; i < connections; i++) {
      count += target.user(i).equals(user) ? 1 : 0;
    }
    return count;
  }
}
