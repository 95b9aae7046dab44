package org.posthorn.storage.account;

/// What shall be as it was at a version. What came into the account since stays, unless `exact`.
public record RestoreWish(long toVersion, Scope scope, boolean exact) {
  /// How much of the account.
  public sealed interface Scope {}

  /// All mailboxes. Messages that were moved or copied since are where they were.
  public record Everything() implements Scope {}

  /// One mailbox, by the name that it had then or, if none had it, has now. The others stay as they
  /// are, also where its messages were moved to.
  public record OneMailbox(MailboxName name) implements Scope {}

  /// One message, wherever it was then; it stays where else it is now.
  public record OneMessage(long emailId) implements Scope {}
}
