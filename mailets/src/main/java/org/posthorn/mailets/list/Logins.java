package org.posthorn.mailets.list;

import java.util.function.Predicate;
import org.posthorn.mailet.Mail;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.directory.Directory;

/// Who has logged in to send a mail, and for whom that speaks: a login is one user, and not
/// everybody in the house.
record Logins(Directory directory) {
  /// Whether whoever sent the mail has logged in as somebody whose address this is.
  boolean proves(Mail mail, MailAddress address) {
    return proven(mail).test(address);
  }

  /// The same for many addresses of one mail: all names that its sender goes by.
  Predicate<MailAddress> proven(Mail mail) {
    return mail.origin()
        .login()
        .flatMap(directory::user)
        .<Predicate<MailAddress>>map(user -> address -> directory.maySendAs(user, address))
        .orElse(_ -> false);
  }

  /// Those of them that are nobody else's as well, as an alias of several people is.
  Predicate<MailAddress> provenAlone(Mail mail) {
    return proven(mail).and(address -> directory.behind(address).isPresent());
  }
}
