package org.posthorn.storage.directory;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.posthorn.storage.directory.BackOff.Pair;
import org.posthorn.storage.directory.BackOff.Strikes;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// What a restart must not forget of the [BackOff], and its rows. Bounded: who has to wait longest
/// comes first.
///
/// Nobody who is trusted may have to wait because of it. So a pair says whether it is trusted, and
/// a network is saved with all who are trusted there or not at all.
record SavedBackOff(Map<Pair, Strikes> pairs, Map<Long, Strikes> networks, Set<Pair> trusted) {
  /// So that each of the rows stays below what an engine takes.
  static final int MAX = 2_000;

  static final byte[] PAIRS = {'b', 'p'};
  static final byte[] NETWORKS = {'b', 'n'};

  private static final int FORM = 1;
  private static final int ENTRY_BYTES = 28;

  static SavedBackOff of(
      Map<Pair, Strikes> waiting, Map<Long, Strikes> waitingNetworks, Set<Pair> allTrusted) {
    Map<Pair, Strikes> pairs = new LinkedHashMap<>();
    longestFirst(waiting).stream()
        .limit(MAX)
        .forEach(entry -> pairs.put(entry.getKey(), entry.getValue()));
    Map<Long, List<Pair>> there = new HashMap<>();
    Set<Pair> trusted = new HashSet<>();
    for (Pair pair : allTrusted) {
      if (pairs.containsKey(pair)) {
        trusted.add(pair);
      }
      if (waitingNetworks.containsKey(pair.network())) {
        there.computeIfAbsent(pair.network(), _ -> new ArrayList<>()).add(pair);
      }
    }
    Map<Long, Strikes> networks = new LinkedHashMap<>();
    int room = MAX;
    for (var entry : longestFirst(waitingNetworks)) {
      List<Pair> known = there.getOrDefault(entry.getKey(), List.of());
      if (1 + known.size() <= room) {
        room -= 1 + known.size();
        networks.put(entry.getKey(), entry.getValue());
        trusted.addAll(known);
      }
    }
    return new SavedBackOff(pairs, networks, trusted);
  }

  private static <K> List<Map.Entry<K, Strikes>> longestFirst(Map<K, Strikes> waiting) {
    return waiting.entrySet().stream()
        .sorted(
            Comparator.comparing((Map.Entry<K, Strikes> entry) -> entry.getValue().until())
                .reversed())
        .toList();
  }

  Batch rows() {
    var pairRow = new RowWriter(pairs.size() * ENTRY_BYTES + 8).raw(FORM).number(pairs.size());
    pairs.forEach((pair, strikes) -> {
      pairRow.fixed(pair.network()).fixed(pair.login());
      write(strikes, pairRow);
      pairRow.raw(trusted.contains(pair) ? 1 : 0);
    });
    Map<Long, List<Pair>> there = trusted.stream().collect(Collectors.groupingBy(Pair::network));
    var networkRow = new RowWriter(MAX * ENTRY_BYTES).raw(FORM).number(networks.size());
    networks.forEach((network, strikes) -> {
      List<Pair> known = there.getOrDefault(network, List.of());
      networkRow.fixed(network);
      write(strikes, networkRow);
      networkRow.number(known.size());
      known.forEach(pair -> networkRow.fixed(pair.login()));
    });
    return new Batch().put(PAIRS, pairRow.toBytes()).put(NETWORKS, networkRow.toBytes());
  }

  private static void write(Strikes strikes, RowWriter row) {
    row.number(strikes.count()).number(strikes.until().toEpochMilli());
  }

  static SavedBackOff read(byte[] pairRow, byte[] networkRow) {
    Map<Pair, Strikes> pairs = new LinkedHashMap<>();
    Map<Long, Strikes> networks = new LinkedHashMap<>();
    Set<Pair> trusted = new HashSet<>();
    var row = new RowReader(pairRow);
    row.form(FORM);
    for (int left = row.count(); left > 0; left--) {
      var pair = new Pair(row.fixed(), row.fixed());
      pairs.put(pair, strikes(row));
      if (row.raw() == 1) {
        trusted.add(pair);
      }
    }
    row = new RowReader(networkRow);
    row.form(FORM);
    for (int left = row.count(); left > 0; left--) {
      long network = row.fixed();
      networks.put(network, strikes(row));
      for (int known = row.count(); known > 0; known--) {
        trusted.add(new Pair(network, row.fixed()));
      }
    }
    return new SavedBackOff(pairs, networks, trusted);
  }

  private static Strikes strikes(RowReader row) {
    return new Strikes(row.count(), Instant.ofEpochMilli(row.number()));
  }
}
