package org.posthorn.imap.session;

import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.storage.account.MailboxException;

/// The only place where refusals of the store become IMAP's (RFC 5530).
final class Refusals {
  private Refusals() {}

  static ImapAnswer answer(ImapCommand command, MailboxException refusal) {
    return switch (refusal) {
      case MailboxException.NotFound _ -> ImapAnswer.no(missing(command), "No such mailbox");
      case MailboxException.AlreadyExists _ ->
          ImapAnswer.no(ResponseCode.Plain.ALREADYEXISTS, "The mailbox exists already");
      case MailboxException.NotPermitted _ ->
          ImapAnswer.no(ResponseCode.Plain.CANNOT, "That cannot be done to this mailbox");
      case MailboxException.Forbidden _ ->
          ImapAnswer.no(ResponseCode.Plain.NOPERM, "You have no right to do that");
      case MailboxException.OverQuota _ ->
          ImapAnswer.no(ResponseCode.Plain.OVERQUOTA, "There is no room for it");
      case MailboxException.LimitReached _ ->
          ImapAnswer.no(
              ResponseCode.Plain.LIMIT, "A limit of this account or of the server is reached");
      case MailboxException.HistoryTrimmed _ ->
          ImapAnswer.no(ResponseCode.Plain.CANNOT, "That is too long ago");
      case MailboxException.AccountGone _ -> ImapAnswer.bye("The account is gone");
    };
  }

  /// Commands that would make the mailbox if asked to say so (RFC 3501 §7.1, TRYCREATE).
  private static ResponseCode missing(ImapCommand command) {
    boolean fillsIt =
        command instanceof ImapCommand.Append
            || command instanceof ImapCommand.Copy
            || command instanceof ImapCommand.Move;
    return fillsIt ? ResponseCode.Plain.TRYCREATE : ResponseCode.Plain.NONEXISTENT;
  }
}
