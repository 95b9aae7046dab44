package org.posthorn.storage.account;

/// What the store declines, expected and harmless: nothing was changed. Each protocol maps these in
/// one switch.
public abstract sealed class MailboxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private MailboxException(String message) {
    super(message, null, false, false);
  }

  public static final class NotFound extends MailboxException {
    private static final long serialVersionUID = 1L;

    public NotFound(String mailbox) {
      super("No mailbox " + mailbox);
    }
  }

  public static final class AlreadyExists extends MailboxException {
    private static final long serialVersionUID = 1L;

    public AlreadyExists(String mailbox) {
      super("Mailbox " + mailbox + " exists");
    }
  }

  /// A name that no mailbox can have, or an operation that INBOX refuses.
  public static final class NotPermitted extends MailboxException {
    private static final long serialVersionUID = 1L;

    public NotPermitted(String why) {
      super(why);
    }
  }

  /// Whoever asks has no right to it, in a mailbox that is known to be there.
  public static final class Forbidden extends MailboxException {
    private static final long serialVersionUID = 1L;

    public Forbidden(String what) {
      super(what);
    }
  }

  public static final class OverQuota extends MailboxException {
    private static final long serialVersionUID = 1L;

    public OverQuota(String what) {
      super(what);
    }
  }

  /// A limit of the account that is no quota: mailboxes, keywords, name depth.
  public static final class LimitReached extends MailboxException {
    private static final long serialVersionUID = 1L;

    public LimitReached(String what) {
      super(what);
    }
  }

  /// The history was trimmed: what is asked about is older than what is known.
  public static final class HistoryTrimmed extends MailboxException {
    private static final long serialVersionUID = 1L;

    public HistoryTrimmed(String what) {
      super(what);
    }
  }

  /// The account was deleted while it was in use.
  public static final class AccountGone extends MailboxException {
    private static final long serialVersionUID = 1L;

    public AccountGone(AccountId account) {
      super("Account " + account + " is gone");
    }
  }
}
