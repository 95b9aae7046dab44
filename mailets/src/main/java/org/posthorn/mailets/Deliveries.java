package org.posthorn.mailets;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Into which folders one mail was delivered, and for whom it was there before. Used by one thread.
final class Deliveries {
  private final Set<String> folders = new TreeSet<>();
  private final List<String> before = new ArrayList<>();

  void into(String folder) {
    folders.add(folder);
  }

  void before(String recipient) {
    before.add(recipient);
  }

  /// The reason of those who have it.
  String inWords() {
    if (folders.isEmpty()) {
      return "delivered into the mailbox before";
    }
    String now = "delivered into " + String.join(", ", folders);
    return before.isEmpty() ? now : now + ", for some of them before: " + String.join(", ", before);
  }
}
