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
  private static final int PER_ENDPOINT_MAX = 4;

  private final Duration keepIdle;
  private final Map<Endpoint, Deque<SmtpClient>> waiting = new HashMap<>();
  private boolean closed;

  IdleConnections(Duration keepIdle) {
    this.keepIdle = keepIdle;
  }

  /// One that is still good, now the caller's.
  Optional<SmtpClient> take(Endpoint endpoint) {
    while (true) {
      Optional<SmtpClient> next = poll(endpoint);
      if (next.isEmpty() || next.get().isUsable()) {
        return next;
      }
      next.get().close();
    }
  }

  private synchronized Optional<SmtpClient> poll(Endpoint endpoint) {
    Deque<SmtpClient> clients = waiting.get(endpoint);
    if (clients == null) {
      return Optional.empty();
    }
    Optional<SmtpClient> last = Optional.of(clients.removeLast());
    if (clients.isEmpty()) {
      waiting.remove(endpoint);
    }
    return last;
  }

  /// Takes it over: keeps it for a while, or says goodbye.
  void giveBack(SmtpClient client) {
    if (!client.isUsable()) {
      client.close();
    } else if (client.mails() < client.endpoint().manner().mailsPerConnection() && park(client)) {
      Thread.ofVirtual().name("outbound-idle").start(() -> expire(client));
    } else {
      goodbye(client);
    }
  }

  private synchronized boolean park(SmtpClient client) {
    if (closed || keepIdle.isZero()) {
      return false;
    }
    Deque<SmtpClient> clients = waiting.computeIfAbsent(client.endpoint(), _ -> new ArrayDeque<>());
    if (clients.size() >= PER_ENDPOINT_MAX) {
      return false;
    }
    clients.addLast(client);
    return true;
  }

  private void expire(SmtpClient client) {
    int mails = client.mails();
    try {
      Thread.sleep(keepIdle);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    if (removeIfUnused(client, mails)) {
      client.quit();
    }
  }

  private synchronized boolean removeIfUnused(SmtpClient client, int mails) {
    Deque<SmtpClient> clients = waiting.get(client.endpoint());
    if (clients == null || client.mails() != mails || !clients.remove(client)) {
      return false;
    }
    if (clients.isEmpty()) {
      waiting.remove(client.endpoint());
    }
    return true;
  }

  /// The caller need not wait for the server's answer.
  private static void goodbye(SmtpClient client) {
    Thread.ofVirtual().name("outbound-quit").start(client::quit);
  }

  /// Says goodbye on all that wait, and keeps none from now on.
  void close() {
    List<SmtpClient> all = new ArrayList<>();
    synchronized (this) {
      closed = true;
      waiting.values().forEach(all::addAll);
      waiting.clear();
    }
    all.forEach(SmtpClient::close);
  }
}
