package org.posthorn.smtp.inbound;

import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.Domain;
import org.posthorn.message.MailId;
import org.posthorn.smtp.wire.MessageRefused;
import org.posthorn.smtp.wire.MessageText;
import org.posthorn.smtp.wire.SmtpCommand;
import org.posthorn.spool.NewMail;
import org.posthorn.spool.Spool;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.queue.Wishes;

/// Takes messages in: their bytes into the store, once, and then custody. Safe for use by many
/// threads.
final class Intake {
  private final InboundRules rules;
  private final ContentStore contents;
  private final Spool spool;
  private final InstantSource clock;
  private final HeaderCheck headerCheck;

  Intake(InboundRules rules, InboundRooms rooms) {
    this.rules = rules;
    this.contents = rooms.contents();
    this.spool = rooms.spool();
    this.clock = rooms.clock();
    this.headerCheck =
        new HeaderCheck(
            rules.limits().hopsMax(),
            rules.role() == Role.SUBMISSION,
            name -> isOurs(name, rules.hostname(), rooms.directory()));
  }

  /// The mail is ours, durably, when this returns. Throws [MessageRefused] when the message is not
  /// acceptable; then, as after every exception, nothing is kept, and `text` may stand anywhere.
  MailId accept(Envelope envelope, MessageText text, Visit visit, ContentJudge judge)
      throws IOException {
    var message = new IncomingMessage(text, headerCheck, rules.limits().headerMaxBytes());
    StoredContent content = contents.write(message);
    Instant received = clock.instant();
    MailId id = spool.newId();
    NewMail mail = mail(id, envelope, visit, content, message.findings(), received);
    Notes notes = judge.judge(() -> spool.message(mail));
    return spool.accept(id, noted(mail, notes));
  }

  /// Looks at a message that is here and not ours yet. Throws where it is not wanted.
  @FunctionalInterface
  interface ContentJudge {
    Notes judge(Supplier<Message> message) throws MessageRefused;
  }

  private NewMail mail(
      MailId id,
      Envelope envelope,
      Visit visit,
      StoredContent content,
      HeaderCheck.Findings findings,
      Instant received) {
    List<Recipient> recipients = envelope.recipients();
    SmtpCommand.Mail mail = envelope.mail();
    Wishes wishes = Offer.wishes(mail.asked(), isKnown(visit), findings.tlsOptional(), received);
    return new NewMail(
        mail.sender(),
        recipients,
        content,
        trace(id, visit, recipients, wishes, received) + completion(id, findings, received),
        findings.drop(),
        new NewMail.Options(
            mail.smtpUtf8(), mail.eightBit(), mail.returnFull(), mail.envelopeId(), wishes),
        visit.origin(received));
  }

  /// With what the gates have noted.
  private static NewMail noted(NewMail mail, Notes notes) {
    return new NewMail(
        mail.sender(),
        mail.recipients(),
        mail.content(),
        notes.headerLines() + mail.prefix(),
        mail.dropHeaders(),
        mail.options(),
        mail.origin(),
        notes.attributes());
  }

  Instant now() {
    return clock.instant();
  }

  private String trace(
      MailId id, Visit visit, List<Recipient> recipients, Wishes wishes, Instant received) {
    return TraceLines.received(
        id, visit, rules.hostname(), recipients, wishes.priority(), received);
  }

  /// Whether the client may be more urgent than others.
  boolean isKnown(Visit visit) {
    return visit.login().isPresent() || rules.role() == Role.LMTP;
  }

  /// RFC 6409 §8.2, §8.3: what a mail program has left out; and the end of a header that is none.
  private String completion(MailId id, HeaderCheck.Findings header, Instant received) {
    boolean completes = rules.role() == Role.SUBMISSION;
    String date = completes && !header.hasDate() ? TraceLines.date(received) : "";
    String messageId =
        completes && !header.hasMessageId() ? TraceLines.messageId(id, rules.hostname()) : "";
    String end = header.hasHeader() ? "" : "\r\n";
    return date + messageId + end;
  }

  private static boolean isOurs(String name, Domain hostname, Directory directory) {
    Optional<Domain> domain = Domain.parse(name);
    return domain.isPresent() && (domain.get().equals(hostname) || directory.isLocal(domain.get()));
  }
}
