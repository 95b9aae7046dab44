package org.posthorn.net;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Who is connected, counted: in all and for each client. Safe for use by many threads.
final class Crowd {
  private final int max;
  private final int perClientMax;
  private final Map<InetAddress, Integer> clients = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition emptied = lock.newCondition();
  private int total;

  Crowd(int max, int perClientMax) {
    this.max = max;
    this.perClientMax = perClientMax;
  }

  /// Whether there is room for one more; who is let in must leave.
  boolean enter(InetAddress client) {
    lock.lock();
    try {
      int before = clients.getOrDefault(client, 0);
      if (total >= max || before >= perClientMax) {
        return false;
      }
      clients.put(client, before + 1);
      total++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  void leave(InetAddress client) {
    lock.lock();
    try {
      clients.computeIfPresent(client, (_, count) -> count == 1 ? null : count - 1);
      total--;
      if (total == 0) {
        emptied.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  int size() {
    lock.lock();
    try {
      return total;
    } finally {
      lock.unlock();
    }
  }

  void awaitEmpty(Duration limit) {
    long left = limit.toNanos();
    lock.lock();
    try {
      while (total > 0 && left > 0) {
        left = emptied.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }
}
