package org.posthorn.spool;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Submission;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailDate;
import org.posthorn.message.MailId;
import org.posthorn.message.mime.Envelope;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.queue.QueueStore;
import org.posthorn.storage.queue.SubmissionKey;
import org.posthorn.storage.queue.Wishes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Mail that mailets make. A note beside the mail on whose behalf it was made, in the same commit,
/// makes it happen once; the note goes with that mail. Each mail knows how many were made one for
/// the other before it, so a chain that makes a mail for each of its own ends.
final class SpoolSubmission implements Submission {
  /// Which generation a mail is, from the second on; the first is known by where it comes from.
  private static final String GENERATION = "posthorn.generation";

  /// How many notices were told one because of the other, the last of which led to this mail.
  private static final String NOTICES = "posthorn.notices";

  /// The mail of the second generation from which this one descends, from the third on.
  private static final String LINE = "posthorn.line";

  private static final String MADE_HERE = "spool";

  private static final Logger log = LoggerFactory.getLogger(SpoolSubmission.class);

  private final Spool spool;
  private final QueueStore queue;
  private final ContentStore contents;
  private final Custodies custodies;
  private final InstantSource clock;
  private final ServerName name;
  private final Lines lines = new Lines();

  SpoolSubmission(
      Spool spool,
      QueueStore queue,
      ContentStore contents,
      Custodies custodies,
      InstantSource clock,
      ServerName name) {
    this.spool = spool;
    this.queue = queue;
    this.contents = contents;
    this.custodies = custodies;
    this.clock = clock;
    this.name = name;
  }

  @Override
  public MailId submit(
      MailId onBehalfOf,
      String purpose,
      Optional<MailAddress> sender,
      List<Recipient> recipients,
      InputStream message) {
    return once(
        onBehalfOf, purpose, parent -> mail(bounded(parent, purpose), sender, recipients, message));
  }

  /// For reports about mail, which must not fail. Nobody reports about those, unless the chain
  /// gives them a sender: after so many reports one about the other no more is made, and what is
  /// returned is the mail that it would be about.
  Submission ofReports() {
    return (onBehalfOf, purpose, sender, recipients, message) ->
        isLastReport(onBehalfOf)
            ? onBehalfOf
            : once(onBehalfOf, purpose, parent -> mail(parent, sender, recipients, message));
  }

  private boolean isLastReport(MailId about) {
    Optional<Custody> pinned = custodies.pin(about);
    if (pinned.isEmpty()) {
      return false;
    }
    try {
      boolean last = generation(pinned.get()) > GENERATIONS_MAX;
      if (last) {
        log.atError().addKeyValue("mail", about).log("reports-about-reports");
      }
      return last;
    } finally {
      custodies.unpin(pinned.get());
    }
  }

  /// The same for a mail that shares the message of the one on whose behalf it is made.
  MailId derive(MailId onBehalfOf, String purpose, Mail mail) {
    return once(onBehalfOf, purpose, parent -> derived(bounded(parent, purpose), mail));
  }

  private MailId once(MailId onBehalfOf, String purpose, Function<Custody, NewMail> maker) {
    Custody parent =
        custodies
            .pin(onBehalfOf)
            .orElseThrow(
                () -> new IllegalArgumentException("There is no mail " + onBehalfOf + " here"));
    try {
      parent.acceptance().write();
      SubmissionKey key = SubmissionKey.of(purpose);
      return parent.alone(() ->
          queue.submitted(onBehalfOf, key).orElseGet(() -> take(parent, key, maker.apply(parent))));
    } finally {
      custodies.unpin(parent);
    }
  }

  /// The same, unless it is the last of its line.
  private Custody bounded(Custody parent, String purpose) {
    if (generation(parent) > GENERATIONS_MAX) {
      throw parent.endsLine(
          "No more mail is made for this one: it is the %dth that was made one for the other, now for '%s'. The chain makes a new mail for each mail, also for those that it made itself; let the step pass those by"
              .formatted(GENERATIONS_MAX, purpose));
    }
    note(parent, LINE).ifPresent(first -> count(parent, new MailId(first), purpose));
    return parent;
  }

  private void count(Custody parent, MailId first, String purpose) {
    if (lines.next(first, clock.instant()) <= Lines.DESCENDANTS_MAX) {
      return;
    }
    log.atError()
        .addKeyValue("mail", parent.id())
        .addKeyValue("descends-from", first)
        .addKeyValue("purpose", purpose)
        .log("too-many-descendants");
    throw parent.endsLine(
        "No more mail is made for this one: %d were made today one for the other that descend from mail %s, now for '%s'. The chain makes several new mails for each mail, also for those that it made itself; let the step pass those by"
            .formatted(Lines.DESCENDANTS_MAX, first, purpose));
  }

  private static Optional<String> note(Custody mail, String name) {
    return mail.forms().values().stream()
        .findFirst()
        .flatMap(form -> Optional.ofNullable(form.attributes().get(name)));
  }

  /// Of what would be made on behalf of `parent`: 1 for what came from outside.
  private static int generation(Custody parent) {
    return note(parent, GENERATION)
        .map(known -> Integer.parseInt(known) + 1)
        .orElseGet(() -> parent.origin().connection().equals(MADE_HERE) ? 2 : 1);
  }

  private static Map<String, String> noted(Custody parent, Map<String, String> attributes) {
    int generation = generation(parent);
    int notices = notices(parent);
    if (generation == 1 && notices == 0) {
      return attributes;
    }
    var more = new HashMap<>(attributes);
    more.put(GENERATION, String.valueOf(generation));
    more.put(NOTICES, String.valueOf(notices));
    if (generation > 1) {
      more.put(LINE, note(parent, LINE).orElseGet(() -> parent.id().value()));
    }
    return more;
  }

  private static int notices(Custody parent) {
    return note(parent, NOTICES).map(Integer::parseInt).orElse(0);
  }

  /// What a notice has with it that is told while a mail is `inHand`. Throws when it would be the
  /// last of its line.
  Map<String, String> noticed(MailId inHand, MailAddress to) {
    Optional<Custody> parent = custodies.pin(inHand);
    if (parent.isEmpty()) {
      return Map.of();
    }
    try {
      int notices = notices(parent.get());
      if (notices >= Services.NOTICES_MAX) {
        throw parent
            .get()
            .endsLine(
                "No more notice is sent to %s because of this mail: %d were sent already one because of the other. The chain sends a notice for each mail, also for its own notices; let the step pass by mail of the protocol 'local'"
                    .formatted(to, notices));
      }
      var attributes = new HashMap<>(noted(parent.get(), Map.of()));
      attributes.put(NOTICES, String.valueOf(notices + 1));
      return attributes;
    } finally {
      custodies.unpin(parent.get());
    }
  }

  private MailId take(Custody parent, SubmissionKey key, NewMail mail) {
    Optional<Spool.OnBehalf> note =
        parent.remembers(key)
            ? Optional.of(new Spool.OnBehalf(parent.id(), key))
            : Optional.empty();
    return spool.take(spool.newId(), mail, note);
  }

  /// It travels as safely and as urgently as the one on whose behalf it is (RFC 8689 §4.1, RFC 6710
  /// §4.4, §4.6).
  private NewMail mail(
      Custody parent,
      Optional<MailAddress> sender,
      List<Recipient> recipients,
      InputStream message) {
    var listening = new Listening(message);
    StoredContent content;
    try {
      content = contents.write(listening);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    boolean asciiAddresses = isAscii(sender, recipients);
    boolean asciiHeader = listening.asciiBytes >= content.structure().root().bodyStart();
    var options =
        new NewMail.Options(
            !asciiAddresses || !asciiHeader,
            listening.asciiBytes < content.sizeBytes(),
            Optional.empty(),
            Optional.empty(),
            wishes(parent));
    return new NewMail(
        sender,
        recipients,
        content,
        missing(content),
        List.of(),
        options,
        origin(),
        noted(parent, Map.of()));
  }

  /// What each message has (RFC 5322 §3.6), as far as the mailet left it out.
  private String missing(StoredContent content) {
    Optional<Envelope> envelope = content.structure().root().envelope();
    String date = "Date: " + MailDate.format(clock.instant()) + "\r\n";
    String id = "Message-ID: <%s@%s>\r\n".formatted(spool.newId(), name.value());
    return (envelope.flatMap(Envelope::date).isPresent() ? "" : date)
        + (envelope.flatMap(Envelope::messageId).isPresent() ? "" : id);
  }

  private NewMail derived(Custody parent, Mail mail) {
    SpooledMessage message =
        mail.message() instanceof SpooledMessage known
            ? known
            : SpooledMessage.written(contents, mail.message(), parent.options());
    var options =
        new NewMail.Options(
            message.options().smtpUtf8() || !isAscii(mail.sender(), mail.recipients()),
            message.options().eightBit(),
            Optional.empty(),
            Optional.empty(),
            wishes(parent));
    return new NewMail(
        mail.sender(),
        mail.recipients(),
        message.content(),
        message.prefix(),
        message.cuts().stream().map(cut -> new NewMail.Range(cut.start(), cut.end())).toList(),
        options,
        origin(),
        noted(parent, mail.attributes()));
  }

  private static boolean isAscii(Optional<MailAddress> sender, List<Recipient> recipients) {
    return sender.map(MailAddress::isAscii).orElse(true)
        && recipients.stream().allMatch(recipient -> recipient.address().isAscii());
  }

  private static Wishes wishes(Custody parent) {
    return new Wishes(
        parent.options().wishes().tls(),
        parent.options().wishes().priority(),
        Optional.empty(),
        Optional.empty());
  }

  private Origin origin() {
    return new Origin(
        Optional.empty(), name.value(), Optional.empty(), "local", MADE_HERE, clock.instant());
  }

  /// Notices how many bytes come before the first that is not ASCII.
  private static final class Listening extends FilterInputStream {
    private long asciiBytes;
    private boolean ascii = true;

    Listening(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      if (b >= 0) {
        hear((byte) b);
      }
      return b;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int count = super.read(into, offset, length);
      for (int i = 0; ascii && i < count; i++) {
        hear(into[offset + i]);
      }
      return count;
    }

    private void hear(byte b) {
      ascii &= b >= 0;
      if (ascii) {
        asciiBytes++;
      }
    }
  }
}
