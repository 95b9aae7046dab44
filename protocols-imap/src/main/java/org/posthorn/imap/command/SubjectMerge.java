package org.posthorn.imap.command;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.posthorn.imap.command.ThreadForest.Node;

/// Joins threads that have the same subject (RFC 5256 §3, REFERENCES, step 5). Used once.
final class SubjectMerge {
  private final ThreadForest forest;
  private final Subjects subjects;
  private final Map<String, Node> table = new HashMap<>();
  private final Set<Node> gone = Collections.newSetFromMap(new IdentityHashMap<>());
  private final List<Node> made = new ArrayList<>();

  /// The subjects of the messages that were found.
  interface Subjects {
    /// The base subject, so spelled that equal ones are the same.
    String key(int place);

    boolean isReply(int place);
  }

  SubjectMerge(ThreadForest forest, Subjects subjects) {
    this.forest = forest;
    this.subjects = subjects;
  }

  /// The topmost nodes are sorted, and need to be again.
  void merge() {
    List<Node> roots = forest.roots();
    for (Node root : roots) {
      enter(root);
    }
    for (Node root : roots) {
      join(root);
    }
    List<Node> left = new ArrayList<>(roots.size());
    for (Node root : roots) {
      if (!gone.contains(root)) {
        left.add(root);
      }
    }
    for (Node dummy : made) {
      if (!gone.contains(dummy)) {
        left.add(dummy);
      }
    }
    forest.replaceRoots(left);
  }

  private String subject(Node root) {
    return subjects.key(forest.first(root).place);
  }

  private boolean isReply(Node node) {
    return node.isMessage() && subjects.isReply(node.place);
  }

  /// Step 5 B.
  private void enter(Node root) {
    String subject = subject(root);
    if (subject.isEmpty()) {
      return;
    }
    @Nullable Node known = table.putIfAbsent(subject, root);
    if (known != null
        && known.isMessage()
        && (!root.isMessage() || (isReply(known) && !isReply(root)))) {
      table.put(subject, root);
    }
  }

  /// Step 5 C.
  private void join(Node root) {
    String subject = subject(root);
    @Nullable Node known = table.get(subject);
    if (subject.isEmpty() || known == null || isSame(known, root)) {
      return;
    }
    gone.add(root);
    if (!known.isMessage() && !root.isMessage()) {
      root.children().forEach(known::add);
    } else if (!known.isMessage() || (isReply(root) && !isReply(known))) {
      known.add(root);
    } else {
      var dummy = new Node(-1);
      dummy.add(known);
      dummy.add(root);
      gone.add(known);
      made.add(dummy);
      table.put(subject, dummy);
    }
  }

  @SuppressWarnings("ReferenceEquality") // Nodes are what they are, not what they say.
  private static boolean isSame(Node one, Node other) {
    return one == other;
  }
}
