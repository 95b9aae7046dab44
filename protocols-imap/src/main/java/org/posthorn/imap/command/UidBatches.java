package org.posthorn.imap.command;

import java.io.IOException;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.storage.account.MailboxView;

/// UIDBATCHES (draft-ietf-mailmaint-imap-uidbatches): ranges of UIDs with as many messages each as
/// the client wants, the newest first. They meet, and the last one goes down to 1.
public final class UidBatches {
  private static final long SIZE_MIN = 500;

  private UidBatches() {}

  public static ImapAnswer run(
      String tag, ImapCommand.UidBatches command, SelectedMailbox mailbox, Caller caller)
      throws IOException {
    if (command.size() < SIZE_MIN) {
      return ImapAnswer.no(
          ResponseCode.Plain.TOOFEW, "A batch has at least " + SIZE_MIN + " messages");
    }
    if (command.first() > command.last()) {
      return ImapAnswer.bad(ResponseCode.Plain.CLIENTBUG, "The first batch comes first");
    }
    ImapWriter writer = caller.writer();
    writer.text("* UIDBATCHES (TAG ").string(tag).raw(')');
    tell(command, mailbox.told(), writer);
    writer.endLine();
    return ImapAnswer.ok("Told");
  }

  private static void tell(ImapCommand.UidBatches command, MailboxView view, ImapWriter writer) {
    char before = ' ';
    long batches = (view.size() + command.size() - 1) / command.size();
    for (long i = command.first(); i <= Math.min(command.last(), batches); i++) {
      int highest = Math.toIntExact(view.size() - 1 - (i - 1) * command.size());
      long below = highest - command.size();
      writer.raw(before).number(view.uid(highest)).raw(':');
      writer.number(below < 0 ? 1 : view.uid((int) below) + 1);
      before = ',';
    }
  }
}
