package org.posthorn.imap.command;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.imap.view.Run;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.AppendMessages;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapSyntaxException;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.storage.account.AccountDraft;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.account.Rights.Right;
import org.posthorn.storage.account.UidSet;
import org.posthorn.storage.content.ContentStore;

/// APPEND (RFC 3501 §6.3.11) of one or many messages (RFC 3502), whole or made of pieces (RFC
/// 4469), with APPENDUID (RFC 4315 §3), and REPLACE (RFC 8508). Messages go from the wire into the
/// content store as they come; what can be refused is refused before it is asked for. All of them
/// are placed in one change, or none.
public final class Append {
  private final NamedMailbox target;
  private final Optional<SelectedMailbox> selected;
  private final long maxBytes;
  private final ContentStore contents;
  private final Caller caller;
  private final List<NewEmail> emails = new ArrayList<>();
  private long bytes;

  private Append(
      String mailbox,
      Optional<SelectedMailbox> selected,
      long maxBytes,
      ContentStore contents,
      Caller caller) {
    this.target = caller.mailbox(mailbox, Right.INSERT);
    this.selected = selected;
    this.maxBytes = maxBytes;
    this.contents = contents;
    this.caller = caller;
  }

  /// `selected`: where URLs without a mailbox lead.
  public static ImapAnswer run(
      ImapCommand.Append command,
      Optional<SelectedMailbox> selected,
      long maxBytes,
      ContentStore contents,
      Caller caller)
      throws IOException, ImapSyntaxException {
    var append = new Append(command.mailbox(), selected, maxBytes, contents, caller);
    try {
      append.read(command.messages());
    } catch (AppendRefused refused) {
      return refused.answer();
    }
    return ImapAnswer.ok(append.target.account().change(caller.actor(), append::place), "Appended");
  }

  /// Puts a message in the place of another: both in one change.
  public static ImapAnswer replace(
      ImapCommand.Replace command,
      SelectedMailbox mailbox,
      long maxBytes,
      ContentStore contents,
      Caller caller)
      throws IOException, ImapSyntaxException {
    List<Run> runs = mailbox.runs(command.message(), command.byUid());
    UidSet replaced = mailbox.uids(runs);
    if (replaced.size() != 1) {
      return ImapAnswer.no("There is no such message to replace");
    }
    Optional<ImapAnswer> refusal = mailbox.refusal(Right.DELETE, Right.EXPUNGE);
    if (refusal.isPresent()) {
      return refusal.get();
    }
    var append = new Append(command.mailbox(), Optional.of(mailbox), maxBytes, contents, caller);
    try {
      append.read(command.replacement());
    } catch (AppendRefused refused) {
      return refused.answer();
    }
    Optional<ResponseCode> code = append.replace(mailbox, replaced);
    if (code.isEmpty()) {
      return ImapAnswer.no(ResponseCode.Plain.EXPUNGEISSUED, "The message is gone already");
    }
    caller.writer().text("* OK [").text(code.get().text()).text("] ");
    caller.writer().words("Replacement is here").endLine();
    return Expunge.answer("Replaced", mailbox, command.byUid(), caller);
  }

  /// Empty when the message is gone already. Into another account it takes two changes: the new
  /// message is there before the old one is gone.
  private Optional<ResponseCode> replace(SelectedMailbox mailbox, UidSet replaced) {
    if (mailbox.account().id().equals(target.account().id())) {
      return mailbox
          .account()
          .change(
              caller.actor(),
              draft -> {
                if (draft.view(mailbox.id()).indexOf(replaced.at(0)) < 0) {
                  return Optional.empty();
                }
                ResponseCode appended = place(draft);
                draft.expunge(mailbox.id(), replaced);
                return Optional.of(appended);
              });
    }
    ResponseCode appended = target.account().change(caller.actor(), this::place);
    var _ =
        mailbox.account().change(caller.actor(), draft -> draft.expunge(mailbox.id(), replaced));
    return Optional.of(appended);
  }

  private void read(AppendMessages messages) throws IOException, ImapSyntaxException {
    for (var next = messages.next(); next.isPresent(); next = messages.next()) {
      AppendMessages.Message message = next.get();
      Optional<Flags> flags = FlagNames.flags(message.flags());
      if (flags.isEmpty()) {
        throw new AppendRefused(FlagNames.refusal());
      }
      var source = new AppendText(message.parts(), selected, caller, this::check);
      try (source) {
        var content = contents.write(source);
        bytes += content.sizeBytes();
        Instant date = message.date().orElseGet(Instant::now);
        emails.add(new NewEmail(content, "", flags.get(), date));
      }
    }
  }

  /// Before more bytes of a message are taken, so that it has `messageBytes`.
  private void check(long messageBytes) throws AppendRefused {
    if (target.account().isShortOfMemory()) {
      throw new AppendRefused(
          ImapAnswer.no(
              ResponseCode.Plain.UNAVAILABLE, "The server is short of memory, try again later"));
    }
    if (messageBytes > maxBytes) {
      throw new AppendRefused(ImapAnswer.no(ResponseCode.Plain.TOOBIG, "The message is too big"));
    }
    if (!target.account().quota().hasRoomFor(bytes + messageBytes)) {
      throw new AppendRefused(
          ImapAnswer.no(ResponseCode.Plain.OVERQUOTA, "There is no room for the message"));
    }
  }

  private ResponseCode place(AccountDraft draft) {
    MailboxInfo to = draft.mailbox(target.info().id());
    long[] uids = emails.stream().mapToLong(email -> target.append(draft, email)).toArray();
    return new ResponseCode.AppendUid(to.uidValidity(), UidSet.of(uids).toString());
  }
}
