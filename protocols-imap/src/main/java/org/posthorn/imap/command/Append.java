package org.posthorn.imap.command;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Optional;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapSyntaxException;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.NewEmail;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.StoredContent;

/// APPEND (RFC 3501 §6.3.11) with APPENDUID (RFC 4315 §3). The message goes from the wire into the
/// content store as it comes; what can be refused is refused before it is asked for.
public final class Append {
  private Append() {}

  /// `maxBytes`: a longer message is refused (RFC 7889).
  public static ImapAnswer run(
      ImapCommand.Append command, long maxBytes, ContentStore contents, Caller caller)
      throws IOException, ImapSyntaxException {
    MailboxName name = new MailboxName(command.mailbox());
    Optional<Flags> flags = FlagNames.flags(command.flags());
    if (flags.isEmpty()) {
      return FlagNames.refusal();
    }
    Optional<ImapAnswer> refusal = refusal(command, name, maxBytes, caller.account());
    if (refusal.isPresent()) {
      return refusal.get();
    }
    StoredContent content;
    try (var message = new WithoutNul(command.message().open())) {
      content = contents.write(message);
    } catch (NulFound _) {
      return ImapAnswer.no(ResponseCode.Plain.CANNOT, "The message has a NUL in it");
    }
    command.message().end();
    Instant date = command.date().orElseGet(Instant::now);
    NewEmail email = new NewEmail(content, "", flags.get(), date);
    ResponseCode appended =
        caller
            .account()
            .change(
                caller.actor(),
                draft -> {
                  MailboxInfo to =
                      draft
                          .find(name)
                          .orElseThrow(() -> new MailboxException.NotFound(name.value()));
                  long uid = draft.append(to.id(), email);
                  return new ResponseCode.AppendUid(to.uidValidity(), uid);
                });
    return ImapAnswer.ok(appended, "Appended");
  }

  private static Optional<ImapAnswer> refusal(
      ImapCommand.Append command, MailboxName name, long maxBytes, Account account) {
    long size = command.message().sizeBytes();
    if (account.find(name).isEmpty()) {
      throw new MailboxException.NotFound(name.value());
    }
    if (size == 0) {
      return Optional.of(ImapAnswer.no(ResponseCode.Plain.CANNOT, "The message is empty"));
    }
    if (size > maxBytes) {
      return Optional.of(ImapAnswer.no(ResponseCode.Plain.TOOBIG, "The message is too big"));
    }
    if (!account.quota().hasRoomFor(size)) {
      return Optional.of(
          ImapAnswer.no(ResponseCode.Plain.OVERQUOTA, "There is no room for the message"));
    }
    return Optional.empty();
  }

  private static final class NulFound extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /// RFC 3501 §4.3: a literal has no NUL.
  private static final class WithoutNul extends FilterInputStream {
    WithoutNul(InputStream source) {
      super(source);
    }

    @Override
    public int read() throws IOException {
      int b = in.read();
      if (b == 0) {
        throw new NulFound();
      }
      return b;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int count = in.read(target, offset, length);
      for (int i = offset; i < offset + count; i++) {
        if (target[i] == 0) {
          throw new NulFound();
        }
      }
      return count;
    }
  }
}
