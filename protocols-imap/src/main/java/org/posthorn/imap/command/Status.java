package org.posthorn.imap.command;

import java.io.IOException;
import java.util.Set;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapCommand.StatusItem;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.MailboxView;

/// STATUS (RFC 3501 §6.3.10), also as an answer to LIST (RFC 5819).
public final class Status {
  private final Caller caller;
  private final long appendMaxBytes;

  public Status(Caller caller, long appendMaxBytes) {
    this.caller = caller;
    this.appendMaxBytes = appendMaxBytes;
  }

  public ImapAnswer run(ImapCommand.Status command) throws IOException {
    MailboxInfo info =
        caller
            .account()
            .find(new MailboxName(command.mailbox()))
            .orElseThrow(() -> new MailboxException.NotFound(command.mailbox()));
    tell(info, command.items());
    return ImapAnswer.ok("Told");
  }

  /// The untagged response.
  void tell(MailboxInfo info, Set<StatusItem> items) throws IOException {
    ImapWriter writer = caller.writer();
    writer.text("* STATUS ").mailbox(info.name().value()).text(" (");
    boolean first = true;
    for (StatusItem item : items) {
      writer.text(first ? "" : " ").text(item.text()).raw(' ');
      first = false;
      switch (item) {
        case MESSAGES -> writer.number(info.messages());
        case RECENT -> writer.number(recent(info));
        case UIDNEXT -> writer.number(info.uidNext());
        case UIDVALIDITY -> writer.number(info.uidValidity());
        case UNSEEN -> writer.number(info.unseen());
        case HIGHESTMODSEQ -> writer.number(info.highestModSeq());
        case SIZE -> writer.number(info.sizeBytes());
        case APPENDLIMIT -> writer.number(appendMaxBytes);
        case MAILBOXID -> writer.raw('(').text(ObjectIds.mailbox(info.id())).raw(')');
        case DELETED -> writer.number(info.deleted());
        case DELETED_STORAGE -> writer.number(deletedBytes(info));
      }
    }
    writer.raw(')').endLine();
  }

  private int recent(MailboxInfo info) {
    long first = caller.account().firstRecentUid(info.id(), false);
    return caller
        .account()
        .view(info.id())
        .map(view -> {
          int index = view.indexOf(first);
          return view.size() - (index >= 0 ? index : -index - 1);
        })
        .orElse(0);
  }

  private long deletedBytes(MailboxInfo info) {
    if (info.deleted() == 0) {
      return 0;
    }
    long bytes = 0;
    MailboxView view = caller.account().view(info.id()).orElse(null);
    for (int i = 0; view != null && i < view.size(); i++) {
      bytes += view.flags(i).deleted() ? view.sizeBytes(i) : 0;
    }
    return bytes;
  }
}
