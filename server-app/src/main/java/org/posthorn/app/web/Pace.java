package org.posthorn.app.web;

import java.net.InetAddress;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// How many requests each client has made in this minute. Safe for use by many threads; memory is
/// bounded: with too many clients in a minute new ones are counted together.
final class Pace {
  private static final int CLIENTS_MAX = 50_000;
  private static final int NETWORK_BYTES = 8;
  private static final String OTHERS = "others";

  private final int perMinute;
  private final InstantSource clock;
  private final Map<String, Integer> counts = new HashMap<>();
  private long minute;

  Pace(int perMinute, InstantSource clock) {
    this.perMinute = perMinute;
    this.clock = clock;
  }

  synchronized boolean allows(InetAddress client) {
    long now = clock.instant().getEpochSecond() / 60;
    if (now != minute) {
      counts.clear();
      minute = now;
    }
    String key = key(client);
    if (counts.size() >= CLIENTS_MAX && !counts.containsKey(key)) {
      key = OTHERS;
    }
    return counts.merge(key, 1, Integer::sum) <= perMinute;
  }

  /// An IPv6 client has a whole network.
  private static String key(InetAddress client) {
    byte[] bytes = client.getAddress();
    return Arrays.toString(bytes.length == 4 ? bytes : Arrays.copyOf(bytes, NETWORK_BYTES));
  }
}
