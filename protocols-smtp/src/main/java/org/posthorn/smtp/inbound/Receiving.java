package org.posthorn.smtp.inbound;

import static org.posthorn.smtp.wire.EnhancedStatus.CONNECTION;
import static org.posthorn.smtp.wire.EnhancedStatus.CONTENT_NOT_AVAILABLE;
import static org.posthorn.smtp.wire.EnhancedStatus.INVALID_ARGUMENTS;
import static org.posthorn.smtp.wire.EnhancedStatus.INVALID_COMMAND;
import static org.posthorn.smtp.wire.EnhancedStatus.OTHER;
import static org.posthorn.smtp.wire.EnhancedStatus.SECURITY;
import static org.posthorn.smtp.wire.EnhancedStatus.TRUST_REQUIRED;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.MailId;
import org.posthorn.net.Connection;
import org.posthorn.net.Dismissed;
import org.posthorn.smtp.wire.ChunkReader;
import org.posthorn.smtp.wire.DataReader;
import org.posthorn.smtp.wire.MessageRefused;
import org.posthorn.smtp.wire.MessageText;
import org.posthorn.smtp.wire.SmtpCommand;
import org.posthorn.smtp.wire.SmtpReply;
import org.posthorn.smtp.wire.TextLimits;
import org.posthorn.spool.plugin.Users;

/// DATA, BDAT and BURL: the text of a message comes in and gets its answer. Confined to the
/// connection's thread.
final class Receiving {
  private static final SmtpReply GO_AHEAD =
      SmtpReply.plain(354, "Go ahead, and end with a dot on a line of its own");

  /// What is said to other commands of a transaction between two chunks.
  static final SmtpReply IN_CHUNKS =
      Dialogue.outOfSequence("A message comes in chunks: go on with BDAT, or RSET");

  private static final SmtpReply NO_URL =
      SmtpReply.of(501, INVALID_ARGUMENTS, "Expected a URL, and LAST or nothing");
  private static final SmtpReply NO_RECIPIENTS = Dialogue.outOfSequence("No recipients");

  private static final SmtpReply NOBODY_THERE =
      SmtpReply.of(451, CONNECTION, "The connection was closed before the message was taken");

  private static final int MESSAGE_ID_MAX = 1_000;

  /// So long everybody waits for the answer to a message.
  private static final Duration PATIENCE_OF_ALL = Duration.ofSeconds(2);

  /// A text that was sent together with DATA is here by then, in however many packets.
  private static final Duration TEXT_COMES_WITHIN = Duration.ofMillis(100);

  private final Connection connection;
  private final Dialogue dialogue;
  private final Client client;
  private final InboundRules rules;
  private final Intake intake;
  private final EnvelopeCheck envelopeCheck;
  private final GateKeeper gates;
  private final RefusalLog refusals;
  private final UrlTexts urls;
  private final Others others;
  private final TextLimits textLimits;

  /// In LMTP: how many recipients are to hear an answer to the last chunk of a text that was
  /// refused before it came; empty if there is no such text.
  private OptionalInt unanswered = OptionalInt.empty();

  /// Answers the commands that come between two chunks.
  @FunctionalInterface
  interface Others {
    List<SmtpReply> answers(SmtpCommand command) throws IOException;
  }

  Receiving(
      Connection connection,
      Dialogue dialogue,
      Client client,
      InboundRules rules,
      Intake intake,
      EnvelopeCheck envelopeCheck,
      GateKeeper gates,
      RefusalLog refusals,
      UrlTexts urls,
      Others others) {
    this.connection = connection;
    this.dialogue = dialogue;
    this.client = client;
    this.rules = rules;
    this.intake = intake;
    this.envelopeCheck = envelopeCheck;
    this.gates = gates;
    this.refusals = refusals;
    this.urls = urls;
    this.others = others;
    InboundLimits limits = rules.limits();
    this.textLimits = new TextLimits(limits.messageMaxBytes(), limits.lineMaxBytes());
  }

  List<SmtpReply> data() throws IOException {
    if (!(client.state() instanceof State.InTransaction(var hello, var envelope))
        || envelope.accepted() == 0) {
      return withoutText(client.state() instanceof State.Chunking ? IN_CHUNKS : NO_RECIPIENTS);
    }
    if (envelope.isBinary()) {
      return withoutText(Dialogue.outOfSequence("Binary text comes with BDAT"));
    }
    dialogue.say(GO_AHEAD);
    return receive(
        hello, envelope, new DataReader(connection.input(), dialogue::beforeText, textLimits));
  }

  /// Who sends on without waiting for our go-ahead is sending text, and text is no command.
  private List<SmtpReply> withoutText(SmtpReply refusal) throws IOException {
    return dialogue.hearsMoreWithin(TEXT_COMES_WITHIN)
        ? List.of(refusal, Dialogue.LOST)
        : List.of(refusal);
  }

  List<SmtpReply> bdat(SmtpCommand.Bdat bdat) throws IOException {
    if (!(client.state() instanceof State.InTransaction(var hello, var envelope))
        || envelope.accepted() == 0) {
      List<SmtpReply> refusals = Collections.nCopies(repliesFor(bdat), NO_RECIPIENTS);
      failTransaction();
      return drained(chunks(bdat, /* binary= */ false), refusals);
    }
    client.become(new State.Chunking(hello, envelope));
    return receive(hello, envelope, chunks(bdat, envelope.isBinary()));
  }

  /// RFC 3030 §2: with one chunk that is refused the transaction has failed, for the text would
  /// lack it.
  private void failTransaction() {
    if (client.state() instanceof State.InTransaction(var hello, var _)) {
      client.become(new State.Greeted(hello));
    }
  }

  /// RFC 4468 §3.2: a URL that leads nowhere ends the transaction.
  List<SmtpReply> burl(SmtpCommand.Burl burl) throws IOException {
    if (!takesUrls()) {
      failTransaction();
      return List.of(SmtpReply.of(502, INVALID_COMMAND, "No URLs here"));
    }
    if (!(client.state() instanceof State.InTransaction(var hello, var envelope))
        || envelope.accepted() == 0) {
      failTransaction();
      return List.of(burl.url().isEmpty() ? NO_URL : NO_RECIPIENTS);
    }
    // Whatever keeps it from being found.
    failTransaction();
    try {
      ChunkReader.Chunk chunk = found(burl);
      client.become(new State.Chunking(hello, envelope));
      return receive(hello, envelope, chunks(chunk, envelope.isBinary()));
    } catch (MessageRefused e) {
      return List.of(e.reply());
    }
  }

  /// Who sends here has logged in.
  private boolean takesUrls() {
    return rules.role() == Role.SUBMISSION;
  }

  private ChunkReader.Chunk found(SmtpCommand.Burl burl) throws MessageRefused {
    if (burl.url().isEmpty()) {
      throw urlRefused(NO_URL);
    }
    return switch (lookedUp(burl.url().get())) {
      case UrlTexts.Found.Text(long sizeBytes, var bytes) ->
          new ChunkReader.Chunk(sizeBytes, burl.last(), Optional.of(bytes));
      case UrlTexts.Found.NotTrusted _ ->
          throw urlRefused(SmtpReply.of(554, TRUST_REQUIRED, "No texts are fetched from there"));
      case UrlTexts.Found.Denied _ ->
          throw urlRefused(SmtpReply.of(554, SECURITY, "IMAP URL authorization failed"));
      case UrlTexts.Found.Gone _ ->
          throw urlRefused(SmtpReply.of(554, CONTENT_NOT_AVAILABLE, "IMAP URL resolution failed"));
    };
  }

  private UrlTexts.Found lookedUp(String url) throws MessageRefused {
    try {
      return urls.find(url, client.user().orElseThrow().login());
    } catch (IOException e) {
      dialogue
          .refused(ChunkReader.UNREADABLE)
          .addKeyValue("why", e.getMessage())
          .log("url refused");
      throw new MessageRefused(ChunkReader.UNREADABLE);
    }
  }

  private MessageRefused urlRefused(SmtpReply reply) {
    return new MessageRefused(dialogue.logged(reply, "url refused"));
  }

  private ChunkReader chunks(SmtpCommand.Bdat first, boolean binary) {
    return chunks(ChunkReader.Chunk.of(first), binary);
  }

  private ChunkReader chunks(ChunkReader.Chunk first, boolean binary) {
    return new ChunkReader(
        connection.input(), dialogue::beforeText, textLimits, binary, first, this::nextChunk);
  }

  /// Between two chunks: says that the one is here, and answers what comes until there is the next.
  /// A line that is no command ends the message, for it may be a piece of it, as of a chunk that is
  /// longer than its client said.
  private ChunkReader.Chunk nextChunk() throws IOException {
    dialogue.say(SmtpReply.of(250, OTHER, "Chunk taken"));
    while (!dialogue.isEnded()) {
      Optional<SmtpCommand> command = dialogue.next();
      if (command.isEmpty() || abandons(command.get())) {
        throw new Abandoned(command);
      }
      if (command.get() instanceof SmtpCommand.Bdat bdat) {
        if (bdat.sizeBytes() == 0) {
          dialogue.count();
        }
        return ChunkReader.Chunk.of(bdat);
      }
      if (command.get() instanceof SmtpCommand.Burl burl) {
        return found(burl);
      }
      dialogue.say(others.answers(command.get()));
    }
    throw new Abandoned(Optional.empty());
  }

  private boolean abandons(SmtpCommand command) {
    return command instanceof SmtpCommand.Hello
        || command instanceof SmtpCommand.Rset
        || command instanceof SmtpCommand.Quit
        || command instanceof SmtpCommand.StartTls
        || (command instanceof SmtpCommand.Burl && !takesUrls());
  }

  /// Takes a message in; the answer is the same for all its recipients, for it means custody.
  private List<SmtpReply> receive(SmtpCommand.Hello hello, Envelope envelope, MessageText text)
      throws IOException {
    SmtpReply reply;
    var message = new ThisMessage(client.visitor(), envelope);
    try {
      MailId id = intake.accept(envelope, text, client.visit(hello, envelope.mail()), message);
      dialogue.messageAccepted();
      reply = SmtpReply.of(250, OTHER, "Accepted as " + id);
    } catch (MessageRefused e) {
      reply = e.reply();
      refusals.message(envelope, message.messageId, reply);
    } catch (Abandoned e) {
      client.become(new State.Greeted(hello));
      unanswered = OptionalInt.of(envelope.accepted());
      return e.command().isPresent() ? others.answers(e.command().get()) : List.of();
    } catch (Dismissed | SocketTimeoutException e) {
      throw e; // It is we who end that, and the client hears of it.
    } catch (IOException e) {
      refusals.cutOff(envelope, message.messageId, text.sizeBytes(), e);
      throw e;
    } catch (RuntimeException e) {
      reply = dialogue.troubled(e);
      refusals.inTheStory(envelope, message.messageId, reply);
    }
    client.become(new State.Greeted(hello));
    unanswered = text.isLast() ? OptionalInt.empty() : OptionalInt.of(envelope.accepted());
    return drained(text, Collections.nCopies(repliesFor(envelope, text), reply));
  }

  /// The client has turned to something else: no more chunks come of a text that was refused.
  void chunksAreOver() {
    unanswered = OptionalInt.empty();
  }

  /// Whether the message is wanted, and what the gates have made of it.
  private final class ThisMessage implements Intake.Judge {
    private final Visitor visitor;
    private final Envelope envelope;
    private String messageId = "";

    ThisMessage(Visitor visitor, Envelope envelope) {
      this.visitor = visitor;
      this.envelope = envelope;
    }

    @Override
    public void named(String id) {
      messageId = Notes.printable(id.strip(), MESSAGE_ID_MAX);
    }

    @Override
    public void size(long sizeBytes) throws MessageRefused {
      Optional<SmtpReply> full = envelopeCheck.roomRefusal(envelope, sizeBytes);
      if (full.isPresent()) {
        throw new MessageRefused(full.get());
      }
    }

    @Override
    public boolean looks() {
      return gates.looksAtContent();
    }

    @Override
    public boolean writesResultsAs(String name) {
      return gates.writeResultsAs(name);
    }

    @Override
    public boolean seesResults() {
      return gates.takesResultsOver();
    }

    @Override
    public Intake.Judged content(Supplier<Message> message, Users readers) throws MessageRefused {
      if (!gates.looksAtContent()) {
        return new Intake.Judged(gates.notes(), Optional.empty(), "");
      }
      Instant begin = intake.now();
      GateKeeper.Judgement judgement = gates.content(visitor, envelope, message.get(), readers);
      if (judgement.refusal().isPresent()) {
        throw new MessageRefused(judgement.refusal().get());
      }
      // RFC 1047: whoever hears nothing sends it again, and again.
      if (connection.isClosed() || (isLong(begin) && connection.isOver())) {
        throw new MessageRefused(NOBODY_THERE);
      }
      return new Intake.Judged(gates.notes(), judgement.changed(), gates.because());
    }
  }

  /// Whether a client may have lost its patience since then.
  private boolean isLong(Instant begin) {
    return Duration.between(begin, intake.now()).compareTo(PATIENCE_OF_ALL) > 0;
  }

  /// RFC 2033 §4.3, of a chunk without a message: one reply for each recipient, if there was any.
  private int repliesFor(SmtpCommand.Bdat bdat) {
    OptionalInt waiting =
        client.state() instanceof State.InTransaction ? OptionalInt.of(0) : unanswered;
    unanswered = bdat.last() ? OptionalInt.empty() : waiting;
    return client.isLmtp() && bdat.last() ? waiting.orElse(1) : 1;
  }

  private int repliesFor(Envelope envelope, MessageText text) {
    return client.isLmtp() && text.isLast() ? envelope.accepted() : 1;
  }

  /// What is refused is read to its end before the client hears of it; unless there is no end.
  private List<SmtpReply> drained(MessageText text, List<SmtpReply> replies) throws IOException {
    if (text.drain(2 * textLimits.messageMaxBytes())) {
      return replies;
    }
    var more = new ArrayList<>(replies);
    more.add(Dialogue.LOST);
    return more;
  }
}
