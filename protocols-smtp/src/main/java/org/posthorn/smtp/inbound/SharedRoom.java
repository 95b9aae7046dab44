package org.posthorn.smtp.inbound;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import org.posthorn.net.Network;

/// Memory of one kind for what clients say and we keep until they have said all of it, which may
/// take hours: headers, recipients. Each connection has [#FREE_BYTES] of its own; what is beyond
/// comes from here, so that many who are slow cannot fill the memory. One client, however many
/// connections it has, gets a third of what is left for the others at most: alone a quarter of it
/// all, and the more there are the less each, so that there is room for who comes next. Safe for
/// use by many threads.
public final class SharedRoom {
  /// Nearly everybody needs less.
  static final int FREE_BYTES = 8 * 1024;

  private static final int LEFT_PART = 3;

  /// Two thirds of what a client can have that is alone: there are others.
  private static final int MOST_PART = 6;

  private final long roomBytes;
  private final Map<InetAddress, Long> clients = new HashMap<>();
  private long takenBytes;

  public SharedRoom(long roomBytes) {
    this.roomBytes = roomBytes;
  }

  /// For headers: each is looked at as a whole, so it is kept until its end has come, and again
  /// while gates look at it.
  public static SharedRoom forHeaders() {
    return new SharedRoom(48L * 1024 * 1024);
  }

  /// For recipients, who are kept until the message has come.
  public static SharedRoom forRecipients() {
    return new SharedRoom(32L * 1024 * 1024);
  }

  /// For one connection of this client; nothing is taken yet.
  Share share(InetAddress client) {
    return new Share(Network.client(client));
  }

  synchronized long takenBytes() {
    return takenBytes;
  }

  private synchronized boolean take(InetAddress client, long bytes) {
    long ofClient = clients.getOrDefault(client, 0L) + bytes;
    long leftBytes = roomBytes - takenBytes - bytes;
    if (bytes > 0 && LEFT_PART * ofClient > leftBytes) {
      return false;
    }
    takenBytes += bytes;
    if (ofClient == 0) {
      clients.remove(client);
    } else {
      clients.put(client, ofClient);
    }
    return true;
  }

  /// What one connection holds. Closing gives it back. Used by one thread after the other.
  final class Share implements AutoCloseable {
    private final InetAddress client;
    private long heldBytes;

    private Share(InetAddress client) {
      this.client = client;
    }

    /// More than this is never held.
    long mostBytes() {
      return roomBytes / MOST_PART;
    }

    /// From now on so much and no more; false if there is no room for it, and then it is as before.
    boolean hold(long bytes) {
      long beyond = Math.max(0, bytes - FREE_BYTES);
      if (beyond != heldBytes && !take(client, beyond - heldBytes)) {
        return false;
      }
      heldBytes = beyond;
      return true;
    }

    @Override
    public void close() {
      var _ = hold(0);
    }
  }
}
