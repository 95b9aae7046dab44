package org.posthorn.app;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.posthorn.app.AccountThere.MailboxThere;

/// What clients of one account were told that must hold for ever: which message got a UID, and how
/// far UIDs and MODSEQs had come. Safe for use by many threads.
final class AccountFacts {
  private final Map<Place, Long> numbers = new HashMap<>();
  private final Map<Long, Long> highestUids = new HashMap<>();
  private final Map<Long, Long> highestModSeqs = new HashMap<>();
  private final Map<String, Long> shared = new HashMap<>();
  private final List<String> complaints = new ArrayList<>();

  /// A UID of a mailbox, which is named by its UIDVALIDITY.
  record Place(long mailbox, long uid) {}

  /// A message was given this UID. `above`: the highest UID that was told before it was asked for.
  synchronized void uidGiven(Place place, long number, long above) {
    Long other = numbers.put(place, number);
    if (other != null && other != number) {
      complaints.add("UID %s was given to %d and to %d".formatted(place, other, number));
    }
    if (place.uid() <= above) {
      complaints.add("UID %s was given after %d".formatted(place, above));
    }
    highestUids.merge(place.mailbox(), place.uid(), Math::max);
  }

  synchronized void modSeqTold(long mailbox, long modSeq) {
    highestModSeqs.merge(mailbox, modSeq, Math::max);
  }

  synchronized long highestUid(long mailbox) {
    return highestUids.getOrDefault(mailbox, 0L);
  }

  synchronized void complain(String what) {
    complaints.add(what);
  }

  /// What is other than it was told, and all complaints since the last time. Learns from what is
  /// there.
  synchronized List<String> judge(AccountThere there) {
    there.mailboxes().forEach(this::judge);
    List<String> found = List.copyOf(complaints);
    complaints.clear();
    return found;
  }

  private void judge(String name, MailboxThere mailbox) {
    long uidValidity = mailbox.uidValidity();
    if (name.equals("INBOX")) {
      Long before = shared.put(name, uidValidity);
      if (before != null && before != uidValidity) {
        complaints.add("INBOX had UIDVALIDITY %d, now %d".formatted(before, uidValidity));
      }
    }
    if (mailbox.uidNext() <= highestUid(uidValidity)) {
      complaints.add(
          "UIDNEXT of %s is %d after UID %d was given"
              .formatted(name, mailbox.uidNext(), highestUid(uidValidity)));
    }
    if (mailbox.highestModSeq() < highestModSeqs.getOrDefault(uidValidity, 0L)) {
      complaints.add(
          "HIGHESTMODSEQ of %s is %d after %d"
              .formatted(name, mailbox.highestModSeq(), highestModSeqs.get(uidValidity)));
    }
    modSeqTold(uidValidity, mailbox.highestModSeq());
    highestUids.merge(uidValidity, mailbox.uidNext() - 1, Math::max);
    mailbox
        .messages()
        .forEach((uid, message) -> {
          if (uid >= mailbox.uidNext() || message.modSeq() > mailbox.highestModSeq()) {
            complaints.add(
                "%s of %s is above what the mailbox says: %s".formatted(uid, name, mailbox));
          }
          uidGiven(new Place(uidValidity, uid), message.number(), 0);
        });
  }
}
