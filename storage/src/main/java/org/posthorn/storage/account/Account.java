package org.posthorn.storage.account;

import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/// An account as a sequence of changes. Safe for use by many threads; readers take no lock.
///
/// Order of every change: durable → readable → bell.
public final class Account {
  /// A change as code. Runs once, alone, in memory; must not block and must not touch another
  /// account.
  @FunctionalInterface
  public interface Edit<R> {
    R apply(AccountDraft draft);
  }

  public AccountId id() {
    throw new IllegalStateException("SEAM");
  }

  /// The version of the last change.
  public long version() {
    throw new IllegalStateException("SEAM");
  }

  /// All mailboxes as of one version, sorted by name with INBOX first.
  public List<MailboxInfo> mailboxes() {
    throw new IllegalStateException("SEAM");
  }

  public Optional<MailboxInfo> find(MailboxName name) {
    throw new IllegalStateException("SEAM " + name);
  }

  /// Names that are subscribed, whether or not there is such a mailbox (RFC 9051 §6.3.7).
  public List<MailboxName> subscriptions() {
    throw new IllegalStateException("SEAM");
  }

  /// Empty when the mailbox was deleted.
  public Optional<MailboxView> view(MailboxId id) {
    throw new IllegalStateException("SEAM " + id);
  }

  /// Makes one change: the edit runs, what it did is committed durably together with other changes
  /// that wait, and only then this returns. An edit that throws changes nothing, and what it threw
  /// comes out here. An edit that does nothing makes no version.
  public <R> R change(Actor actor, Edit<R> edit) {
    throw new IllegalStateException("SEAM " + actor + (edit == null));
  }

  /// Empty when the email is gone for good.
  public Optional<Email> email(long emailId) {
    throw new IllegalStateException("SEAM " + emailId);
  }

  /// The emails of `view` from one index to another, in that order; faster than one by one. Gone
  /// ones are left out.
  public List<Email> emails(MailboxView view, int fromIndex, int toIndex) {
    throw new IllegalStateException("SEAM " + view.size() + fromIndex + toIndex);
  }

  /// Bytes of a message, prefix first, in the offsets of [Email#structure]. The caller closes it.
  public InputStream open(Email email, long offset, long length) {
    throw new IllegalStateException("SEAM " + email + offset + length);
  }

  /// UIDs expunged from a mailbox by changes after `modSeq`.
  public UidSet vanishedSince(MailboxId id, long modSeq) {
    throw new IllegalStateException("SEAM " + id + modSeq);
  }

  /// The first UID of a mailbox that no session was told as `\Recent` yet; with `take`, this
  /// session is told and the next one is not.
  public long firstRecentUid(MailboxId id, boolean take) {
    throw new IllegalStateException("SEAM " + id + take);
  }

  /// Rung after every change of the account, until it is closed.
  public Bell listen() {
    throw new IllegalStateException("SEAM");
  }

  /// Bytes used and allowed; `limitBytes` 0: unlimited.
  public Quota quota() {
    throw new IllegalStateException("SEAM");
  }

  public record Quota(long usedBytes, long usedMessages, long limitBytes) {}
}
