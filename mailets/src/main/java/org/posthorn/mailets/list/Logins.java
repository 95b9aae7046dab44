package org.posthorn.mailets.list;

import org.posthorn.mailet.Mail;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.directory.Directory;

/// Who has logged in to send a mail, and for whom that speaks: a login is one user, and not
/// everybody in the house.
record Logins(Directory directory) {
  /// Whether whoever sent the mail has logged in as somebody whose address this is.
  boolean proves(Mail mail, MailAddress address) {
    return mail.origin()
        .login()
        .flatMap(directory::user)
        .filter(user -> directory.maySendAs(user, address))
        .isPresent();
  }
}
