package org.posthorn.app.transfer.imap;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.storage.account.SourceKey;

/// One mailbox of another IMAP server on its way into an account, in parts that several connections
/// take. When all of them are taken and nothing was left out, the account is told how far that was.
/// Safe for use by many threads.
final class ImapMailbox {
  /// Not `*`, which is a message that is there: those that vanished behind it would not be told.
  private static final long UID_MAX = 0xFFFF_FFFFL;

  private final String wireName;
  private final String name;
  private final int folder;
  private final Set<String> labelsElsewhere;
  private final long source;
  private final long uidValidity;
  private final Optional<Frame.Mark> mark;
  private final long since;
  private int partsLeft;
  private boolean whole = true;

  /// Messages with UIDs from one to another, about how many.
  record Part(ImapMailbox mailbox, long from, long to, long messages) {
    /// As commands name it.
    String uids() {
      return from + ":" + to;
    }

    SourceKey firstKey() {
      return mailbox.key(from);
    }
  }

  /// `since`: what was current at that mod-sequence was taken before; 0: nothing is known. `mark`
  /// is kept when all is taken.
  ImapMailbox(Names names, long source, long uidValidity, long since, Optional<Frame.Mark> mark) {
    this.wireName = names.wireName();
    this.name = names.name();
    this.folder = names.folder();
    this.labelsElsewhere = names.labelsElsewhere();
    this.source = source;
    this.uidValidity = uidValidity;
    this.since = since;
    this.mark = mark;
  }

  /// What the server calls it, what people do, and its number among those that are imported. What
  /// has one of `labelsElsewhere` is in another mailbox too, and not taken from this one.
  record Names(String wireName, String name, int folder, Set<String> labelsElsewhere) {
    Names {
      labelsElsewhere = Set.copyOf(labelsElsewhere);
    }
  }

  /// Its parts, when each but the first begins at one of these UIDs, `each` but the last with so
  /// many of all messages.
  synchronized List<Part> parts(List<Long> begins, long each, long messages) {
    List<Part> parts = new ArrayList<>();
    long from = 1;
    for (long begin : begins) {
      if (begin > from) {
        parts.add(new Part(this, from, begin - 1, each));
        from = begin;
      }
    }
    parts.add(new Part(this, from, UID_MAX, messages - each * parts.size()));
    partsLeft = parts.size();
    return parts;
  }

  String wireName() {
    return wireName;
  }

  String name() {
    return name;
  }

  int folder() {
    return folder;
  }

  /// Whether its messages are asked for their labels.
  boolean hasLabels() {
    return !labelsElsewhere.isEmpty();
  }

  /// Whether it is not to be taken from here.
  boolean isElsewhere(Found message) {
    return message.labels().stream()
        .anyMatch(label -> labelsElsewhere.contains(label.toLowerCase(Locale.ROOT)));
  }

  long uidValidity() {
    return uidValidity;
  }

  long since() {
    return since;
  }

  SourceKey key(long uid) {
    return new SourceKey(source, 0, uid);
  }

  /// Something of it could not be taken: it is looked through again the next time.
  synchronized void leftOut() {
    whole = false;
  }

  /// One more part is taken: what is to be kept now, if anything is.
  synchronized Optional<Frame.Mark> taken() {
    partsLeft--;
    return partsLeft == 0 && whole ? mark : Optional.empty();
  }
}
