package org.posthorn.storage.account;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.posthorn.message.MailId;

/// One change while it is made: reads see what the change has done so far. Confined to the
/// [Account.Edit] that it was given to.
///
/// Every method throws [MailboxException] when it declines; if the edit lets it pass, nothing of
/// the change is kept.
public interface AccountDraft {
  /// The version that this change will have: the MODSEQ of all that it touches.
  long version();

  Optional<MailboxInfo> find(MailboxName name);

  MailboxInfo mailbox(MailboxId id);

  MailboxView view(MailboxId id);

  /// Makes a mailbox and the missing ones above it (RFC 9051 §6.3.4).
  MailboxInfo create(MailboxName name, Optional<SpecialUse> use);

  /// Renames a mailbox and those below it. INBOX: its messages move to the new mailbox, INBOX stays
  /// (RFC 9051 §6.3.6).
  void rename(MailboxId id, MailboxName to);

  /// Deletes a mailbox and its messages; not INBOX, and not those below it.
  void delete(MailboxId id);

  void subscribe(MailboxName name, boolean subscribed);

  /// Returns the UID. Both quotas are checked.
  long append(MailboxId to, NewEmail email);

  /// What became of a delivery: `BEFORE`, when the mail was delivered for this recipient; `SHARED`,
  /// when the same was delivered for another.
  enum Delivered {
    NOW,
    BEFORE,
    SHARED
  }

  /// Appends once for each mail and recipient, and once for all recipients of a mail for whom it is
  /// the same: `what` tells one thing that is delivered from others, such as a hash of it. Who
  /// shared a message is remembered like who got one, whatever `what` is later.
  Delivered deliver(MailboxId to, NewEmail email, MailId mail, String recipient, long what);

  /// Appends once for each key: empty when the message was imported before, whatever became of it.
  OptionalLong appendOnce(MailboxId to, NewEmail email, SourceKey source);

  /// Does to an imported message what was done to it at its source since it was last looked at:
  /// flags that came there are added, flags that went there are removed, others stay. False when
  /// there was nothing to do.
  boolean followFlags(SourceKey source, Flags flags);

  /// An imported message was removed at its source: expunges it, if it is where it was put, and
  /// forgets that it was imported. False when it was not.
  boolean followRemoval(SourceKey source);

  /// Keeps a key that is no message's among those that were imported, in the place of another one:
  /// how far a source was read. `mailbox` is where its messages went.
  void mark(SourceKey mark, Optional<SourceKey> instead, MailboxId mailbox);

  /// Copies messages, in the order of `uids`, with their flags and dates. UIDs that are not there
  /// are left out.
  Moved copy(MailboxId from, UidSet uids, MailboxId to);

  /// Moves messages: gone there, here with new UIDs, in one change (RFC 6851).
  Moved move(MailboxId from, UidSet uids, MailboxId to);

  /// Changes flags. Messages whose modSeq is above `unchangedSince` are left alone and returned in
  /// [Stored#modified].
  Stored store(
      MailboxId mailbox, UidSet uids, FlagChange change, Flags flags, OptionalLong unchangedSince);

  /// Removes messages for good (as far as clients see); returns those that were there.
  UidSet expunge(MailboxId mailbox, UidSet uids);

  /// For how many days a mailbox keeps its messages (0: for ever); empty: as the default says.
  void retain(MailboxId mailbox, OptionalInt days);

  /// Who may do what with a mailbox.
  Acl acl(MailboxId mailbox);

  /// The mailboxes in which somebody beside the owner has rights.
  Set<MailboxId> shared();

  /// Gives an identifier these rights and no others. A mailbox that is made below another one
  /// begins with the rights of that; a deleted one takes its own with it.
  void setRights(MailboxId mailbox, String identifier, Rights rights);

  /// What `from` has and is denied, `to` has and is denied as well; also in a list that is full,
  /// for whoever takes it from `from` next.
  void giveRightsAlso(MailboxId mailbox, String from, String to);

  /// Sets a note, or removes it (empty). The value is bytes as characters, at most
  /// [Annotation#VALUE_MAX_BYTES] of them.
  void annotate(Annotation note, Optional<String> value);

  /// The key with which the account's user vouches for URLs that lead into a mailbox of the account
  /// `host`; made where there is none, or `anew`. Goes with the mailbox, if that is of this
  /// account.
  AccessKey accessKey(AccountId host, MailboxId mailbox, boolean anew);

  /// Forgets all those keys: what was vouched for with them is no more.
  void forgetAccessKeys();

  /// The mailbox as a reader sees it whose account is another one.
  MailboxView viewAs(MailboxId id, AccountId reader);

  /// Marks messages as seen, or not seen any more, for such a reader alone; returns those that are
  /// other now.
  UidSet markSeen(MailboxId mailbox, AccountId reader, UidSet uids, boolean seen);

  /// Gives to one reader what another one has seen, who is no more: both are the same person.
  void moveSeen(MailboxId mailbox, AccountId from, AccountId to);

  /// Limits of this account alone. What is there already stays, also when it is more.
  void setQuota(QuotaLimits limits);

  /// How full the account is when its user should be told and was not: one of
  /// [QuotaConfig#warnPercents].
  OptionalInt warningDue();

  /// Puts a warning into INBOX without a look at the quota, and remembers that the user was told;
  /// false when it is not due (any more).
  boolean warn(NewEmail warning, int percent);

  /// Whose account it is: the login, kept for whoever has nothing but the account.
  void setOwner(String login);

  /// Which UIDs became which, pairwise in order.
  interface Moved {
    long uidValidity();

    long[] fromUids();

    long[] toUids();
  }

  /// `changed`: UIDs whose flags are other now; `modified`: UIDs that were refused because they had
  /// changed.
  record Stored(UidSet changed, UidSet modified) {}

  enum FlagChange {
    ADD,
    REMOVE,
    REPLACE
  }
}
