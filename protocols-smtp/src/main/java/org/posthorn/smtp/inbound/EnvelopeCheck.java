package org.posthorn.smtp.inbound;

import static org.posthorn.smtp.wire.EnhancedStatus.MAILBOX_DISABLED;
import static org.posthorn.smtp.wire.EnhancedStatus.MAILBOX_FULL;
import static org.posthorn.smtp.wire.EnhancedStatus.MAILBOX_UNKNOWN;
import static org.posthorn.smtp.wire.EnhancedStatus.NOT_AUTHORIZED;
import static org.posthorn.smtp.wire.EnhancedStatus.SECURITY;
import static org.posthorn.smtp.wire.EnhancedStatus.SYSTEM_FULL;

import java.net.InetAddress;
import java.util.Optional;
import org.posthorn.message.MailAddress;
import org.posthorn.smtp.wire.SmtpCommand;
import org.posthorn.smtp.wire.SmtpReply;
import org.posthorn.spool.returnpath.ReturnPath;
import org.posthorn.spool.returnpath.ReturnPaths;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.Expansion;
import org.posthorn.storage.directory.Resolution;
import org.posthorn.storage.directory.User;

/// Who may send, and to whom. What is refused here is refused before we have the message, so nobody
/// gets a bounce from us that never wrote to us. Safe for use by many threads.
final class EnvelopeCheck {
  private static final SmtpReply LOGIN_REQUIRED =
      SmtpReply.of(530, SECURITY, "Log in first, over TLS");
  private static final SmtpReply NOT_YOURS =
      SmtpReply.of(550, NOT_AUTHORIZED, "You may not send as this address");
  private static final SmtpReply NO_SUCH_USER =
      SmtpReply.of(550, MAILBOX_UNKNOWN, "No such user here");
  private static final SmtpReply BUSY =
      SmtpReply.of(451, SYSTEM_FULL, "The server is short of memory, try again later");
  private static final SmtpReply DISABLED =
      SmtpReply.of(450, MAILBOX_DISABLED, "This mailbox takes no mail at present");
  private static final SmtpReply FULL = SmtpReply.of(452, MAILBOX_FULL, "This mailbox is full");
  private static final SmtpReply NO_RELAY =
      SmtpReply.of(550, NOT_AUTHORIZED, "We do not relay for strangers");

  /// What became of a RCPT.
  sealed interface Verdict {
    /// `local`: one of ours.
    record Accepted(MailAddress recipient, boolean local) implements Verdict {}

    record Refused(SmtpReply reply) implements Verdict {}
  }

  private static final SmtpReply ONLY_BOUNCES =
      SmtpReply.of(550, NOT_AUTHORIZED, "This address takes nothing but bounces");
  private static final SmtpReply NO_RETURN_PATH =
      SmtpReply.of(550, MAILBOX_UNKNOWN, "This is no return path of ours");
  private static final SmtpReply EXPIRED =
      SmtpReply.of(550, MAILBOX_UNKNOWN, "This return path has expired");

  private static final String POSTMASTER = "postmaster";

  private final InboundRules rules;
  private final Directory directory;
  private final Accounts accounts;
  private final ReturnPaths returnPaths;
  private final Optional<SendingBrake> brake;
  private final SharedRoom recipientRoom;

  EnvelopeCheck(InboundRules rules, InboundRooms rooms) {
    this.rules = rules;
    this.directory = rooms.directory();
    this.accounts = rooms.accounts();
    this.returnPaths = rooms.spool().returnPaths();
    this.brake = rooms.brake();
    this.recipientRoom = rooms.recipientRoom();
  }

  /// Memory for the recipients that this client names.
  SharedRoom.Share room(InetAddress client) {
    return recipientRoom.share(client);
  }

  /// Why this client may not send this, or nothing. The null sender is that of everybody who may
  /// still log in: mail programs use it for receipts (RFC 8098 §2).
  Optional<SmtpReply> senderRefusal(Optional<User> login, SmtpCommand.Mail mail) {
    if (accounts.memory().isTight()) {
      return Optional.of(BUSY);
    }
    if (login.isEmpty()) {
      return rules.role() == Role.SUBMISSION ? Optional.of(LOGIN_REQUIRED) : Optional.empty();
    }
    User user = login.get();
    boolean allowed =
        mail.sender()
            .map(sender -> directory.maySendAs(user, sender))
            .orElseGet(() -> isStillIn(user));
    return allowed ? Optional.empty() : Optional.of(NOT_YOURS);
  }

  /// A session whose right is over has been ended, but not that of a login which a proxy has named.
  private boolean isStillIn(User login) {
    return user(login.login()).filter(now -> now.account().equals(login.account())).isPresent();
  }

  /// Whom a proxy of ours has let log in.
  Optional<User> user(MailAddress login) {
    return directory.user(login).filter(user -> user.enabled() && !user.shared());
  }

  /// Whom the brake lets through here is counted by [#counted], when nobody else refuses.
  Verdict recipient(Optional<User> login, SmtpCommand.Mail mail, SmtpCommand.Rcpt rcpt) {
    if (accounts.memory().isTight()) {
      return new Verdict.Refused(BUSY);
    }
    Verdict verdict = wanted(login, mail, rcpt);
    if (login.isEmpty() || brake.isEmpty()) {
      return verdict;
    }
    MailAddress who = login.get().login();
    return switch (verdict) {
      case Verdict.Accepted(_, boolean local) ->
          (local ? Optional.<SmtpReply>empty() : brake.get().refusal(who))
              .<Verdict>map(Verdict.Refused::new)
              .orElse(verdict);
      case Verdict.Refused(SmtpReply reply) -> {
        if (reply.code() >= 500) {
          brake.get().failed(who);
        }
        yield verdict;
      }
    };
  }

  /// Counts one who is to be taken; or why not. Others may have been counted in the meantime.
  Optional<SmtpReply> counted(Optional<User> login, boolean local) {
    return local
        ? Optional.empty()
        : brake.flatMap(each -> login.flatMap(user -> each.count(user.login())));
  }

  private Verdict wanted(Optional<User> login, SmtpCommand.Mail mail, SmtpCommand.Rcpt rcpt) {
    MailAddress address = rcpt.recipient().orElseGet(this::ownPostmaster);
    return switch (returnPaths.read(address)) {
      case ReturnPath.None() -> named(login, mail, rcpt, address);
      case ReturnPath.SentOn(MailAddress original) ->
          mail.sender().isPresent() && returnPaths.config().srsBouncesOnly()
              ? new Verdict.Refused(ONLY_BOUNCES)
              : new Verdict.Accepted(original, false);
      case ReturnPath.ForOne _ -> new Verdict.Accepted(address, true);
      case ReturnPath.Forged() ->
          directory.isLocal(address.domain())
              ? new Verdict.Refused(NO_RETURN_PATH)
              : named(login, mail, rcpt, address);
      case ReturnPath.Expired() -> new Verdict.Refused(EXPIRED);
    };
  }

  /// Whoever the directory knows by the address.
  private Verdict named(
      Optional<User> login, SmtpCommand.Mail mail, SmtpCommand.Rcpt rcpt, MailAddress address) {
    return switch (directory.resolve(address)) {
      case Resolution.Mailbox(User user, var _) -> mailbox(user, address, mail);
      case Resolution.Alias _ -> alias(address, mail);
      case Resolution.Listed _ -> new Verdict.Accepted(address, true);
      case Resolution.NoSuchUser _ -> postmasterInstead(address);
      case Resolution.Disabled _ -> new Verdict.Refused(DISABLED);
      case Resolution.NotLocal _ -> elsewhere(login, rcpt, address);
    };
  }

  private Verdict mailbox(User user, MailAddress address, SmtpCommand.Mail mail) {
    return hasRoom(user, declared(mail))
        ? new Verdict.Accepted(address, true)
        : new Verdict.Refused(FULL);
  }

  /// A message that is bigger than was declared may have no room any more. Refused where nobody has
  /// room for it: afterwards there would only be a bounce left.
  Optional<SmtpReply> roomRefusal(Envelope envelope, long sizeBytes) {
    if (envelope.mail().sizeBytes().orElse(1) >= sizeBytes || envelope.recipients().isEmpty()) {
      return Optional.empty();
    }
    boolean fits =
        envelope.recipients().stream()
            .anyMatch(recipient ->
                switch (directory.resolve(recipient.address())) {
                  case Resolution.Mailbox mailbox -> hasRoom(mailbox.user(), sizeBytes);
                  case Resolution.Alias _ ->
                      hasRoom(directory.expand(recipient.address()), sizeBytes);
                  case Resolution.Listed _,
                      Resolution.NoSuchUser _,
                      Resolution.Disabled _,
                      Resolution.NotLocal _ ->
                      true;
                });
    return fits ? Optional.empty() : Optional.of(FULL);
  }

  /// Whether somebody behind an alias has, or may have.
  private boolean hasRoom(Expansion ends, long sizeBytes) {
    return ends.mailboxes().isEmpty()
        || !ends.lists().isEmpty()
        || !ends.remote().isEmpty()
        || !ends.complete()
        || ends.mailboxes().stream().anyMatch(end -> hasRoom(end.user(), sizeBytes));
  }

  private boolean hasRoom(User user, long sizeBytes) {
    return accounts
        .find(user.account())
        .map(Account::quota)
        .map(quota -> quota.hasRoomFor(sizeBytes))
        .orElse(true);
  }

  /// An alias that leads nowhere now is refused here, for a bounce would be backscatter. So is one
  /// that leads to nothing but full mailboxes.
  private Verdict alias(MailAddress address, SmtpCommand.Mail mail) {
    Expansion ends = directory.expand(address);
    if (!ends.lists().isEmpty()) {
      return new Verdict.Accepted(address, true);
    }
    if (!hasRoom(ends, declared(mail))) {
      return new Verdict.Refused(FULL);
    }
    if (!ends.mailboxes().isEmpty() || !ends.remote().isEmpty() || !ends.complete()) {
      return new Verdict.Accepted(address, true);
    }
    return ends.disabled().isEmpty() ? postmasterInstead(address) : new Verdict.Refused(DISABLED);
  }

  /// Nothing but a login opens the way to other servers; `<Postmaster>` never leads there.
  private Verdict elsewhere(Optional<User> login, SmtpCommand.Rcpt rcpt, MailAddress address) {
    if (rcpt.recipient().isEmpty()) {
      return postmasterInstead(address);
    }
    return login.isPresent() ? new Verdict.Accepted(address, false) : new Verdict.Refused(NO_RELAY);
  }

  /// RFC 5321 §4.5.1: there is a postmaster wherever we take mail.
  private Verdict postmasterInstead(MailAddress address) {
    if (!address.localPart().equalsIgnoreCase(POSTMASTER)) {
      return new Verdict.Refused(NO_SUCH_USER);
    }
    return rules
        .postmaster()
        .filter(instead -> !instead.equals(address))
        .or(this::postmasterOfADomain)
        .<Verdict>map(instead -> new Verdict.Accepted(instead, true))
        .orElseGet(() -> new Verdict.Refused(NO_SUCH_USER));
  }

  private Optional<MailAddress> postmasterOfADomain() {
    return directory.domains().all().stream()
        .map(info -> new MailAddress(POSTMASTER, info.domain()))
        .filter(address -> !directory.expand(address).mailboxes().isEmpty())
        .findFirst();
  }

  private MailAddress ownPostmaster() {
    return rules.postmaster().orElseGet(() -> new MailAddress(POSTMASTER, rules.hostname()));
  }

  private static long declared(SmtpCommand.Mail mail) {
    return Math.max(1, Math.min(mail.sizeBytes().orElse(1), Integer.MAX_VALUE));
  }
}
