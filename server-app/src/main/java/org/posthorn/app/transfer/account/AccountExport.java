package org.posthorn.app.transfer.account;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.frame.FrameWriter;
import org.posthorn.app.transfer.frame.SourceFailed;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.MailboxInfo;
import org.posthorn.storage.account.MailboxName;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.SourceKey;
import org.posthorn.storage.account.SpecialUse;
import org.posthorn.storage.content.ContentMissing;

/// Sends the mail of an account as a stream. What is damaged is named in the stream and keeps
/// nothing else. Used by one thread.
public final class AccountExport {
  private static final int EMAILS_AT_ONCE = 200;

  private final Account account;
  private final Optional<MailboxName> only;

  /// `only`: this mailbox and no other.
  public AccountExport(Account account, Optional<MailboxName> only) {
    this.account = account;
    this.only = only;
  }

  public void writeTo(OutputStream output) throws IOException {
    var frames = new FrameWriter(output);
    List<MailboxInfo> mailboxes =
        account.mailboxes().stream()
            .filter(mailbox -> only.isEmpty() || mailbox.name().equals(only.get()))
            .toList();
    for (MailboxInfo mailbox : mailboxes) {
      frames.write(
          new Frame.Folder(
              mailbox.id().value(),
              mailbox.name().value(),
              mailbox.specialUse().map(SpecialUse::attribute).orElse(""),
              true,
              mailbox.subscribed(),
              mailbox.messages(),
              mailbox.sizeBytes()));
    }
    if (only.isEmpty()) {
      for (MailboxName name : account.subscriptions()) {
        if (mailboxes.stream().noneMatch(mailbox -> mailbox.name().equals(name))) {
          frames.write(new Frame.Subscription(name.value()));
        }
      }
    }
    for (MailboxInfo mailbox : mailboxes) {
      Optional<MailboxView> view = account.view(mailbox.id());
      if (view.isPresent()) {
        messages(view.get(), frames);
      }
    }
    frames.write(new Frame.End());
    frames.flush();
  }

  private void messages(MailboxView view, FrameWriter frames) throws IOException {
    for (int from = 0; from < view.size(); from += EMAILS_AT_ONCE) {
      int to = Math.min(view.size(), from + EMAILS_AT_ONCE);
      Map<Long, Email> emails = emails(view, from, to);
      for (int i = from; i < to; i++) {
        message(view, i, Optional.ofNullable(emails.get(view.emailId(i))), frames);
      }
    }
  }

  private Map<Long, Email> emails(MailboxView view, int from, int to) {
    Map<Long, Email> emails = new HashMap<>();
    try {
      account.emails(view, from, to).forEach(email -> emails.put(email.id(), email));
    } catch (StorageUnavailable | ContentMissing | UncheckedIOException _) {
      for (int i = from; i < to; i++) {
        try {
          account.email(view.emailId(i)).ifPresent(email -> emails.put(email.id(), email));
        } catch (StorageUnavailable | ContentMissing | UncheckedIOException _) {
          // Named when its turn comes.
        }
      }
    }
    return emails;
  }

  private void message(MailboxView view, int index, Optional<Email> email, FrameWriter frames)
      throws IOException {
    String label = view.info().name() + " " + view.uid(index);
    if (email.isEmpty()) {
      frames.write(new Frame.Problem("damaged", label));
      return;
    }
    try (InputStream bytes = account.open(email.get(), 0, email.get().sizeBytes())) {
      frames.write(
          new Frame.Message(
              view.info().id().value(),
              new SourceKey(view.info().uidValidity(), 0, view.uid(index)),
              view.flags(index).names(),
              view.internalMillis(index),
              label));
      frames.contents(bytes);
    } catch (SourceFailed | StorageUnavailable | ContentMissing | UncheckedIOException _) {
      frames.write(new Frame.Problem("damaged", label));
    }
  }
}
