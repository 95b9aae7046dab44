package org.posthorn.imap.command;

import java.io.IOException;
import java.util.Optional;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.Rights;
import org.posthorn.storage.account.Rights.Right;
import org.posthorn.storage.directory.DirectoryException;
import org.posthorn.storage.share.Identifier;
import org.posthorn.storage.share.Sharing;
import org.posthorn.storage.share.Sharing.Mode;

/// SETACL, DELETEACL, GETACL, LISTRIGHTS and MYRIGHTS (RFC 4314 §3). The owner of an account has
/// all rights in it for ever.
public final class AccessControl {
  private static final String GRANTABLE = " l r s w i p k x t e a c d";

  private final Sharing sharing;
  private final Caller caller;
  private final ImapWriter writer;

  public AccessControl(Sharing sharing, Caller caller) {
    this.sharing = sharing;
    this.caller = caller;
    this.writer = caller.writer();
  }

  public ImapAnswer set(ImapCommand.SetAcl command) {
    char sign = command.rights().isEmpty() ? ' ' : command.rights().charAt(0);
    Mode mode = sign == '+' ? Mode.ADD : sign == '-' ? Mode.REMOVE : Mode.REPLACE;
    Rights rights;
    try {
      rights = Rights.parse(command.rights().substring(mode == Mode.REPLACE ? 0 : 1));
    } catch (IllegalArgumentException _) {
      return ImapAnswer.bad("There is no such right");
    }
    return change(command.mailbox(), command.identifier(), mode, rights);
  }

  public ImapAnswer delete(ImapCommand.DeleteAcl command) {
    return change(command.mailbox(), command.identifier(), Mode.REPLACE, Rights.NONE);
  }

  private ImapAnswer change(String name, String identifier, Mode mode, Rights rights) {
    if (identifier.isEmpty()) {
      return ImapAnswer.bad("Whom do you mean?");
    }
    NamedMailbox mailbox = caller.mailbox(name, Right.ADMINISTER);
    try {
      Identifier who = Identifier.parse(identifier, domain(mailbox));
      if (isOwner(mailbox, who)) {
        return ImapAnswer.no(ResponseCode.Plain.CANNOT, "The owner has all rights");
      }
      sharing.change(mailbox.account(), mailbox.info().id(), who, mode, rights, caller.actor());
    } catch (DirectoryException _) {
      return ImapAnswer.no(ResponseCode.Plain.CANNOT, "To such a name no rights can be given");
    }
    return ImapAnswer.ok("Done");
  }

  public ImapAnswer get(ImapCommand.GetAcl command) throws IOException {
    NamedMailbox mailbox = caller.mailbox(command.mailbox(), Right.ADMINISTER);
    writer.text("* ACL ").mailbox(mailbox.shown());
    owner(mailbox).ifPresent(owner -> entry(owner.toString(), Rights.ALL));
    mailbox.account().acl(mailbox.info().id()).entries().forEach(this::entry);
    writer.endLine();
    return ImapAnswer.ok("Listed");
  }

  private void entry(String identifier, Rights rights) {
    writer.raw(' ').astring(identifier).raw(' ').text(rights.lettersWithOld());
  }

  public ImapAnswer list(ImapCommand.ListRights command) throws IOException {
    if (command.identifier().isEmpty()) {
      return ImapAnswer.bad("Whom do you mean?");
    }
    NamedMailbox mailbox = caller.mailbox(command.mailbox(), Right.ADMINISTER);
    Identifier who;
    try {
      who = Identifier.parse(command.identifier(), domain(mailbox));
    } catch (DirectoryException _) {
      return ImapAnswer.no(ResponseCode.Plain.CANNOT, "To such a name no rights can be given");
    }
    writer.text("* LISTRIGHTS ").mailbox(mailbox.shown()).raw(' ').astring(command.identifier());
    writer.raw(' ');
    writer.text(isOwner(mailbox, who) ? Rights.ALL.lettersWithOld() : "\"\"" + GRANTABLE).endLine();
    return ImapAnswer.ok("Listed");
  }

  public ImapAnswer mine(ImapCommand.MyRights command) throws IOException {
    NamedMailbox mailbox =
        caller
            .find(caller.place(command.mailbox()))
            .filter(found ->
                found
                    .rights()
                    .hasAny(
                        Right.LOOKUP,
                        Right.READ,
                        Right.INSERT,
                        Right.CREATE,
                        Right.DELETE_MAILBOX,
                        Right.ADMINISTER))
            .orElseThrow(() -> new MailboxException.NotFound(command.mailbox()));
    tellMine(mailbox, writer);
    return ImapAnswer.ok("Listed");
  }

  static void tellMine(NamedMailbox mailbox, ImapWriter writer) throws IOException {
    writer.text("* MYRIGHTS ").mailbox(mailbox.shown()).raw(' ');
    writer.text(mailbox.rights().lettersWithOld()).endLine();
  }

  private boolean isOwner(NamedMailbox mailbox, Identifier who) {
    return who.kind() == Identifier.Kind.LOGIN
        && owner(mailbox).filter(owner -> who.name().equals(owner.toString())).isPresent();
  }

  /// Nobody owns what nobody logs in to.
  private Optional<MailAddress> owner(NamedMailbox mailbox) {
    return mailbox.own()
        ? Optional.of(caller.visitor().login())
        : MailAddress.parse(mailbox.account().owner())
            .flatMap(caller.visitor()::host)
            .filter(host -> !host.user().shared())
            .map(host -> host.user().login());
  }

  private Domain domain(NamedMailbox mailbox) {
    return mailbox.own()
        ? caller.visitor().login().domain()
        : MailAddress.parse(mailbox.account().owner())
            .map(MailAddress::domain)
            .orElseGet(() -> caller.visitor().login().domain());
  }
}
