package org.posthorn.imap.command;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.AppendMessages;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapSyntaxException;
import org.posthorn.imap.wire.Literal;
import org.posthorn.imap.wire.MessageUrl;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.Rights.Right;

/// The bytes of a message that comes in, text after text: from the wire, or of a message that is
/// here (RFC 4469 §3). What cannot be taken ends it with [AppendRefused]. Used by one thread.
final class AppendText extends InputStream {
  private final AppendMessages.Parts parts;
  private final Optional<SelectedMailbox> selected;
  private final Caller caller;
  private final Limit limit;
  private InputStream part = InputStream.nullInputStream();
  private boolean binary;
  private boolean atEnd;
  private long announcedBytes;

  /// Asked before a text is taken; what the message has with it.
  interface Limit {
    void check(long messageBytes) throws AppendRefused;
  }

  AppendText(
      AppendMessages.Parts parts, Optional<SelectedMailbox> selected, Caller caller, Limit limit) {
    this.parts = parts;
    this.selected = selected;
    this.caller = caller;
    this.limit = limit;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    int count = part.read(target, offset, length);
    while (count < 0 && !atEnd) {
      next();
      count = part.read(target, offset, length);
    }
    for (int i = offset; i < offset + count; i++) {
      if (target[i] == 0) {
        throw refusedNul();
      }
    }
    return count;
  }

  @Override
  public void close() throws IOException {
    part.close();
  }

  /// RFC 3501 §4.3: a literal has no NUL; RFC 3516 §4.4 for the one that may.
  private AppendRefused refusedNul() {
    return new AppendRefused(
        binary
            ? ImapAnswer.no(ResponseCode.Plain.UNKNOWN_CTE, "Messages are kept without NUL")
            : ImapAnswer.no(ResponseCode.Plain.CANNOT, "The message has a NUL in it"));
  }

  private void next() throws IOException {
    part.close();
    try {
      Optional<AppendMessages.Part> following = parts.next();
      if (following.isEmpty()) {
        atEnd = true;
        checkSomething();
        part = InputStream.nullInputStream();
        return;
      }
      switch (following.get()) {
        case AppendMessages.Part.Text(Literal literal, boolean eightBit) -> {
          take(literal.sizeBytes());
          if (!parts.catenated()) {
            checkSomething();
          }
          binary = eightBit;
          part = literal.open();
        }
        case AppendMessages.Part.Url(String text) -> part = named(text);
      }
    } catch (ImapSyntaxException mistake) {
      throw new AppendRefused(mistake.answer());
    }
  }

  private void checkSomething() throws AppendRefused {
    if (announcedBytes == 0) {
      throw new AppendRefused(ImapAnswer.no(ResponseCode.Plain.CANNOT, "The message is empty"));
    }
  }

  private void take(long sizeBytes) throws AppendRefused {
    announcedBytes =
        sizeBytes > Long.MAX_VALUE - announcedBytes ? Long.MAX_VALUE : announcedBytes + sizeBytes;
    limit.check(announcedBytes);
  }

  private InputStream named(String text) throws IOException {
    Optional<MessageUrl> url = MessageUrl.parse(text);
    Optional<Section> section = url.isEmpty() ? Optional.empty() : section(url.get());
    if (section.isEmpty()) {
      throw new AppendRefused(
          ImapAnswer.no(new ResponseCode.BadUrl(text), "That is no message or part here"));
    }
    take(section.get().length());
    return section.get().open();
  }

  /// Of a message that may be read.
  private Optional<Section> section(MessageUrl url) throws IOException {
    Optional<Account> account =
        url.mailbox().isEmpty()
            ? selected.map(SelectedMailbox::account)
            : readable(url).map(NamedMailbox::account);
    Optional<Email> email = account.flatMap(there -> VouchedTexts.email(there, view(url), url));
    return email.isEmpty()
        ? Optional.empty()
        : Section.of(account.orElseThrow(), email.get(), url.section());
  }

  private Optional<NamedMailbox> readable(MessageUrl url) {
    return caller
        .find(caller.place(url.mailbox().orElse("")))
        .filter(mailbox -> mailbox.rights().has(Right.READ));
  }

  private Optional<MailboxView> view(MessageUrl url) {
    return url.mailbox().isEmpty()
        ? selected.flatMap(mailbox -> mailbox.account().view(mailbox.id(), mailbox.told()))
        : readable(url).flatMap(mailbox -> mailbox.account().view(mailbox.info().id()));
  }
}
