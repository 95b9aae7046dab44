package org.posthorn.mailets;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;
import org.posthorn.mailets.auth.Notes;
import org.posthorn.mailets.content.Fields;
import org.posthorn.mailets.list.MailingLists;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.mime.Envelope;
import org.posthorn.senderauth.dkim.DkimSigner;
import org.posthorn.senderauth.dkim.SigningKey;
import org.posthorn.senderauth.dmarc.Authors;
import org.posthorn.senderauth.dmarc.Dmarc;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.keys.DomainKey;
import org.posthorn.storage.keys.DomainKeys;

/// Signs what our own users and the server itself send (DKIM), with all keys that the domain in
/// From has in use; domains without keys send unsigned. What the server makes in its own name, such
/// as bounces of `mail.example.org`, is signed as the domain of ours above. Each signature is a
/// line on top: the message stays where it is. Nothing behind this step may change the message.
///
/// What strangers sent, and what says that it is from a domain that its sender may not use, goes on
/// as it is: a signature would say that it is ours. Copies of a mailing list are signed as the
/// list's domain where nobody can take that for a proof of who wrote it.
///
/// ```yaml
/// - mailet: DkimSign
/// ```
public final class DkimSign implements Mailet {
  private final Rooms rooms;
  private final InstantSource clock;
  private final Optional<Domain> always;
  private final Dmarc dmarc;

  /// What it needs of the server.
  record Rooms(SigningDomains keys, Directory directory) {}

  private DkimSign(Rooms rooms, Services services, Optional<Domain> always) {
    this.rooms = rooms;
    this.clock = services.clock();
    this.dmarc = new Dmarc(services.dns(), () -> 0);
    this.always = always;
  }

  @Override
  public Outcome service(Mail mail) {
    if (!rooms.keys.any()) {
      return new Outcome.Continue(mail);
    }
    return new Outcome.Continue(
        always
            .or(() -> signer(mail))
            .map(domain -> mail.withMessage(signed(mail.message(), domain)))
            .orElse(mail));
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  private Message signed(Message message, Domain domain) {
    List<SigningKey> keys = rooms.keys.of(domain);
    if (keys.isEmpty()) {
      return message;
    }
    Message signed = message;
    try (InputStream bytes = message.open()) {
      for (String value : DkimSigner.sign(bytes, domain, keys, clock.instant())) {
        signed = signed.withHeader("DKIM-Signature", value);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return signed;
  }

  /// The domain in From, if it may be said that the mail is from there; else that of the list.
  private Optional<Domain> signer(Mail mail) {
    return author(mail).flatMap(author -> ofAuthor(mail, author)).or(() -> ofList(mail));
  }

  /// None where there are several, or none: receivers could take another one than we.
  private static Optional<MailAddress> author(Mail mail) {
    long fields = mail.message().headers().stream().filter(field -> field.is("From")).count();
    List<Envelope.Address> from = mail.message().structure().envelope().from();
    return fields == 1 && from.size() == 1 ? Fields.address(from.getFirst()) : Optional.empty();
  }

  private Optional<Domain> ofAuthor(Mail mail, MailAddress from) {
    Optional<MailAddress> login = mail.origin().login().or(() -> MailingLists.loginOf(mail));
    if (login.isPresent()) {
      return Optional.of(from.domain()).filter(domain -> maySayIt(login.get(), from, domain));
    }
    // What the server made itself; what it only passes on has been received before.
    boolean isMadeHere =
        mail.origin().remote().isEmpty()
            && mail.message().headers().stream().noneMatch(field -> field.is("Received"));
    return isMadeHere ? nearest(rooms.directory, from.domain()) : Optional.empty();
  }

  private boolean maySayIt(MailAddress login, MailAddress from, Domain domain) {
    return login.domain().equals(domain)
        || rooms
            .directory
            .user(login)
            .filter(user -> rooms.directory.maySendAs(user, from))
            .isPresent();
  }

  /// The domain of the list that this is a copy of, but never where the signature could prove that
  /// the author is of our domain: anybody can write one of our addresses into From.
  private Optional<Domain> ofList(Mail mail) {
    return MailingLists.listOf(mail)
        .map(MailAddress::domain)
        .filter(list -> MailingLists.isFromList(mail) || isOfOthers(mail, list));
  }

  private boolean isOfOthers(Mail mail, Domain list) {
    Authors authors = Authors.of(mail.message().headers());
    return !authors.isMalformed()
        && (Notes.isProven(mail, authors.domains())
            || authors.domains().stream()
                .noneMatch(author ->
                    rooms.directory.isLocal(Domain.of(author))
                        || dmarc.couldBeAligned(author, list.ascii())));
  }

  /// The domain of ours that this is, or is below: bounces are from the server's name, which has no
  /// key, and DMARC takes a signature of the domain above.
  private static Optional<Domain> nearest(Directory directory, Domain domain) {
    Optional<Domain> next = Optional.of(domain);
    while (next.isPresent() && !directory.isLocal(next.get())) {
      String name = next.get().ascii();
      next = Domain.parse(name.substring(name.indexOf('.') + 1)).filter(_ -> name.contains("."));
    }
    return next;
  }

  /// Whether what the server itself writes from `domain` is signed where this step is in the chain.
  public static boolean signs(DomainKeys keys, Directory directory, Domain domain) {
    return nearest(directory, domain).stream()
        .flatMap(signer -> keys.of(signer).stream())
        .anyMatch(key -> key.state() == DomainKey.State.SIGNING);
  }

  record Settings(
      @Parameter(
              value =
                  "Signs all mail that comes to this step as this domain, whoever it says it is"
                      + " from. Without it, mail of our own users and of the server is signed as"
                      + " the domain in From, and what strangers post to a list as the list's.",
              example = "example.org")
          Optional<Domain> domain) {}

  static final class Factory implements MailetFactory<Settings> {
    private final Rooms rooms;

    Factory(Rooms rooms) {
      this.rooms = rooms;
    }

    @Override
    public String name() {
      return "DkimSign";
    }

    @Override
    public String summary() {
      return "Signs what our own users and lists send (DKIM).";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Mailet create(Settings settings, Services services) {
      return new DkimSign(rooms, services, settings.domain());
    }
  }
}
