package org.posthorn.mailets;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Into which folders one mail was delivered, and for whom it was there before. Used by one thread.
final class Deliveries {
  private final Set<String> folders = new TreeSet<>();
  private final Set<String> now = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
  private final List<String> before = new ArrayList<>();

  void into(String folder, String recipient) {
    folders.add(folder);
    now.add(recipient);
  }

  /// One to whom several ways lead has just got it.
  void before(String recipient) {
    if (!now.contains(recipient)) {
      before.add(recipient);
    }
  }

  /// The reason of those who have it.
  String inWords() {
    if (folders.isEmpty()) {
      return "delivered into the mailbox before";
    }
    String into = "delivered into " + String.join(", ", folders);
    return before.isEmpty()
        ? into
        : into + ", for some of them before: " + String.join(", ", before);
  }
}
