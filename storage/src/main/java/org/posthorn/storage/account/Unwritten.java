package org.posthorn.storage.account;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.message.MailId;

/// Rows that changes of one round have made and that are not in the engine yet, as far as later
/// changes of the round may look for them. Confined to whoever leads the round.
final class Unwritten {
  private final Map<Long, Long> threads = new HashMap<>();
  private final Map<Delivery, Long> deliveries = new HashMap<>();
  private final Map<Integer, List<Placement>> appended = new HashMap<>();
  private final Map<SourceKey, Optional<Imported>> imports = new HashMap<>();

  record Delivery(MailId mail, String recipient) {}

  Map<Long, Long> threads() {
    return threads;
  }

  /// With what was delivered.
  Map<Delivery, Long> deliveries() {
    return deliveries;
  }

  /// Empty: forgotten.
  Map<SourceKey, Optional<Imported>> imports() {
    return imports;
  }

  /// What was appended to a mailbox that is not in memory, in UID order.
  List<Placement> appendedTo(int mailbox) {
    return appended.getOrDefault(mailbox, List.of());
  }

  void addAppended(int mailbox, List<Placement> placements) {
    appended.computeIfAbsent(mailbox, _ -> new ArrayList<>()).addAll(placements);
  }
}
