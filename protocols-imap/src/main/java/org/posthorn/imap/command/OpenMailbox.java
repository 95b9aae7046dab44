package org.posthorn.imap.command;

import java.io.IOException;
import java.util.Set;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.Extension;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.Rights.Right;

/// SELECT and EXAMINE (RFC 3501 §6.3.1, §6.3.2).
public final class OpenMailbox {
  private OpenMailbox() {}

  /// Opens a mailbox and tells all about it but the tagged response, and what the client has missed
  /// if it says what it knows.
  public static SelectedMailbox run(
      ImapCommand.Select command, Set<Extension> enabled, Caller caller) throws IOException {
    NamedMailbox named = caller.mailbox(command.mailbox(), Right.READ);
    MailboxInfo info = named.info();
    if (!named.account().hasMemoryFor(info.id())) {
      throw new MailboxException.LimitReached(
          "The server has no memory for so large a mailbox now, try again later");
    }
    SelectedMailbox mailbox =
        SelectedMailbox.open(
            named.account(), info.id(), caller.visitor(), command.readOnly(), enabled);
    mailbox.tellAll(caller.writer());
    caller
        .writer()
        .text("* OK [MAILBOXID (")
        .text(ObjectIds.mailbox(info.id()))
        .text(")] ")
        .words("Object id")
        .endLine();
    mailbox.tellUrlMechanisms(caller.writer());
    if (command.resync().isPresent()) {
      new Missed(mailbox, caller.writer()).tell(command.resync().get());
    }
    return mailbox;
  }
}
