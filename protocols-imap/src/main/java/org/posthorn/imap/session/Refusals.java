package org.posthorn.imap.session;

import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.content.ContentDamaged;
import org.posthorn.storage.content.ContentMissing;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// The only place where refusals and failures of the store become IMAP's (RFC 5530).
final class Refusals {
  private static final Logger log = LoggerFactory.getLogger(Refusals.class);

  private static final int WORDS_MAX = 200;

  private Refusals() {}

  static ImapAnswer answer(ImapCommand command, MailboxException refusal) {
    return switch (refusal) {
      case MailboxException.NotFound _ -> ImapAnswer.no(missing(command), "No such mailbox");
      case MailboxException.AlreadyExists _ ->
          ImapAnswer.no(ResponseCode.Plain.ALREADYEXISTS, "The mailbox exists already");
      case MailboxException.NotPermitted _ ->
          ImapAnswer.no(
              ResponseCode.Plain.CANNOT, why(refusal, "That cannot be done to this mailbox"));
      case MailboxException.Forbidden _ ->
          ImapAnswer.no(ResponseCode.Plain.NOPERM, "You have no right to do that");
      case MailboxException.OverQuota _ ->
          ImapAnswer.no(ResponseCode.Plain.OVERQUOTA, "There is no room for it");
      case MailboxException.LimitReached _ ->
          ImapAnswer.no(
              ResponseCode.Plain.LIMIT,
              why(refusal, "A limit of this account or of the server is reached"));
      case MailboxException.HistoryTrimmed _ ->
          ImapAnswer.no(ResponseCode.Plain.CANNOT, "That is too long ago");
      case MailboxException.AccountGone _ -> ImapAnswer.bye("The account is gone");
    };
  }

  /// In the store's words, unless there is a name in them that an answer cannot have.
  private static String why(MailboxException refusal, String otherwise) {
    String words = String.valueOf(refusal.getMessage());
    return words.length() <= WORDS_MAX && words.chars().allMatch(c -> c >= ' ' && c <= '~')
        ? words
        : otherwise;
  }

  /// The answer to a command for which a message was to be read that is damaged; no half response
  /// may stand before it.
  static ImapAnswer unreadable(ImapCommand command, Exception damage) {
    log.atError()
        .addKeyValue("command", command.getClass().getSimpleName())
        .setCause(damage)
        .log("message unreadable");
    return ImapAnswer.no(ResponseCode.Plain.CORRUPTION, "A message could not be read");
  }

  /// The answer to a command that failed, which is logged; no half response may stand before it.
  static ImapAnswer failure(ImapCommand command, RuntimeException failure, String connection) {
    if (failure instanceof ContentMissing
        || failure.getCause() instanceof ContentDamaged
        || (failure instanceof StorageUnavailable trouble && trouble.isUnreadable())) {
      return unreadable(command, failure);
    }
    LoggingEventBuilder line =
        log.atError().addKeyValue("command", command.getClass().getSimpleName());
    if (!(failure instanceof StorageUnavailable trouble)) {
      line.setCause(failure).log("command failed");
      return ImapAnswer.no(
          ResponseCode.Plain.SERVERBUG, "Something went wrong (" + connection + ")");
    }
    if (trouble.isFull()) {
      // Where it was met was logged when it began.
      line.addKeyValue("why", trouble.getMessage()).log("storage unavailable");
      return ImapAnswer.no(
          ResponseCode.Plain.UNAVAILABLE,
          "The server has no room left: nothing was changed, try again later");
    }
    line.setCause(trouble).log("storage unavailable");
    return ImapAnswer.no(
        ResponseCode.Plain.UNAVAILABLE, "The store does not answer (" + connection + ")");
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
