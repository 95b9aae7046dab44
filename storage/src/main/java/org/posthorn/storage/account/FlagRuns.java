package org.posthorn.storage.account;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/// Gathers changes of flags, in UID order, by what the flags were and what they became. Used by one
/// thread.
final class FlagRuns {
  private final Map<Turn, LongStream.Builder> uidsByTurn = new LinkedHashMap<>();

  private record Turn(Flags before, Flags after) {}

  void add(long uid, Flags before, Flags after) {
    uidsByTurn.computeIfAbsent(new Turn(before, after), _ -> LongStream.builder()).add(uid);
  }

  /// To be called once, at the end.
  List<Run> runs() {
    var runs = new ArrayList<Run>();
    uidsByTurn.forEach((turn, uids) ->
        runs.add(new Run(turn.before, turn.after, UidSet.ofAscending(uids.build().toArray()))));
    return runs;
  }

  static UidSet all(List<Run> runs) {
    long[] all = runs.stream().flatMapToLong(run -> Arrays.stream(run.uids.toArray())).toArray();
    return UidSet.of(all);
  }

  record Run(Flags before, Flags after, UidSet uids) {}
}
