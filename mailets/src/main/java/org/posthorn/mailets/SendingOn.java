package org.posthorn.mailets;

import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Recipient.Notify;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.returnpath.ReturnPaths;
import org.posthorn.storage.directory.Directory;

/// What changes in the envelope of a mail that is sent on to other servers. Safe for use by many
/// threads.
record SendingOn(Directory directory, ReturnPaths returnPaths) {
  private static final System.Logger log = System.getLogger(SendingOn.class.getName());

  boolean isElsewhere(MailAddress address) {
    return !directory.isLocal(address.domain());
  }

  /// The envelope sender with which the mail leaves us for `address`. A foreign one becomes an
  /// address of ours (SRS); a mail without a sender stays without.
  Optional<MailAddress> sender(Mail mail, MailAddress address) {
    Optional<MailAddress> sender = mail.sender();
    Optional<Domain> ours = domain(address);
    if (!returnPaths.config().srs()
        || ours.isEmpty()
        || sender.isEmpty()
        || !isElsewhere(sender.get())) {
      return sender;
    }
    Optional<MailAddress> rewritten = returnPaths.sendingOn(sender.get(), ours.get());
    if (rewritten.isEmpty()) {
      log.log(Level.WARNING, "mail {0} is sent on with its own sender: no room", mail.id());
    }
    return rewritten.or(() -> sender);
  }

  private Optional<Domain> domain(MailAddress address) {
    return returnPaths
        .config()
        .srsDomain()
        .flatMap(Domain::parse)
        .or(() -> Optional.of(address.domain()).filter(directory::isLocal));
  }

  /// What is asked for a target, of what was asked for those whom it stands for (RFC 3461 §5.2.7):
  /// nothing if nobody is to be told anything, else whatever was asked for one of them. `success`:
  /// whether that counts.
  static Recipient target(MailAddress target, Collection<Recipient> instead, boolean success) {
    Set<Notify> asked = EnumSet.noneOf(Notify.class);
    boolean usual = false;
    for (Recipient recipient : instead) {
      asked.addAll(recipient.notifications());
      usual |= recipient.notifications().isEmpty();
    }
    boolean never = asked.remove(Notify.NEVER) && asked.isEmpty() && !usual;
    if (usual && !asked.isEmpty()) {
      asked.addAll(Set.of(Notify.FAILURE, Notify.DELAY));
    }
    if (!success && asked.remove(Notify.SUCCESS) && asked.isEmpty()) {
      never = true;
    }
    Optional<String> original =
        instead.size() == 1 ? Optional.of(original(instead.iterator().next())) : Optional.empty();
    return new Recipient(target, original, never ? Set.of(Notify.NEVER) : asked);
  }

  /// As the sender knows it.
  static String original(Recipient recipient) {
    return recipient.originalRecipient().orElseGet(() -> "rfc822;" + recipient.address());
  }
}
