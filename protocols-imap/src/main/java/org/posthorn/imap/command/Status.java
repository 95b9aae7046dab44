package org.posthorn.imap.command;

import java.io.IOException;
import java.util.Set;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapCommand.StatusItem;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.storage.account.MailboxId;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.Rights.Right;

/// STATUS (RFC 3501 §6.3.10), also as an answer to LIST (RFC 5819).
public final class Status {
  private final Caller caller;
  private final long appendMaxBytes;

  public Status(Caller caller, long appendMaxBytes) {
    this.caller = caller;
    this.appendMaxBytes = appendMaxBytes;
  }

  public ImapAnswer run(ImapCommand.Status command) throws IOException {
    tell(caller.mailbox(command.mailbox(), Right.READ), command.items());
    return ImapAnswer.ok("Told");
  }

  /// The untagged response.
  void tell(NamedMailbox mailbox, Set<StatusItem> items) throws IOException {
    MailboxInfo info = seen(mailbox, items);
    ImapWriter writer = caller.writer();
    writer.text("* STATUS ").mailbox(mailbox.shown()).text(" (");
    boolean first = true;
    for (StatusItem item : items) {
      writer.text(first ? "" : " ").text(item.text()).raw(' ');
      first = false;
      switch (item) {
        case MESSAGES -> writer.number(info.messages());
        case RECENT -> writer.number(recent(mailbox));
        case UIDNEXT -> writer.number(info.uidNext());
        case UIDVALIDITY -> writer.number(info.uidValidity());
        case UNSEEN -> writer.number(info.unseen());
        case HIGHESTMODSEQ -> writer.number(info.highestModSeq());
        case SIZE -> writer.number(info.sizeBytes());
        case APPENDLIMIT -> writer.number(appendMaxBytes);
        case MAILBOXID -> writer.raw('(').text(ObjectIds.mailbox(info.id())).raw(')');
        case DELETED -> writer.number(info.deleted());
        case DELETED_STORAGE -> writer.number(deletedBytes(mailbox));
      }
    }
    writer.raw(')').endLine();
  }

  /// In a mailbox of others what is unseen is one's own.
  private MailboxInfo seen(NamedMailbox mailbox, Set<StatusItem> items) {
    boolean others = items.contains(StatusItem.UNSEEN) || items.contains(StatusItem.HIGHESTMODSEQ);
    return mailbox.own() || !others
        ? mailbox.info()
        : caller
            .visitor()
            .view(mailbox.account(), mailbox.info().id())
            .map(MailboxView::info)
            .orElse(mailbox.info());
  }

  private static int recent(NamedMailbox mailbox) {
    MailboxId id = mailbox.info().id();
    long first = mailbox.account().firstRecentUid(id, false);
    return mailbox
        .account()
        .view(id)
        .map(view -> {
          int index = view.indexOf(first);
          return view.size() - (index >= 0 ? index : -index - 1);
        })
        .orElse(0);
  }

  private static long deletedBytes(NamedMailbox mailbox) {
    if (mailbox.info().deleted() == 0) {
      return 0;
    }
    long bytes = 0;
    MailboxView view = mailbox.account().view(mailbox.info().id()).orElse(null);
    for (int i = 0; view != null && i < view.size(); i++) {
      bytes += view.flags(i).deleted() ? view.sizeBytes(i) : 0;
    }
    return bytes;
  }
}
