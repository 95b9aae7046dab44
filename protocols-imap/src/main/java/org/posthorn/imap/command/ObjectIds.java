package org.posthorn.imap.command;

import org.posthorn.storage.account.MailboxId;

/// Object identifiers (RFC 8474): a letter for the kind, so the kinds never meet, and the number
/// that the account gave out once.
final class ObjectIds {
  private ObjectIds() {}

  static String mailbox(MailboxId id) {
    return "B" + id.value();
  }

  static String email(long id) {
    return "E" + id;
  }

  static String thread(long id) {
    return "T" + id;
  }
}
