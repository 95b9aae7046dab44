package org.posthorn.smtp.inbound;

import static org.posthorn.smtp.wire.EnhancedStatus.INVALID_COMMAND;
import static org.posthorn.smtp.wire.EnhancedStatus.MAILBOX_DISABLED;
import static org.posthorn.smtp.wire.EnhancedStatus.MAILBOX_UNKNOWN;
import static org.posthorn.smtp.wire.EnhancedStatus.RECIPIENT_SYNTAX;
import static org.posthorn.smtp.wire.EnhancedStatus.RECIPIENT_VALID;
import static org.posthorn.smtp.wire.EnhancedStatus.REPLY_BEYOND_ASCII;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.smtp.wire.SmtpCommand;
import org.posthorn.smtp.wire.SmtpReply;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.Expansion;
import org.posthorn.storage.directory.Resolution;

/// VRFY and EXPN (RFC 5321 §3.5): who is here. Only users who have logged in hear the truth: others
/// would gather addresses. Safe for use by many threads.
final class Inquiries {
  /// Addresses in one answer.
  private static final int SHOWN_MAX = 100;

  private static final SmtpReply WE_WILL_SEE =
      SmtpReply.of(252, RECIPIENT_VALID, "Send some mail, we will see");

  /// RFC 6531 §3.7.4.2.
  private static final SmtpReply BEYOND_ASCII =
      SmtpReply.of(252, REPLY_BEYOND_ASCII, "Ask with SMTPUTF8 to see it, or send some mail");

  private static final SmtpReply NOBODY = SmtpReply.of(550, MAILBOX_UNKNOWN, "No such user here");
  private static final SmtpReply NO_ADDRESS =
      SmtpReply.of(501, RECIPIENT_SYNTAX, "Expected an address or the name of a user");

  private final Directory directory;
  private final Domain hostname;

  Inquiries(Directory directory, Domain hostname) {
    this.directory = directory;
    this.hostname = hostname;
  }

  SmtpReply verify(SmtpCommand.Vrfy vrfy, boolean truth) {
    if (!truth) {
      return WE_WILL_SEE;
    }
    Optional<MailAddress> asked = address(vrfy.name());
    if (asked.isEmpty()) {
      return NO_ADDRESS;
    }
    MailAddress address = asked.get();
    return switch (directory.resolve(address)) {
      case Resolution.Mailbox _, Resolution.Alias _, Resolution.Listed _ ->
          shown(List.of(address), vrfy.smtpUtf8());
      case Resolution.NoSuchUser _ -> NOBODY;
      case Resolution.Disabled _ ->
          SmtpReply.of(550, MAILBOX_DISABLED, "This mailbox takes no mail at present");
      case Resolution.NotLocal _ -> WE_WILL_SEE;
    };
  }

  /// The members of a list or group.
  SmtpReply expand(SmtpCommand.Expn expn, boolean truth) {
    if (!truth) {
      return SmtpReply.of(502, INVALID_COMMAND, "We do not tell");
    }
    Optional<MailAddress> asked = address(expn.name());
    if (asked.isEmpty() || !(directory.resolve(asked.get()) instanceof Resolution.Alias)) {
      return SmtpReply.of(550, MAILBOX_UNKNOWN, "There is no such list here");
    }
    Expansion ends = directory.expand(asked.get());
    List<MailAddress> members = new ArrayList<>();
    ends.mailboxes().forEach(end -> members.add(end.user().login()));
    members.addAll(ends.remote());
    return members.isEmpty() ? NOBODY : shown(members, expn.smtpUtf8());
  }

  /// A name without a domain is one of ours.
  private Optional<MailAddress> address(String name) {
    return name.indexOf('@') >= 0
        ? MailAddress.parse(name)
        : directory.domains().all().stream()
            .map(info -> info.domain())
            .filter(domain -> domain.equals(hostname) || directory.domains().all().size() == 1)
            .findFirst()
            .flatMap(domain -> MailAddress.parse(name + "@" + domain));
  }

  private static SmtpReply shown(List<MailAddress> addresses, boolean smtpUtf8) {
    if (!smtpUtf8 && !addresses.stream().allMatch(MailAddress::isAscii)) {
      return BEYOND_ASCII;
    }
    List<String> lines =
        addresses.stream().limit(SHOWN_MAX).map(address -> "<" + address + ">").toList();
    return new SmtpReply(250, Optional.of(RECIPIENT_VALID), lines);
  }
}
