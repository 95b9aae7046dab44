package org.posthorn.imap.command;

/// Which node has which message id; ids are numbers that stand for them, never 0. Used by one
/// thread.
final class IdTable {
  static final int NONE = -1;

  private long[] ids;
  private int[] nodes;
  private int size;

  IdTable(int expected) {
    int room = Integer.highestOneBit(Math.max(expected, 8)) * 4;
    ids = new long[room];
    nodes = new int[room];
  }

  /// [#NONE] when no node has it.
  int node(long id) {
    int at = at(id);
    return ids[at] == 0 ? NONE : nodes[at];
  }

  /// The first node that an id was given to keeps it.
  void putIfAbsent(long id, int node) {
    int at = at(id);
    if (ids[at] == 0) {
      ids[at] = id;
      nodes[at] = node;
      size++;
      if (size > ids.length / 2) {
        grow();
      }
    }
  }

  /// The ids are spread evenly: see [ThreadLinks].
  private int at(long id) {
    int mask = ids.length - 1;
    int at = (int) id & mask;
    while (ids[at] != 0 && ids[at] != id) {
      at = (at + 1) & mask;
    }
    return at;
  }

  private void grow() {
    long[] oldIds = ids;
    int[] oldNodes = nodes;
    ids = new long[2 * oldIds.length];
    nodes = new int[ids.length];
    for (int i = 0; i < oldIds.length; i++) {
      if (oldIds[i] != 0) {
        int at = at(oldIds[i]);
        ids[at] = oldIds[i];
        nodes[at] = oldNodes[i];
      }
    }
  }
}
