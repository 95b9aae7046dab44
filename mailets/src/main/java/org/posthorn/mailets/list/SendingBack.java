package org.posthorn.mailets.list;

import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailets.match.MachineMatchers;
import org.posthorn.spool.chain.Chain;
import org.posthorn.storage.directory.MailingList;

/// What a list does not take and sends back. Spam names somebody as its sender who has not sent it:
/// he gets no report of each. Who has logged in always hears of it.
record SendingBack(Letters letters) {
  Outcome refused(Mail mail, MailingList list, String status, String why) {
    if (!mayBeTold(mail)) {
      return rehearsed(mail, status, why);
    }
    return isCertain(mail)
            || mail.sender().filter(sender -> letters.maySendBack(list, sender)).isPresent()
        ? bounced(mail, status, why)
        : new Outcome.Finish("not posted, nor sent back, as many were: " + status + " " + why);
  }

  /// The same without counting.
  static Outcome rehearsed(Mail mail, String status, String why) {
    return mayBeTold(mail)
        ? bounced(mail, status, why)
        : new Outcome.Finish(
            "not posted, nor sent back, for the sender may be forged or a program: "
                + status
                + " "
                + why);
  }

  /// Whether the sender may be told of a mail of his.
  static boolean mayBeTold(Mail mail) {
    return isCertain(mail) || MachineMatchers.mayBeAnswered(mail);
  }

  private static boolean isCertain(Mail mail) {
    return mail.origin().login().isPresent();
  }

  static Outcome bounced(Mail mail, String status, String why) {
    return new Outcome.Route(
        mail.withRecipients(
            mail.recipients().stream()
                .map(one -> one.withFailure(new Recipient.Failure(status, Optional.empty(), why)))
                .toList()),
        Chain.BOUNCES);
  }
}
