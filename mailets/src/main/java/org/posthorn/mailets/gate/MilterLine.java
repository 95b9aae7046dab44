package org.posthorn.mailets.gate;

import java.io.IOException;
import java.time.Duration;

/// A connection to a milter that has come to terms. Used by one thread at a time.
record MilterLine(Remote remote, MilterWire wire, MilterWire.Terms terms) {
  private static final Duration FAREWELL = Duration.ofSeconds(2);

  static MilterLine open(Remote.Place place, Duration patience) throws IOException {
    Remote remote = Remote.open(place, patience);
    try (Remote.Watch _ = remote.watch(patience, patience)) {
      var wire = new MilterWire(remote);
      return new MilterLine(remote, wire, wire.negotiate());
    } catch (IOException e) {
      remote.close();
      throw remote.explained(e);
    }
  }

  /// Says that the client is gone; `more`: that there will be another one on this line. False when
  /// it could not be said.
  boolean part(boolean more) {
    try (Remote.Watch _ = remote.watch(FAREWELL, FAREWELL)) {
      wire.send(more ? 'K' : 'Q');
      wire.flush();
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  /// Whether the milter still waits for a client on it.
  boolean isWaiting() {
    try {
      return remote.isWaiting();
    } catch (IOException _) {
      return false;
    }
  }

  void close() {
    try {
      remote.close();
    } catch (IOException _) {
      // It is of no use any more.
    }
  }
}
