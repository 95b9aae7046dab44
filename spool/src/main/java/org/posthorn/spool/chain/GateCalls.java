package org.posthorn.spool.chain;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The calls into one gate that run, also those that nobody waits for any more: a gate that hangs
/// cannot collect more than there may be. A client gets one more while it has fewer than are left,
/// so that one whose servers in the DNS are slow leaves others theirs. Safe for use by many
/// threads.
public final class GateCalls {
  private static final long COMPLAINT_EVERY_NANOS = Duration.ofMinutes(1).toNanos();

  private final int max;
  private final Map<InetAddress, Integer> clients = new HashMap<>();
  private int running;
  private int givenUp;
  private Optional<Long> complainedAtNanos = Optional.empty();

  public GateCalls(int max) {
    this.max = max;
  }

  /// One more about this client, if there is room for it.
  public synchronized Optional<Call> begin(InetAddress client) {
    int ofClient = clients.getOrDefault(client, 0);
    if (ofClient >= max - running) {
      return Optional.empty();
    }
    clients.put(client, ofClient + 1);
    running++;
    return Optional.of(new Call(client));
  }

  public synchronized int running() {
    return running;
  }

  /// How many that were given up still run.
  public synchronized int givenUp() {
    return givenUp;
  }

  /// Whether it is time to say that there is no room: once a minute.
  public synchronized boolean mayComplain() {
    long now = System.nanoTime();
    if (complainedAtNanos.filter(before -> now - before < COMPLAINT_EVERY_NANOS).isPresent()) {
      return false;
    }
    complainedAtNanos = Optional.of(now);
    return true;
  }

  /// One that runs until its end, whoever waits for it.
  public final class Call {
    private final InetAddress client;
    private boolean ended;
    private boolean abandoned;

    private Call(InetAddress client) {
      this.client = client;
    }

    /// Nobody waits for it any more.
    public void giveUp() {
      synchronized (GateCalls.this) {
        if (!ended && !abandoned) {
          abandoned = true;
          givenUp++;
        }
      }
    }

    /// Called once.
    public void end() {
      synchronized (GateCalls.this) {
        ended = true;
        running--;
        clients.computeIfPresent(client, (_, count) -> count == 1 ? null : count - 1);
        if (abandoned) {
          givenUp--;
        }
      }
    }
  }
}
