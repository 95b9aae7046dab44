package org.posthorn.storage.account;

/// The full name of a mailbox: components separated by `/`, Unicode, INBOX in upper case.
public record MailboxName(String value) {
  public static final MailboxName INBOX = new MailboxName("INBOX");
  public static final char SEPARATOR = '/';

  @Override
  public String toString() {
    return value;
  }
}
