package org.posthorn.mailets;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Into which folders one mail was delivered, and for whom it was there before or for another
/// address. Used by one thread.
final class Deliveries {
  private final Set<String> folders = new TreeSet<>();
  private final Set<String> now = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
  private final List<String> before = new ArrayList<>();
  private final List<String> shared = new ArrayList<>();

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

  /// The mailbox has it for another address of the same user.
  void shared(String recipient) {
    shared.add(recipient);
  }

  /// The reason of those who have it.
  String inWords() {
    if (folders.isEmpty()) {
      return shared.isEmpty()
          ? "delivered into the mailbox before"
          : "delivered already: the mailbox has it for another address than "
              + String.join(", ", shared);
    }
    String once = shared.isEmpty() ? "" : ", once also for " + String.join(", ", shared);
    String into = "delivered into " + String.join(", ", folders) + once;
    return before.isEmpty()
        ? into
        : into + ", for some of them before: " + String.join(", ", before);
  }
}
