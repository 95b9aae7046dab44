package org.posthorn.mailets;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.UUID;
import org.posthorn.mailet.Mail;
import org.posthorn.mailets.content.CopyMarks;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.SpooledMessage;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.directory.Resolution;

/// By what a delivery is known again, so that nobody gets a mail twice: when the step is repeated,
/// and when two addresses of one user lead to the same mailbox. `purpose` keeps apart what one mail
/// is delivered for to the same address; it may be empty.
record SameDelivery(String purpose, Flags flags) {
  /// The recipient as deliveries are remembered by; addresses that differ in case are one. A copy
  /// is another mail, but not for a purpose of its own.
  String key(Mail mail, MailAddress address) {
    return which(mail) + address.toString().toLowerCase(Locale.ROOT);
  }

  /// What makes deliveries of one mail the same, by whichever name of a user they come: who has a
  /// second address wants one copy, but not where the chain made two different ones.
  long what(Mail mail, SpooledMessage message, Resolution.Mailbox mailbox, MailboxId folder) {
    SpooledMessage.Placed bare = message.place("");
    String all =
        String.join(
            "\n",
            which(mail),
            mailbox.detail().orElse("").toLowerCase(Locale.ROOT),
            folder.toString(),
            String.join(" ", flags.names()),
            mail.sender().map(MailAddress::toString).orElse(""),
            bare.content().id().toString(),
            bare.prefix());
    return UUID.nameUUIDFromBytes(all.getBytes(StandardCharsets.UTF_8)).getMostSignificantBits();
  }

  private String which(Mail mail) {
    return purpose.isEmpty() ? CopyMarks.whichCopy(mail) : purpose;
  }
}
