package org.posthorn.storage.account;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// One change of an account as the log keeps it: when, who, and what, in the order in which it was
/// done. What followers read, and what an undo needs.
public record Change(long version, Instant when, Actor actor, List<Event> events) {
  public Change {
    events = List.copyOf(events);
  }

  /// One thing that a change did.
  public sealed interface Event {}

  public record Created(MailboxId mailbox, MailboxName name) implements Event {}

  public record Renamed(MailboxId mailbox, MailboxName from, MailboxName to) implements Event {}

  /// `mailbox` is gone with all its messages, which [Account#vanished] still knows.
  public record Deleted(MailboxId mailbox, MailboxName name, Optional<SpecialUse> use)
      implements Event {}

  public record Subscribed(MailboxName name, boolean subscribed) implements Event {}

  public record Appended(MailboxId mailbox, UidSet uids) implements Event {}

  /// UIDs go together in order.
  public record Copied(MailboxId from, UidSet fromUids, MailboxId to, UidSet toUids)
      implements Event {}

  /// UIDs go together in order.
  public record Moved(MailboxId from, UidSet fromUids, MailboxId to, UidSet toUids)
      implements Event {}

  public record Flagged(MailboxId mailbox, UidSet uids, Flags before, Flags after)
      implements Event {}

  /// What the messages were is in [Account#vanished].
  public record Expunged(MailboxId mailbox, UidSet uids) implements Event {}

  /// Emails that were here before have new places, with new UIDs.
  public record BroughtBack(MailboxId mailbox, UidSet uids) implements Event {}

  /// What follows in this change made the account, or a part of it, what it was at `toVersion`.
  public record Restored(long toVersion) implements Event {}

  /// What a mailbox is for.
  public record UseSet(MailboxId mailbox, Optional<SpecialUse> before, Optional<SpecialUse> after)
      implements Event {}

  /// For how many days a mailbox keeps its messages (0: for ever); empty: as the default says.
  public record RetentionSet(MailboxId mailbox, OptionalInt beforeDays, OptionalInt afterDays)
      implements Event {}

  /// Logins; empty where nobody was named.
  public record Owned(String before, String after) implements Event {}

  /// Who may do what with a mailbox: the rights of one identifier.
  public record AclSet(MailboxId mailbox, String identifier, Rights before, Rights after)
      implements Event {}

  /// A note; the values are bytes as characters, empty where there is none.
  public record Annotated(Annotation note, Optional<String> before, Optional<String> after)
      implements Event {}

  /// What a reader who is not the owner has seen, or has not seen any more.
  public record SeenBy(MailboxId mailbox, AccountId reader, UidSet uids, boolean seen)
      implements Event {}

  /// `posthorn verify --repair` put so many things right; what they were, it said then.
  public record Repaired(long fixes) implements Event {}

  public record QuotaSet(QuotaLimits before, QuotaLimits after) implements Event {}
}
