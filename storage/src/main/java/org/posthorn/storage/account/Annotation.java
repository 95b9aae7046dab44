package org.posthorn.storage.account;

import java.util.Comparator;
import java.util.Locale;

/// Names a note at a mailbox (RFC 5464): mailbox 0 stands for the account as a whole. `reader` is
/// the account whose user alone sees it; empty: all who see the mailbox do. `entry` is a path in
/// lower case, since entries compare so.
public record Annotation(MailboxId mailbox, String reader, String entry)
    implements Comparable<Annotation> {
  public static final MailboxId WHOLE_ACCOUNT = new MailboxId(0);
  public static final int VALUE_MAX_BYTES = 16 << 10;
  public static final int ENTRY_MAX_BYTES = 255;

  /// At one mailbox, for one reader or for all.
  static final int MAX_AT_ONE = 100;

  /// In an account: notes are in memory as long as it is.
  static final int MAX_BYTES = 1 << 20;

  private static final Comparator<Annotation> ORDER =
      Comparator.comparingInt((Annotation note) -> note.mailbox.value())
          .thenComparing(Annotation::reader)
          .thenComparing(Annotation::entry);

  public Annotation {
    entry = entry.toLowerCase(Locale.ROOT);
  }

  /// For all who see the mailbox.
  public static Annotation shared(MailboxId mailbox, String entry) {
    return new Annotation(mailbox, "", entry);
  }

  public boolean isShared() {
    return reader.isEmpty();
  }

  @Override
  public int compareTo(Annotation other) {
    return ORDER.compare(this, other);
  }
}
