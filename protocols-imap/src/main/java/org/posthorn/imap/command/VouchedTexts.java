package org.posthorn.imap.command;

import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.text.Normalizer;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.imap.wire.AuthorizedUrl;
import org.posthorn.imap.wire.MessageUrl;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.account.AccessKey;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.MailboxException;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.Rights.Right;
import org.posthorn.storage.share.Sharing;
import org.posthorn.storage.share.Visitor;

/// What URLs lead to for which a user of this server vouches (RFC 4467 §6). Whoever may use such a
/// URL reads with the rights that this user has at that time. Safe for use by many threads.
public final class VouchedTexts {
  /// Stands for the key of a mailbox that is not there, so that looking for it takes as long.
  private static final AccessKey NOBODYS = AccessKey.random();

  private final Sharing sharing;

  @Inject
  VouchedTexts(Sharing sharing) {
    this.sharing = sharing;
  }

  public static VouchedTexts of(Sharing sharing) {
    return new VouchedTexts(sharing);
  }

  /// What became of a URL that came with a message for submission (RFC 4468 §3.3).
  public sealed interface Submitted {
    /// It is no URL that somebody could vouch for.
    record NotOurs() implements Submitted {}

    /// Nobody vouches for it, or not to this login, or not any more.
    record Denied() implements Submitted {}

    /// Somebody does, but it leads nowhere.
    record Gone() implements Submitted {}

    /// The caller closes `bytes`.
    record Text(long sizeBytes, InputStream bytes) implements Submitted {}
  }

  /// For a message that `login` submits: also what is vouched for to `submit+` and that login.
  /// Throws the `IOException` of the content store.
  public Submitted submitted(String text, MailAddress login) throws IOException {
    Optional<AuthorizedUrl> url = AuthorizedUrl.parse(text);
    if (url.isEmpty()) {
      return new Submitted.NotOurs();
    }
    Optional<NamedMailbox> mailbox = vouched(url.get(), login, true, Optional.empty());
    if (mailbox.isEmpty()) {
      return new Submitted.Denied();
    }
    MessageUrl message = url.get().message();
    Optional<Email> email = email(mailbox.get(), message);
    Optional<Section> section =
        email.isEmpty()
            ? Optional.empty()
            : Section.of(mailbox.get().account(), email.get(), message.section());
    return section.isEmpty()
        ? new Submitted.Gone()
        : new Submitted.Text(section.get().length(), section.get().open());
  }

  /// The mailbox into which a URL leads, where its owner vouches for it to `reader`. Which of the
  /// checks failed is not told, nor does it show in the time that it takes. `self`: the reader as
  /// the visitor that is known already.
  Optional<NamedMailbox> vouched(
      AuthorizedUrl url, MailAddress reader, boolean submits, Optional<Visitor> self) {
    Optional<Visitor> owner = owner(url, reader, self);
    Optional<NamedMailbox> mailbox = owner.flatMap(visitor -> readable(visitor, url.message()));
    AccessKey key =
        owner.flatMap(visitor -> mailbox.flatMap(at -> key(visitor, at))).orElse(NOBODYS);
    boolean proven = key.proves(url.rump(), url.token());
    boolean lasts = url.expires().map(end -> Instant.now().isBefore(end)).orElse(true);
    boolean meant =
        owner.filter(visitor -> isFor(url.access(), visitor.login(), reader, submits)).isPresent();
    return proven && lasts && meant ? mailbox : Optional.empty();
  }

  private static Optional<AccessKey> key(Visitor owner, NamedMailbox mailbox) {
    return owner.own().accessKey(mailbox.account().id(), mailbox.info().id());
  }

  private static boolean isFor(
      AuthorizedUrl.Access access, MailAddress owner, MailAddress reader, boolean submits) {
    return switch (access.kind()) {
      case SUBMIT -> submits && isCalled(access.user(), owner, reader);
      case USER -> !submits && isCalled(access.user(), owner, reader);
      // Nobody is here who has not logged in.
      case AUTHUSER, ANONYMOUS -> true;
    };
  }

  /// A name without a domain is one of the owner's.
  private static boolean isCalled(String name, MailAddress owner, MailAddress reader) {
    return address(name, owner.domain().toString()).filter(canonical(reader)::equals).isPresent();
  }

  /// Whose URL it is: a login, or its first part with the host as the domain, or that of the
  /// reader.
  Optional<Visitor> owner(AuthorizedUrl url, MailAddress reader, Optional<Visitor> self) {
    Optional<Visitor> atHost = address(url.owner(), url.host()).flatMap(who -> visitor(who, self));
    return atHost.isPresent()
        ? atHost
        : address(url.owner(), reader.domain().toString()).flatMap(who -> visitor(who, self));
  }

  private Optional<Visitor> visitor(MailAddress who, Optional<Visitor> self) {
    return self.filter(visitor -> canonical(visitor.login()).equals(who)).isPresent()
        ? self
        : sharing.visitor(who);
  }

  private static Optional<MailAddress> address(String name, String domain) {
    return MailAddress.parse(name.indexOf('@') < 0 ? name + "@" + domain : name)
        .map(VouchedTexts::canonical);
  }

  private static MailAddress canonical(MailAddress address) {
    String local = address.localPart().toLowerCase(Locale.ROOT);
    return new MailAddress(Normalizer.normalize(local, Normalizer.Form.NFC), address.domain());
  }

  private static Optional<NamedMailbox> readable(Visitor visitor, MessageUrl url) {
    try {
      return Caller.find(Place.of(url.mailbox().orElse(""), visitor), visitor)
          .filter(mailbox -> mailbox.rights().has(Right.READ));
    } catch (MailboxException _) {
      return Optional.empty();
    }
  }

  static Optional<Email> email(NamedMailbox mailbox, MessageUrl url) {
    Account account = mailbox.account();
    return email(account, account.view(mailbox.info().id()), url);
  }

  /// The message of a URL, if it is there and the mailbox still the one that was meant.
  static Optional<Email> email(Account account, Optional<MailboxView> view, MessageUrl url) {
    return view.filter(there ->
            url.uidValidity().isEmpty()
                || url.uidValidity().getAsLong() == there.info().uidValidity())
        .filter(there -> there.indexOf(url.uid()) >= 0)
        .flatMap(there -> account.email(there.emailId(there.indexOf(url.uid()))));
  }
}
