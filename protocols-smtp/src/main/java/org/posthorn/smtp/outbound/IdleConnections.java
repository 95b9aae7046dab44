package org.posthorn.smtp.outbound;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Connections that have carried a mail and wait a few seconds for another one for the same server.
/// Safe for use by many threads; no lock is held while a server is spoken to.
final class IdleConnections {
  /// A mail that finds none must wait for greeting, EHLO and TLS, which cost more than the mail: as
  /// many are kept as are in use at the same time by default.
  private static final int PER_ENDPOINT_MAX = 20;

  /// How long a stop waits for the answers to QUIT, of all servers together.
  private static final Duration GOODBYES = Duration.ofSeconds(2);

  private final Duration keepIdle;
  private final Map<Endpoint, Deque<Waiting>> waiting = new HashMap<>();

  /// Somebody looks after those that wait.
  private boolean watched;

  private boolean closed;

  private record Waiting(SmtpClient client, long sinceNanos) {}

  IdleConnections(Duration keepIdle) {
    this.keepIdle = keepIdle;
  }

  /// One that is still good, now the caller's.
  Optional<SmtpClient> take(Endpoint endpoint) {
    while (true) {
      Optional<SmtpClient> next = poll(endpoint);
      if (next.isEmpty() || (next.get().isOpen() && !next.get().isSpent())) {
        return next;
      }
      next.get().close();
    }
  }

  private synchronized Optional<SmtpClient> poll(Endpoint endpoint) {
    Deque<Waiting> clients = waiting.get(endpoint);
    if (clients == null) {
      return Optional.empty();
    }
    Optional<SmtpClient> last = Optional.of(clients.removeLast().client());
    if (clients.isEmpty()) {
      waiting.remove(endpoint);
    }
    return last;
  }

  /// Takes it over: keeps it for a while, or says goodbye.
  void giveBack(SmtpClient client) {
    if (!client.isOpen()) {
      client.close();
    } else if (client.isSpent() || !park(client)) {
      goodbye(client);
    }
  }

  private synchronized boolean park(SmtpClient client) {
    if (closed || keepIdle.isZero()) {
      return false;
    }
    Deque<Waiting> clients = waiting.computeIfAbsent(client.endpoint(), _ -> new ArrayDeque<>());
    if (clients.size() >= PER_ENDPOINT_MAX) {
      return false;
    }
    clients.addLast(new Waiting(client, System.nanoTime()));
    if (!watched) {
      watched = true;
      Thread.ofVirtual().name("outbound-idle").start(this::watch);
    }
    return true;
  }

  /// Parts with those that have waited for so long, until none wait.
  private void watch() {
    Optional<List<SmtpClient>> over = Optional.of(List.of());
    while (over.isPresent()) {
      over.get().forEach(IdleConnections::goodbye);
      try {
        Thread.sleep(keepIdle.dividedBy(4).plusMillis(1));
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return;
      }
      over = removeOver(System.nanoTime() - keepIdle.toNanos());
    }
  }

  /// Empty when none wait, and nobody watches any more.
  private synchronized Optional<List<SmtpClient>> removeOver(long untilNanos) {
    if (waiting.isEmpty()) {
      watched = false;
      return Optional.empty();
    }
    List<SmtpClient> over = new ArrayList<>();
    for (Deque<Waiting> clients : waiting.values()) {
      while (!clients.isEmpty() && clients.getFirst().sinceNanos() - untilNanos <= 0) {
        over.add(clients.removeFirst().client());
      }
    }
    waiting.values().removeIf(Deque::isEmpty);
    return Optional.of(over);
  }

  /// The caller need not wait for the server's answer.
  private static Thread goodbye(SmtpClient client) {
    return Thread.ofVirtual().name("outbound-quit").start(client::quit);
  }

  /// Says goodbye on all that wait (RFC 5321 §4.1.1.10), and keeps none from now on.
  void close() {
    List<SmtpClient> all = new ArrayList<>();
    synchronized (this) {
      closed = true;
      waiting.values().forEach(clients -> clients.forEach(one -> all.add(one.client())));
      waiting.clear();
    }
    List<Thread> goodbyes = all.stream().map(IdleConnections::goodbye).toList();
    long deadline = System.nanoTime() + GOODBYES.toNanos();
    try {
      for (Thread each : goodbyes) {
        each.join(Duration.ofNanos(deadline - System.nanoTime()));
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    all.forEach(SmtpClient::close);
  }
}
