package org.posthorn.imap.command;

import java.io.IOException;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxName;

/// SELECT and EXAMINE (RFC 3501 §6.3.1, §6.3.2).
public final class OpenMailbox {
  private OpenMailbox() {}

  /// Opens a mailbox and tells all about it but the tagged response.
  public static SelectedMailbox run(ImapCommand.Select command, boolean withModSeq, Caller caller)
      throws IOException {
    MailboxInfo info =
        caller
            .account()
            .find(new MailboxName(command.mailbox()))
            .orElseThrow(() -> new MailboxException.NotFound(command.mailbox()));
    SelectedMailbox mailbox =
        SelectedMailbox.open(caller.account(), info.id(), command.readOnly(), withModSeq);
    mailbox.tellAll(caller.writer());
    caller
        .writer()
        .text("* OK [MAILBOXID (")
        .text(ObjectIds.mailbox(info.id()))
        .text(")] Object id")
        .endLine();
    return mailbox;
  }
}
