package org.posthorn.app.transfer.imap;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a server says of the messages with UIDs from one to another, put together. It may say it in
/// several responses, and tells unasked of flags that change meanwhile, also of other messages (RFC
/// 9051 §7.5.2). Used by one thread.
final class Gathered {
  private final long from;
  private final long to;
  private final SortedMap<Long, Found> byUid = new TreeMap<>();

  Gathered(long from, long to) {
    this.from = from;
    this.to = to;
  }

  void take(List<Object> response) {
    Found.read(response)
        .filter(found -> found.uid() >= from && found.uid() <= to)
        .ifPresent(found -> byUid.merge(found.uid(), found, Found::then));
  }

  /// Of which something is still to be asked for.
  List<Long> incomplete() {
    return byUid.values().stream().filter(found -> !found.isWhole()).map(Found::uid).toList();
  }

  /// Of whose flags nothing was said.
  List<Long> unknown() {
    return byUid.values().stream().filter(found -> !found.hasFlags()).map(Found::uid).toList();
  }

  /// All others, in the order of their UIDs.
  List<Found> found() {
    return byUid.values().stream().filter(Found::hasFlags).toList();
  }
}
