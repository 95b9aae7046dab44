package org.posthorn.imap.view;

/// The selected mailbox was deleted by somebody else: there is nothing left to number.
public final class MailboxGone extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MailboxGone(String mailbox) {
    super("Mailbox " + mailbox + " is gone", null, false, false);
  }
}
