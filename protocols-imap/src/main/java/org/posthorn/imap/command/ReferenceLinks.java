package org.posthorn.imap.command;

import java.util.Arrays;

/// Who answers whom (RFC 5256 §3, REFERENCES, step 1): nodes that are messages or only named by
/// some, each with at most one parent, never in a circle. The first nodes are the messages, in
/// their order. Used by one thread.
final class ReferenceLinks {
  static final int NONE = -1;

  /// Further up than this nobody looks whether a link makes a circle: then it is not made.
  private static final int WALK_MAX = 5_000;

  /// In the table of ids and in the arrays of nodes.
  private static final int ENTRY_BYTES = 60;

  private final int messages;
  private final KeyMemory memory;
  private final IdTable byId;
  private int[] parents;
  private int[] childCounts;
  private int size;

  ReferenceLinks(int messages, KeyMemory memory) {
    this.messages = messages;
    this.memory = memory;
    this.size = messages;
    this.byId = new IdTable(messages);
    this.parents = new int[messages + 16];
    this.childCounts = new int[messages + 16];
    Arrays.fill(parents, NONE);
  }

  /// Called for all messages in their order before any is linked: an id that two have is the
  /// first's.
  void name(int message, long id) {
    if (id != ThreadLinks.NONE) {
      memory.take(ENTRY_BYTES);
      byId.putIfAbsent(id, message);
    }
  }

  /// Called for all messages in their order.
  void link(int message, long[] ancestors) {
    int last = NONE;
    for (long id : ancestors) {
      int node = node(id);
      if (last != NONE && parents[node] == NONE) {
        attach(node, last);
      }
      last = node;
    }
    detach(message);
    if (last != NONE) {
      attach(message, last);
    }
  }

  private int node(long id) {
    int known = byId.node(id);
    if (known != IdTable.NONE) {
      return known;
    }
    memory.take(ENTRY_BYTES);
    if (size == parents.length) {
      parents = Arrays.copyOf(parents, 2 * size);
      Arrays.fill(parents, size, parents.length, NONE);
      childCounts = Arrays.copyOf(childCounts, 2 * size);
    }
    byId.putIfAbsent(id, size);
    return size++;
  }

  private void detach(int node) {
    if (parents[node] != NONE) {
      childCounts[parents[node]]--;
      parents[node] = NONE;
    }
  }

  private void attach(int node, int parent) {
    if (node != parent && (childCounts[node] == 0 || !isBelow(parent, node))) {
      parents[node] = parent;
      childCounts[parent]++;
    }
  }

  private boolean isBelow(int node, int above) {
    int at = node;
    for (int steps = 0; at != NONE; steps++) {
      if (at == above || steps > WALK_MAX) {
        return true;
      }
      at = parents[at];
    }
    return false;
  }

  /// All nodes; those from the number of messages on are not there.
  int size() {
    return size;
  }

  boolean isMessage(int node) {
    return node < messages;
  }

  int parent(int node) {
    return parents[node];
  }

  /// Without those that are not there (step 3): the parent of each message is the nearest above it
  /// that is one, or else the topmost of all.
  int[] parentsOfMessages() {
    int[] nearest = new int[size];
    Arrays.fill(nearest, NONE);
    int[] pruned = new int[messages];
    for (int message = 0; message < messages; message++) {
      pruned[message] = parents[message] == NONE ? NONE : nearest(parents[message], nearest);
    }
    return pruned;
  }

  /// The message at or above a node, or the topmost node; what is found is remembered.
  private int nearest(int node, int[] nearest) {
    int top = node;
    while (!isMessage(top) && parents[top] != NONE && nearest[top] == NONE) {
      top = parents[top];
    }
    int found = isMessage(top) || nearest[top] == NONE ? top : nearest[top];
    for (int at = node; at != top; at = parents[at]) {
      nearest[at] = found;
    }
    return found;
  }
}
