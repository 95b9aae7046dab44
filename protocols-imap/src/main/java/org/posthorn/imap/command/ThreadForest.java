package org.posthorn.imap.command;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Threads as they are told: trees of messages, whose topmost node alone may be none. Used by one
/// thread.
final class ThreadForest {
  /// `place`: which of the messages that were found it is; -1 for a node that is none.
  static final class Node {
    final int place;
    private List<Node> children = List.of();

    Node(int place) {
      this.place = place;
    }

    boolean isMessage() {
      return place >= 0;
    }

    List<Node> children() {
      return children;
    }

    void add(Node child) {
      if (children.isEmpty()) {
        children = new ArrayList<>(2);
      }
      children.add(child);
    }
  }

  private final long[] sentSeconds;
  private List<Node> roots = new ArrayList<>();

  /// `sentSeconds`: of each message that was found.
  ThreadForest(long[] sentSeconds) {
    this.sentSeconds = sentSeconds;
  }

  List<Node> roots() {
    return roots;
  }

  void replaceRoots(List<Node> by) {
    roots = by;
  }

  /// The trees that the links make, without what is not there. With `promoting`, a topmost node
  /// that is not there and has one child gives its place to it (RFC 5256 §3, REFERENCES, step 3).
  static ThreadForest of(ReferenceLinks links, long[] sentSeconds, boolean promoting) {
    var forest = new ThreadForest(sentSeconds);
    @Nullable Node[] nodes = new @Nullable Node[links.size()];
    int[] parents = links.parentsOfMessages();
    for (int i = 0; i < parents.length; i++) {
      nodes[i] = new Node(i);
    }
    for (int i = 0; i < parents.length; i++) {
      Node node = nodeAt(nodes, i);
      if (parents[i] == ReferenceLinks.NONE) {
        forest.roots.add(node);
        continue;
      }
      if (nodes[parents[i]] == null) {
        Node missing = new Node(-1);
        nodes[parents[i]] = missing;
        forest.roots.add(missing);
      }
      nodeAt(nodes, parents[i]).add(node);
    }
    if (promoting) {
      forest.roots.replaceAll(
          root -> !root.isMessage() && root.children.size() == 1 ? root.children.getFirst() : root);
    }
    return forest;
  }

  private static Node nodeAt(@Nullable Node[] nodes, int at) {
    Node node = nodes[at];
    if (node == null) {
      throw new IllegalStateException("Node " + at + " was not made");
    }
    return node;
  }

  /// Which of the messages stands for a topmost node: itself, or the first of its children, which
  /// are sorted.
  Node first(Node root) {
    return root.isMessage() ? root : root.children.getFirst();
  }

  /// By the date on which they were sent, and else as they are in the mailbox.
  private int compare(Node one, Node other) {
    int byDate = Long.compare(sentSeconds[one.place], sentSeconds[other.place]);
    return byDate != 0 ? byDate : Integer.compare(one.place, other.place);
  }

  /// Sorts the topmost nodes, and the children of those that are no messages (steps 4 and 6).
  void sortRoots() {
    for (Node root : roots) {
      if (!root.isMessage()) {
        root.children.sort(this::compare);
      }
    }
    roots.sort((one, other) -> compare(first(one), first(other)));
  }

  /// Sorts what is below every node.
  void sortAll() {
    var left = new ArrayList<>(roots);
    while (!left.isEmpty()) {
      Node node = left.removeLast();
      if (node.children.size() > 1) {
        node.children.sort(this::compare);
      }
      left.addAll(node.children);
    }
  }

  /// Sorts the topmost nodes by the latest message below them.
  void sortRootsByLatest() {
    long[] latest = new long[roots.size()];
    for (int i = 0; i < latest.length; i++) {
      latest[i] = latest(roots.get(i));
    }
    Integer[] order = new Integer[latest.length];
    Arrays.setAll(order, i -> i);
    List<Node> before = roots;
    sortRootsChildren();
    Arrays.sort(
        order,
        (one, other) -> {
          int byDate = Long.compare(latest[one], latest[other]);
          return byDate != 0
              ? byDate
              : Integer.compare(first(before.get(one)).place, first(before.get(other)).place);
        });
    roots = new ArrayList<>(before.size());
    for (int i : order) {
      roots.add(before.get(i));
    }
  }

  private void sortRootsChildren() {
    for (Node root : roots) {
      if (!root.isMessage()) {
        root.children.sort(this::compare);
      }
    }
  }

  private long latest(Node root) {
    long latest = Long.MIN_VALUE;
    var left = new ArrayList<Node>(List.of(root));
    while (!left.isEmpty()) {
      Node node = left.removeLast();
      if (node.isMessage()) {
        latest = Math.max(latest, sentSeconds[node.place]);
      }
      left.addAll(node.children);
    }
    return latest;
  }
}
