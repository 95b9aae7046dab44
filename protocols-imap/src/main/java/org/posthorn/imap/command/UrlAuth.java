package org.posthorn.imap.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.posthorn.imap.wire.AuthorizedUrl;
import org.posthorn.imap.wire.FetchItem;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapCommand;
import org.posthorn.imap.wire.ImapCommand.UrlItem;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.imap.wire.ResponseCode;
import org.posthorn.imap.wire.StructureWriter;
import org.posthorn.message.mime.Part;
import org.posthorn.storage.account.AccessKey;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.Rights.Right;
import org.posthorn.storage.share.Visitor;

/// RESETKEY, GENURLAUTH and URLFETCH (RFC 4467 §7), the last also of parts without their encoding
/// (RFC 5524). Keys are kept in the account of the user who vouches; reading marks nothing as seen.
public final class UrlAuth {
  private final VouchedTexts texts;
  private final DecodedPlaces places;
  private final Caller caller;
  private final ImapWriter writer;

  public UrlAuth(VouchedTexts texts, DecodedPlaces places, Caller caller) {
    this.texts = texts;
    this.places = places;
    this.caller = caller;
    this.writer = caller.writer();
  }

  public ImapAnswer reset(ImapCommand.ResetKey command) {
    Account own = caller.visitor().own();
    if (command.mailbox().isEmpty()) {
      var _ =
          own.change(
              caller.actor(),
              draft -> {
                draft.forgetAccessKeys();
                return draft;
              });
      return ImapAnswer.ok("All keys are gone");
    }
    if (!command.mechanisms().stream().allMatch(AuthorizedUrl.INTERNAL::equals)) {
      return ImapAnswer.no(ResponseCode.Plain.CANNOT, "INTERNAL is the only mechanism");
    }
    NamedMailbox mailbox = caller.mailbox(command.mailbox().get(), Right.READ);
    var _ =
        own.change(
            caller.actor(),
            draft -> draft.accessKey(mailbox.account().id(), mailbox.info().id(), true));
    return ImapAnswer.ok(new ResponseCode.UrlMechanisms(), "The key is another one now");
  }

  /// All of the URLs, or none.
  public ImapAnswer generate(ImapCommand.GenUrlAuth command) throws IOException {
    List<String> vouched = new ArrayList<>();
    for (String text : command.urls()) {
      Optional<AuthorizedUrl> url = AuthorizedUrl.parse(text).filter(one -> one.token().isEmpty());
      if (url.isEmpty()) {
        return ImapAnswer.bad("A URL names user, mailbox, message and who may use it");
      }
      Optional<NamedMailbox> mailbox = isMine(url.get()) ? mailbox(url.get()) : Optional.empty();
      if (mailbox.isEmpty()) {
        return ImapAnswer.bad("You can vouch for what you can read, in your own name");
      }
      vouched.add(text + ":internal:" + key(mailbox.get()).token(text));
    }
    writer.text("* GENURLAUTH");
    vouched.forEach(url -> writer.raw(' ').string(url));
    writer.endLine();
    return ImapAnswer.ok("Vouched for");
  }

  private boolean isMine(AuthorizedUrl url) {
    Visitor self = caller.visitor();
    return texts
        .owner(url, self.login(), Optional.of(self))
        .filter(owner -> owner.login().equals(self.login()))
        .isPresent();
  }

  private Optional<NamedMailbox> mailbox(AuthorizedUrl url) {
    try {
      return Optional.of(caller.mailbox(url.message().mailbox().orElse(""), Right.READ));
    } catch (MailboxException _) {
      return Optional.empty();
    }
  }

  private AccessKey key(NamedMailbox mailbox) {
    Account own = caller.visitor().own();
    return own.accessKey(mailbox.account().id(), mailbox.info().id())
        .orElseGet(() ->
            own.change(
                caller.actor(),
                draft -> draft.accessKey(mailbox.account().id(), mailbox.info().id(), false)));
  }

  public ImapAnswer fetch(ImapCommand.UrlFetch command) throws IOException {
    for (ImapCommand.UrlRequest request : command.requests()) {
      writer.text("* URLFETCH ").string(request.url());
      tell(request);
      writer.endLine();
    }
    return ImapAnswer.ok("Fetched");
  }

  private void tell(ImapCommand.UrlRequest request) throws IOException {
    Optional<AuthorizedUrl> url = AuthorizedUrl.parse(request.url());
    Visitor self = caller.visitor();
    Optional<NamedMailbox> mailbox =
        url.flatMap(one -> texts.vouched(one, self.login(), false, Optional.of(self)));
    Optional<Email> email =
        mailbox.flatMap(at -> VouchedTexts.email(at, url.orElseThrow().message()));
    if (email.isEmpty()) {
      writer.text(" NIL");
      return;
    }
    FetchItem.Bytes section = url.orElseThrow().message().section();
    Account account = mailbox.orElseThrow().account();
    Optional<Section> bytes = Section.of(account, email.get(), section);
    if (bytes.isEmpty() || request.items().isEmpty()) {
      tellBytes(bytes, false);
    } else {
      tell(request.items(), account, email.get(), section, bytes.get());
    }
  }

  /// RFC 5524 §3.2. What is no body part has no structure.
  private void tell(
      Set<UrlItem> items, Account account, Email email, FetchItem.Bytes section, Section bytes)
      throws IOException {
    Optional<Part> part = part(email, section);
    if (part.isEmpty() && items.equals(Set.of(UrlItem.BODYPARTSTRUCTURE))) {
      writer.text(" NIL");
      return;
    }
    if (part.isPresent() && items.contains(UrlItem.BODYPARTSTRUCTURE)) {
      writer.text(" (BODYPARTSTRUCTURE ");
      new StructureWriter(writer).body(part.get(), true);
      writer.raw(')');
    }
    if (items.contains(UrlItem.BODY)) {
      writer.text(" (BODY");
      tellBytes(Optional.of(bytes), false);
      writer.raw(')');
    }
    if (items.contains(UrlItem.BINARY)) {
      writer.text(" (BINARY");
      tellBytes(part.isEmpty() ? Optional.of(bytes) : decoded(account, email, section), true);
      writer.raw(')');
    }
  }

  private static Optional<Part> part(Email email, FetchItem.Bytes section) {
    Part root = email.structure().root();
    if (section.text() != FetchItem.Text.ALL) {
      return Optional.empty();
    }
    return section.part().isEmpty() ? Optional.of(root) : ByteRange.part(root, section.part());
  }

  private Optional<Section> decoded(Account account, Email email, FetchItem.Bytes section)
      throws IOException {
    try {
      var part = DecodedPart.of(account, email, section.part(), places);
      return part.isEmpty() ? Optional.empty() : Optional.of(part.get().section(section.partial()));
    } catch (DecodedPart.UnknownEncoding _) {
      return Optional.empty();
    }
  }

  private void tellBytes(Optional<Section> section, boolean mayHaveNul) throws IOException {
    if (section.isEmpty()) {
      writer.text(" NIL");
      return;
    }
    writer.raw(' ');
    if (mayHaveNul && section.get().hasNul()) {
      writer.raw('~');
    }
    try (var bytes = section.get().open()) {
      writer.literal(bytes, section.get().length());
    }
  }
}
