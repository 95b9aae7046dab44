package org.posthorn.spool.chain;

import org.posthorn.spool.plugin.Users;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The gates that clients meet who connect from now on. A client that is there keeps the gates that
/// it met; those that were replaced end when the last such client has gone. Safe for use by many
/// threads.
public final class GatesInForce {
  private static final Logger log = LoggerFactory.getLogger(GatesInForce.class);

  private volatile Visit current = new Visit(Gates.NONE, () -> {});

  /// The gates for one client; to be closed when it has gone.
  public static final class Visit implements AutoCloseable {
    private final Gates gates;
    private final Users users;

    private Visit(Gates gates, Runnable afterEnd) {
      this.gates = gates;
      this.users = new Users(() -> end(gates, afterEnd));
    }

    public Gates gates() {
      return gates;
    }

    @Override
    public void close() {
      users.leave();
    }
  }

  public Gates current() {
    return current.gates;
  }

  public Visit enter() {
    Visit visit = current;
    while (!visit.users.enter()) {
      visit = current;
    }
    return visit;
  }

  public void use(Gates others) {
    use(others, () -> {});
  }

  /// `afterEnd` runs when nobody uses these gates any more.
  public synchronized void use(Gates others, Runnable afterEnd) {
    Visit before = current;
    current = new Visit(others, afterEnd);
    before.close();
  }

  /// What one throws keeps no other from being closed.
  private static void end(Gates gates, Runnable afterEnd) {
    for (Runnable closing : gates.closings()) {
      try {
        closing.run();
      } catch (RuntimeException | Error e) {
        log.atWarn().setCause(e).log("gate-not-closed");
      }
    }
    afterEnd.run();
  }
}
