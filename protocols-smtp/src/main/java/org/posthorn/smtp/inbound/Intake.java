package org.posthorn.smtp.inbound;

import static org.posthorn.smtp.wire.EnhancedStatus.ROUTING_LOOP;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.AddressText;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.smtp.wire.MessageRefused;
import org.posthorn.smtp.wire.MessageText;
import org.posthorn.smtp.wire.SmtpCommand;
import org.posthorn.smtp.wire.SmtpReply;
import org.posthorn.smtp.wire.SoundText;
import org.posthorn.smtp.wire.TextLimits;
import org.posthorn.spool.NewMail;
import org.posthorn.spool.Spool;
import org.posthorn.spool.chain.GatesInForce;
import org.posthorn.spool.plugin.Users;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.directory.Directory;
import org.posthorn.storage.directory.Resolution;
import org.posthorn.storage.queue.Wishes;
import org.posthorn.storage.story.StoryEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes messages in: their bytes into the store, once, and then custody. Safe for use by many
/// threads.
final class Intake {
  /// The name of the story's log: where a mail ends that no gate refused.
  private static final Logger log = LoggerFactory.getLogger("org.posthorn.story");

  private static final int SHOWN_MAX = 400;

  /// As long as the lines are at most, nearly always, that we put on top: so whoever is refused
  /// because of them is refused before the text is kept.
  private static final int OWN_LINES_BYTES = 1024;

  /// About how often a header is in memory while gates look at it, as bytes and as fields.
  private static final int JUDGED_TIMES = 4;

  private static final SmtpReply CIRCLE =
      SmtpReply.of(554, ROUTING_LOOP, "The message was sent on for this address before");

  private final InboundRules rules;
  private final ContentStore contents;
  private final Spool spool;
  private final Directory directory;
  private final Optional<ReceivedTls> receivedTls;
  private final InstantSource clock;
  private final SharedRoom headerRoom;
  private final GatesInForce gates;

  Intake(InboundRules rules, InboundRooms rooms) {
    this.rules = rules;
    this.contents = rooms.contents();
    this.spool = rooms.spool();
    this.directory = rooms.directory();
    this.receivedTls = rooms.receivedTls();
    this.clock = rooms.clock();
    this.headerRoom = rooms.headerRoom();
    this.gates = rooms.gates();
  }

  /// Results that claim to be by the gates that this client met are forged, and so are those by the
  /// gates that have replaced them: whoever reads the mail later believes those.
  private HeaderCheck headerCheck(Visit visit, Judge judge) {
    return new HeaderCheck(
        rules.limits().hopsMax(),
        isSubmission(visit),
        name ->
            isOurs(name, rules.hostname(), directory)
                || judge.writesResultsAs(name)
                || gates.current().writeResultsAs(name));
  }

  /// Whether a user sends it, also on the port for servers: RFC 6409 is about that. Who delivers by
  /// LMTP has not written it.
  private boolean isSubmission(Visit visit) {
    return switch (rules.role()) {
      case SUBMISSION -> true;
      case MX -> visit.login().isPresent();
      case LMTP -> false;
    };
  }

  /// The mail is ours, durably, when this returns; or nobody is to get it. Throws [MessageRefused]
  /// when the message is not acceptable; then, as after every exception, nothing is kept, and
  /// `text` may stand anywhere.
  MailId accept(Envelope envelope, MessageText text, Visit visit, Judge judge) throws IOException {
    var written = new WrittenContents(contents);
    try {
      Arrived arrived = arrived(envelope, text, visit, judge, written);
      NewMail mail = arrived.mail();
      if (mail.recipients().isEmpty()) {
        discarded(arrived.id(), envelope, visit, mail.messageId(), arrived.because());
        written.releaseAll();
        return arrived.id();
      }
      MailId ours = spool.accept(arrived.id(), mail.writtenAs(written(envelope, mail)));
      written.releaseAllBut(mail.content().id());
      counted(ours, visit);
      return ours;
    } catch (MessageRefused e) {
      written.releaseAll();
      throw e;
    }
  }

  /// A mail that is wanted, as the gates would have it; where they leave it to nobody, `because` is
  /// why.
  private record Arrived(MailId id, NewMail mail, String because) {}

  private Arrived arrived(
      Envelope envelope, MessageText text, Visit visit, Judge judge, WrittenContents written)
      throws IOException {
    var measured = new MeasuredText(text, bytes -> judge.size(bytes + OWN_LINES_BYTES));
    // RFC 3030 §3: a text of any bytes goes through the store once, since what its parts are is
    // known only at its end.
    Optional<StoredContent> binary =
        envelope.isBinary() ? Optional.of(written.write(measured)) : Optional.empty();
    Kept kept = kept(binary.isPresent() ? inLines(binary.get()) : measured, visit, judge, written);
    refuseCircle(envelope, kept.findings());
    Instant received = clock.instant();
    MailId id = spool.newId();
    NewMail mail = mail(id, envelope, visit, kept, received);
    judge.size(Spool.message(mail, written).sizeBytes());
    // Signatures of others are over the bytes that came, those of a user's mail over what leaves.
    boolean asItIs = binary.isPresent() && !isSubmission(visit);
    Kept came = asItIs ? asItIs(binary.get(), visit, judge) : kept;
    NewMail asItCame = asItIs ? mail(id, envelope, visit, came, received) : mail;
    NewMail shown = judge.seesResults() ? withResults(asItCame, came.findings()) : asItCame;
    Judged judged = judged(judge, came, visit, () -> Spool.message(shown, written));
    return new Arrived(
        id,
        noted(changed(mail, judged.changed(), kept, asItIs, written), judged.notes()),
        judged.because());
  }

  /// A text in the store, and what its header says.
  private record Kept(StoredContent content, HeaderCheck.Findings findings) {}

  private Kept kept(InputStream text, Visit visit, Judge judge, WrittenContents written)
      throws IOException {
    SharedRoom.Share room = headerRoom.share(visit.remote());
    int headerMaxBytes = rules.limits().headerMaxBytes();
    HeaderCheck check = headerCheck(visit, judge);
    try (var message = new IncomingMessage(text, check, headerMaxBytes, room, judge::named)) {
      StoredContent content = written.write(message);
      return new Kept(content, message.findings());
    }
  }

  /// Gates may look at it for minutes, for as long as the DNS of whoever sent it takes, and many of
  /// them keep the whole header in memory: a long one has room, or comes again. It keeps that until
  /// the last of them is done, also where nobody waits for it any more.
  private Judged judged(Judge judge, Kept kept, Visit visit, Supplier<Message> message)
      throws MessageRefused {
    long headerBytes = kept.content().structure().root().bodyStart();
    SharedRoom.Share room = headerRoom.share(visit.remote());
    var readers = new Users(room::close);
    try {
      if (headerBytes > SharedRoom.FREE_BYTES && judge.looks()) {
        long bytes = JUDGED_TIMES * headerBytes + kept.findings().memoryBytes();
        if (!room.hold(Math.min(bytes, room.mostBytes()))) {
          throw new MessageRefused(IncomingMessage.NO_ROOM);
        }
      }
      return judge.content(message, readers);
    } finally {
      readers.leave();
    }
  }

  /// Of what was taken in lines, so its header is no longer than others. The first byte tells
  /// whether there is one.
  private Kept asItIs(StoredContent binary, Visit visit, Judge judge) throws IOException {
    long headerBytes = Math.max(1, binary.structure().root().bodyStart());
    try (InputStream header = contents.open(binary.id(), 0, headerBytes)) {
      return new Kept(binary, headerCheck(visit, judge).look(header.readAllBytes()));
    }
  }

  /// Whatever comes of it, the mail is ours: a client that hears otherwise sends it again.
  private void counted(MailId ours, Visit visit) {
    try {
      receivedTls.ifPresent(counts -> counts.taken(rules.role(), visit.tls()));
    } catch (RuntimeException e) {
      log.atWarn().addKeyValue("mail", ours).setCause(e).log("not-counted");
    }
  }

  /// A mail that was sent on for an alias and comes back to it is not sent on again. Anybody can
  /// write that line, so it is said here and not in a bounce.
  private void refuseCircle(Envelope envelope, HeaderCheck.Findings findings)
      throws MessageRefused {
    if (findings.sentOnFor().isEmpty()) {
      return;
    }
    for (Recipient recipient : envelope.recipients()) {
      String address = recipient.address().toString();
      if (findings.sentOnFor().stream().anyMatch(address::equalsIgnoreCase)
          && directory.resolve(recipient.address()) instanceof Resolution.Alias) {
        throw new MessageRefused(CIRCLE);
      }
    }
  }

  private void discarded(
      MailId id, Envelope envelope, Visit visit, String messageId, String because) {
    String why = Notes.printable(because, SHOWN_MAX);
    log.atInfo().addKeyValue("mail", id).addKeyValue("gate", why).log("discarded");
    String sender = envelope.mail().sender().map(MailAddress::toString).orElse("");
    StoryEvent.Addresses to = StoryEvent.Addresses.of(envelope.written());
    String remote = AddressText.of(visit.remote());
    spool
        .story()
        .tell(
            id.value(),
            () -> new StoryEvent.Discarded(sender, to, remote, visit.connection(), messageId, why));
  }

  /// What the client wrote where it is another by now.
  private static StoryEvent.Written written(Envelope envelope, NewMail mail) {
    Optional<MailAddress> sender = envelope.mail().sender();
    List<String> written = envelope.written();
    Set<String> recipients =
        mail.recipients().stream()
            .map(recipient -> recipient.address().toString())
            .collect(Collectors.toSet());
    return new StoryEvent.Written(
        sender.equals(mail.sender()) ? "" : sender.map(MailAddress::toString).orElse("<>"),
        recipients.equals(Set.copyOf(written))
            ? StoryEvent.Addresses.NONE
            : StoryEvent.Addresses.of(written));
  }

  /// Tells that a client was refused at this `stage`, if it was; `because` is the gate's reason,
  /// `messageId` empty where there is none yet.
  void refused(
      Visitor visitor,
      String stage,
      String sender,
      List<String> to,
      SmtpReply reply,
      String because,
      String messageId) {
    StoryEvent.Addresses whom = StoryEvent.Addresses.of(to);
    spool
        .story()
        .tell(
            "",
            () ->
                new StoryEvent.Refused(
                    stage,
                    sender,
                    whom,
                    AddressText.of(visitor.remote()),
                    Notes.printable(visitor.helo().orElse(""), SHOWN_MAX),
                    visitor.login().map(MailAddress::toString).orElse(""),
                    visitor.connection(),
                    reply.format().strip(),
                    Notes.printable(because, SHOWN_MAX),
                    messageId));
  }

  /// A text of any bytes, in a form that every client and every server can have.
  private InputStream inLines(StoredContent binary) throws IOException {
    InputStream converted = BinaryParts.inBase64(binary, contents, rules.limits().headerMaxBytes());
    return new SoundText(converted, new TextLimits(Long.MAX_VALUE, rules.limits().lineMaxBytes()));
  }

  /// Looks at a message that is not ours yet. Throws where it is not wanted.
  interface Judge {
    /// Hears the Message-ID when the header has come.
    void named(String messageId);

    /// Asked when the text has come and before it is kept, and once more with what is to be kept of
    /// it, which is another size.
    void size(long sizeBytes) throws MessageRefused;

    /// Whether anybody looks at the content.
    boolean looks();

    /// Whether one of those who look at mails writes in this name what it found out about senders.
    boolean writesResultsAs(String name);

    /// Whether it is shown the results in our name that the message came with.
    boolean seesResults();

    /// Of a message that is here. Who has it in memory is among `readers`.
    Judged content(Supplier<Message> message, Users readers) throws MessageRefused;
  }

  /// What gates have noted about a mail, and what it has become where they changed it; `because` is
  /// why the gate that said so has left it to nobody.
  record Judged(Notes notes, Optional<GateKeeper.Changed> changed, String because) {}

  /// What is stored is what the gates have made of it; `binary`: they have changed the bytes that
  /// came.
  private NewMail changed(
      NewMail mail,
      Optional<GateKeeper.Changed> changed,
      Kept kept,
      boolean binary,
      WrittenContents written)
      throws IOException {
    if (changed.isEmpty()) {
      return mail;
    }
    Message message = changed.get().message();
    NewMail other =
        binary ? wholeInLines(mail, message, written) : Spool.changed(mail, message, written);
    return new NewMail(
        changed.get().mail().sender(),
        Envelope.once(changed.get().mail().recipients(), directory::isLocal),
        other.content(),
        other.prefix(),
        withoutResults(other, kept),
        other.options(),
        other.origin());
  }

  /// The results in our name that came with the text go, whatever gate was shown them and left
  /// them.
  private static List<NewMail.Range> withoutResults(NewMail mail, Kept kept) {
    List<NewMail.Range> drop = new ArrayList<>(mail.dropHeaders());
    if (mail.content().id().equals(kept.content().id())) {
      drop.addAll(kept.findings().results());
    }
    return drop;
  }

  /// With all our header lines in its content: where those begin that came is not known any more.
  private NewMail wholeInLines(NewMail mail, Message message, WrittenContents written)
      throws IOException {
    StoredContent whole;
    try (InputStream bytes = message.open()) {
      whole = written.write(bytes);
    }
    StoredContent content;
    try (InputStream lines = inLines(whole)) {
      content = written.write(lines);
    }
    return new NewMail(
        mail.sender(), mail.recipients(), content, "", List.of(), mail.options(), mail.origin());
  }

  private NewMail mail(MailId id, Envelope envelope, Visit visit, Kept kept, Instant received) {
    HeaderCheck.Findings findings = kept.findings();
    List<Recipient> recipients = envelope.recipients();
    SmtpCommand.Mail mail = envelope.mail();
    Wishes wishes = Offer.wishes(mail.asked(), visit.known(), findings, received);
    return new NewMail(
        mail.sender(),
        recipients,
        kept.content(),
        trace(id, visit, recipients, wishes, received) + completion(id, visit, findings, received),
        findings.dropped(visit.known() && mail.asked().priority().isEmpty()),
        new NewMail.Options(
            mail.smtpUtf8(),
            mail.body() != SmtpCommand.Body.SEVEN_BIT,
            mail.returnFull(),
            mail.envelopeId(),
            wishes),
        visit.origin(received));
  }

  private static NewMail withResults(NewMail mail, HeaderCheck.Findings findings) {
    return new NewMail(
        mail.sender(),
        mail.recipients(),
        mail.content(),
        mail.prefix(),
        mail.dropHeaders().stream().filter(range -> !findings.results().contains(range)).toList(),
        mail.options(),
        mail.origin());
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

  /// RFC 6409 §8.2, §8.3: what a mail program has left out; and the end of a header that is none.
  private String completion(MailId id, Visit visit, HeaderCheck.Findings header, Instant received) {
    boolean completes = isSubmission(visit);
    String date = completes && !header.hasDate() ? TraceLines.date(received) : "";
    String messageId =
        completes && !header.hasMessageId() ? TraceLines.messageId(id, rules.hostname()) : "";
    String end = header.hasHeader() ? "" : "\r\n";
    return date + messageId + end;
  }

  private static boolean isOurs(String name, Domain hostname, Directory directory) {
    Optional<Domain> domain = Domain.parse(name);
    return domain.isPresent()
        && (domain.get().equals(hostname)
            || directory.isServer(domain.get())
            || directory.isLocal(domain.get()));
  }
}
