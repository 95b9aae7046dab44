package org.posthorn.smtp.inbound;

import static org.posthorn.smtp.wire.EnhancedStatus.ADDRESS;
import static org.posthorn.smtp.wire.EnhancedStatus.ADDRESS_BEYOND_ASCII;
import static org.posthorn.smtp.wire.EnhancedStatus.CONNECTION;
import static org.posthorn.smtp.wire.EnhancedStatus.CONTENT_NOT_AVAILABLE;
import static org.posthorn.smtp.wire.EnhancedStatus.ENCRYPTION_REQUIRED;
import static org.posthorn.smtp.wire.EnhancedStatus.INVALID_ARGUMENTS;
import static org.posthorn.smtp.wire.EnhancedStatus.INVALID_COMMAND;
import static org.posthorn.smtp.wire.EnhancedStatus.MESSAGE_TOO_BIG;
import static org.posthorn.smtp.wire.EnhancedStatus.OTHER;
import static org.posthorn.smtp.wire.EnhancedStatus.PRIORITY_CHANGED;
import static org.posthorn.smtp.wire.EnhancedStatus.RECIPIENT_VALID;
import static org.posthorn.smtp.wire.EnhancedStatus.SECURITY;
import static org.posthorn.smtp.wire.EnhancedStatus.SYSTEM;
import static org.posthorn.smtp.wire.EnhancedStatus.SYSTEM_FULL;
import static org.posthorn.smtp.wire.EnhancedStatus.TOO_MANY_RECIPIENTS;
import static org.posthorn.smtp.wire.EnhancedStatus.TRUST_REQUIRED;

import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.net.Connection;
import org.posthorn.net.LineEnd;
import org.posthorn.net.LineTooLong;
import org.posthorn.net.Network;
import org.posthorn.smtp.inbound.EnvelopeCheck.Verdict;
import org.posthorn.smtp.wire.ChunkReader;
import org.posthorn.smtp.wire.DataReader;
import org.posthorn.smtp.wire.MessageRefused;
import org.posthorn.smtp.wire.MessageText;
import org.posthorn.smtp.wire.SmtpCommand;
import org.posthorn.smtp.wire.SmtpParser;
import org.posthorn.smtp.wire.SmtpReply;
import org.posthorn.smtp.wire.SmtpSyntaxException;
import org.posthorn.smtp.wire.TextLimits;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.login.Sasl;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// One client's conversation, in whichever role. Confined to the connection's virtual thread.
///
/// Answers are written and not flushed: the connection does that before it waits, so the answers to
/// commands that came together leave together (RFC 2920).
final class SmtpSession {
  private static final Logger log = LoggerFactory.getLogger(SmtpSession.class);

  private static final String IPV6 = "IPV6:";
  private static final SmtpReply SENDER_OK = SmtpReply.of(250, ADDRESS, "Sender ok");
  private static final SmtpReply RECIPIENT_OK = SmtpReply.of(250, RECIPIENT_VALID, "Recipient ok");
  private static final SmtpReply GO_AHEAD =
      SmtpReply.plain(354, "Go ahead, and end with a dot on a line of its own");
  private static final SmtpReply LOST =
      SmtpReply.of(421, SECURITY, "Cannot tell your commands from your data");

  private final Connection connection;
  private final InboundRules rules;
  private final InboundLimits limits;
  private final EnvelopeCheck envelopeCheck;
  private final Intake intake;
  private final UrlTexts urls;
  private final Login login;
  private final TextLimits textLimits;
  private final long endNanos;
  private final Offer offer;
  private final Inquiries inquiries;
  private final GateKeeper gates;
  private final boolean isProxy;
  private byte[] line;
  private State state = new State.Connected();
  private Optional<User> user = Optional.empty();
  private int messages;
  private int errors;
  private int commands;
  private int loginFailures;
  private boolean ended;

  SmtpSession(
      Connection connection,
      InboundRules rules,
      EnvelopeCheck envelopeCheck,
      Intake intake,
      Inquiries inquiries,
      GateKeeper gates,
      Sasl sasl,
      UrlTexts urls) {
    this.connection = connection;
    this.rules = rules;
    this.limits = rules.limits();
    this.envelopeCheck = envelopeCheck;
    this.intake = intake;
    this.urls = urls;
    this.login = new Login(connection, this::beforeCommand, limits, sasl);
    this.offer = new Offer(rules);
    this.inquiries = inquiries;
    this.gates = gates;
    this.isProxy =
        rules.extensions().xclientNetworks().stream()
            .anyMatch(trusted -> Network.of(trusted).contains(connection.remote()));
    this.textLimits = new TextLimits(limits.messageMaxBytes(), limits.lineMaxBytes());
    this.endNanos = System.nanoTime() + limits.sessionMax().toNanos();
    this.line = new byte[rules.logins() ? SmtpParser.LOGIN_LINE_MAX : SmtpParser.LINE_MAX];
  }

  void run() throws IOException {
    try {
      greet();
      while (!ended) {
        Optional<SmtpCommand> command = nextCommand();
        if (command.isPresent()) {
          answer(command.get());
        }
      }
    } catch (SocketTimeoutException _) {
      say(SmtpReply.of(421, CONNECTION, "Waited too long for you"));
    } finally {
      gates.gone(visitor());
    }
  }

  private void greet() throws IOException {
    if (!rules.greetingDelay().isZero() && talksTooEarly()) {
      say(SmtpReply.of(554, INVALID_COMMAND, "You spoke before you were greeted"));
      ended = true;
      return;
    }
    say(greeting());
  }

  /// The greeting, or why there is none; then the connection is over.
  private SmtpReply greeting() {
    Optional<SmtpReply> refusal = gates.connection(visitor());
    if (refusal.isPresent()) {
      ended = true;
      return logged(refusal.get(), "connection refused");
    }
    String protocol = isLmtp() ? "LMTP" : "ESMTP";
    return SmtpReply.plain(220, rules.hostname() + " " + protocol + " Posthorn");
  }

  /// Who is there, as far as is known.
  private Visitor visitor() {
    Optional<String> helo =
        switch (state) {
          case State.Connected _ -> Optional.empty();
          case State.Greeted(var hello) -> Optional.of(hello.clientName());
          case State.InTransaction(var hello, var _) -> Optional.of(hello.clientName());
          case State.Chunking(var hello) -> Optional.of(hello.clientName());
        };
    return new Visitor(
        connection.remote(),
        rules.role().port(),
        connection.id(),
        helo,
        user.map(User::login),
        connection.tls());
  }

  private SmtpReply logged(SmtpReply refusal, String what) {
    refused(refusal).log(what);
    return refusal;
  }

  /// RFC 5321 §3.1: a client waits for the greeting.
  private boolean talksTooEarly() throws IOException {
    connection.readTimeout(rules.greetingDelay());
    try {
      connection.input().peek();
      return true;
    } catch (SocketTimeoutException _) {
      return false;
    }
  }

  /// Empty when there was none in the line, and the client has been told.
  private Optional<SmtpCommand> nextCommand() throws IOException {
    if (errors >= limits.errorsMax() || commands >= limits.commandsMax()) {
      say(SmtpReply.of(421, SECURITY, "This leads nowhere"));
      return Optional.empty();
    }
    beforeCommand();
    try {
      connection.awaitCommand();
      int length = connection.input().readLine(line, LineEnd.CRLF);
      return Optional.of(SmtpParser.parse(line, length));
    } catch (LineTooLong _) {
      refuse(SmtpParser.tooLong(line));
    } catch (SmtpSyntaxException e) {
      refuse(e);
    }
    return Optional.empty();
  }

  private void refuse(SmtpSyntaxException e) throws IOException {
    say(e.reply());
    if (e.isLost()) {
      say(LOST);
    }
  }

  private void answer(SmtpCommand command) throws IOException {
    if (!(command instanceof SmtpCommand.Rcpt)) {
      commands++;
    }
    List<SmtpReply> replies;
    try {
      replies = execute(command);
    } catch (RuntimeException e) {
      replies = List.of(troubled(e));
    }
    for (SmtpReply reply : replies) {
      say(reply);
    }
  }

  private List<SmtpReply> execute(SmtpCommand command) throws IOException {
    return switch (command) {
      case SmtpCommand.Hello hello -> List.of(hello(hello));
      case SmtpCommand.Mail mail -> List.of(mail(mail));
      case SmtpCommand.Rcpt rcpt -> List.of(rcpt(rcpt));
      case SmtpCommand.Data _ -> data();
      case SmtpCommand.Bdat bdat -> bdat(bdat);
      case SmtpCommand.Burl burl -> burl(burl);
      case SmtpCommand.Rset _ -> List.of(rset());
      case SmtpCommand.Vrfy(String name) -> List.of(inquiries.verify(name, tellsOfUsers()));
      case SmtpCommand.Expn(String name) -> List.of(inquiries.expand(name, tellsOfUsers()));
      case SmtpCommand.Xclient xclient -> List.of(xclient(xclient));
      case SmtpCommand.Help _ ->
          List.of(SmtpReply.of(214, OTHER, "RFC 5321 tells what can be said here"));
      case SmtpCommand.Noop _ -> List.of(SmtpReply.of(250, OTHER, "Done"));
      case SmtpCommand.Quit _ -> List.of(SmtpReply.of(221, OTHER, "Bye"));
      case SmtpCommand.StartTls _ -> startTls();
      case SmtpCommand.Auth auth -> List.of(auth(auth));
      case SmtpCommand.Http _ -> List.of(SmtpReply.of(421, SECURITY, "This is a mail server"));
    };
  }

  private SmtpReply hello(SmtpCommand.Hello hello) {
    if (hello instanceof SmtpCommand.Lhlo != (rules.role() == Role.LMTP)) {
      String other = rules.role() == Role.LMTP ? "This is LMTP: LHLO" : "This is not LMTP: EHLO";
      return SmtpReply.of(500, INVALID_COMMAND, other);
    }
    State before = state;
    state = new State.Greeted(hello);
    Optional<SmtpReply> refusal = gates.hello(visitor());
    if (refusal.isPresent()) {
      state = before instanceof State.Connected ? before : state;
      return logged(refusal.get(), "hello refused");
    }
    String name = rules.hostname().ascii();
    if (hello instanceof SmtpCommand.Helo) {
      return SmtpReply.plain(250, name);
    }
    var lines = new ArrayList<String>();
    lines.add(name);
    lines.addAll(offer.lines(connection, isProxy, intake.now()));
    if (rules.role() == Role.SUBMISSION) {
      // RFC 4468 §3.1: without an argument, it is for who has logged in.
      lines.add(user.isEmpty() ? "BURL" : "BURL imap");
    }
    if (connection.tlsAvailable()) {
      lines.add("STARTTLS");
    }
    if (mayLogIn() && user.isEmpty()) {
      lines.add("AUTH " + String.join(" ", login.mechanisms()));
    }
    if (tellsOfUsers()) {
      lines.addAll(List.of("VRFY", "EXPN"));
    }
    lines.add("HELP");
    return new SmtpReply(250, Optional.empty(), lines);
  }

  private SmtpReply mail(SmtpCommand.Mail mail) {
    if (!(state instanceof State.Greeted(var hello))) {
      return outOfSequence(state instanceof State.Connected ? "Say hello first" : "One at a time");
    }
    if (messages >= limits.messagesMax()) {
      return SmtpReply.of(421, SECURITY, "Enough for one connection, come again");
    }
    if (mail.sizeBytes().orElse(0) > limits.messageMaxBytes()) {
      return SmtpReply.of(552, MESSAGE_TOO_BIG, "Message is too big");
    }
    Optional<SmtpReply> refusal =
        offer
            .refusal(mail.asked(), connection.encrypted(), intake.now())
            .or(() -> envelopeCheck.senderRefusal(user, mail))
            .or(() -> gates.sender(visitor(), new Envelope(mail)));
    if (refusal.isPresent()) {
      refused(refusal.get())
          .addKeyValue("from", mail.sender().map(MailAddress::toString).orElse(""))
          .log("sender refused");
      return refusal.get();
    }
    state = new State.InTransaction(hello, new Envelope(mail));
    int priority = Offer.priority(mail.asked(), user.isPresent() || isLmtp());
    return priority == mail.asked().priority().orElse(0)
        ? SENDER_OK
        : SmtpReply.of(
            250, PRIORITY_CHANGED, priority + " is the priority, for you are a stranger");
  }

  private boolean tellsOfUsers() {
    return rules.extensions().verifyForUsers() && user.isPresent();
  }

  /// A proxy in front of us says who the client is: everything begins anew with that one.
  private SmtpReply xclient(SmtpCommand.Xclient xclient) {
    if (!isProxy) {
      return SmtpReply.of(500, INVALID_COMMAND, "Command not recognized");
    }
    if (state instanceof State.InTransaction || state instanceof State.Chunking) {
      return outOfSequence("Not within a transaction");
    }
    gates.gone(visitor());
    Optional<String> address = Optional.ofNullable(xclient.attributes().get("ADDR"));
    try {
      address.map(SmtpSession::address).ifPresent(connection::speaksFor);
    } catch (IllegalArgumentException _) {
      return SmtpReply.of(501, INVALID_ARGUMENTS, "ADDR is no address");
    }
    state = new State.Connected();
    user = Optional.empty();
    return greeting();
  }

  private static InetAddress address(String text) {
    boolean six = text.regionMatches(true, 0, IPV6, 0, IPV6.length());
    return InetAddress.ofLiteral(six ? text.substring(IPV6.length()) : text);
  }

  private SmtpReply rcpt(SmtpCommand.Rcpt rcpt) {
    if (!(state instanceof State.InTransaction(var _, var envelope))) {
      return outOfSequence("Send MAIL first");
    }
    if (rcpt.beyondAscii() && !envelope.mail().smtpUtf8()) {
      return SmtpReply.of(553, ADDRESS_BEYOND_ASCII, "This recipient needs SMTPUTF8");
    }
    if (envelope.accepted() >= limits.recipientsMax()) {
      return SmtpReply.of(452, TOO_MANY_RECIPIENTS, "Too many recipients");
    }
    return switch (envelopeCheck.recipient(user, envelope.mail(), rcpt)) {
      case Verdict.Refused(SmtpReply reply) -> {
        refused(reply)
            .addKeyValue("to", rcpt.recipient().map(MailAddress::toString).orElse("postmaster"))
            .log("recipient refused");
        yield reply;
      }
      case Verdict.Accepted(MailAddress address, boolean local) -> {
        var recipient = new Recipient(address, rcpt.originalRecipient(), rcpt.notifications());
        Optional<SmtpReply> refusal = gates.recipient(visitor(), envelope, recipient);
        if (refusal.isPresent()) {
          yield logged(refusal.get(), "recipient refused");
        }
        envelope.add(recipient, local);
        yield RECIPIENT_OK;
      }
    };
  }

  private List<SmtpReply> data() throws IOException {
    if (!(state instanceof State.InTransaction(var hello, var envelope))
        || envelope.accepted() == 0) {
      SmtpReply refusal = outOfSequence("No recipients");
      // Who sends on without waiting for our go-ahead is sending text, and text is no command.
      return connection.input().hasBuffered() ? List.of(refusal, LOST) : List.of(refusal);
    }
    if (envelope.isBinary()) {
      SmtpReply refusal = outOfSequence("Binary text comes with BDAT");
      return connection.input().hasBuffered() ? List.of(refusal, LOST) : List.of(refusal);
    }
    say(GO_AHEAD);
    return receive(
        hello, envelope, new DataReader(connection.input(), this::beforeText, textLimits));
  }

  private List<SmtpReply> bdat(SmtpCommand.Bdat bdat) throws IOException {
    if (!(state instanceof State.InTransaction(var hello, var envelope))
        || envelope.accepted() == 0) {
      // RFC 2033 §4.3: one reply for each recipient, and there is none.
      boolean silent = bdat.last() && state instanceof State.InTransaction && isLmtp();
      List<SmtpReply> refusals = silent ? List.of() : List.of(outOfSequence("No recipients"));
      return drained(chunks(bdat, /* binary= */ false), refusals);
    }
    state = new State.Chunking(hello);
    return receive(hello, envelope, chunks(bdat, envelope.isBinary()));
  }

  /// RFC 4468 §3.2: a URL that leads nowhere ends the transaction.
  private List<SmtpReply> burl(SmtpCommand.Burl burl) throws IOException {
    if (rules.role() != Role.SUBMISSION) {
      return List.of(SmtpReply.of(502, INVALID_COMMAND, "No URLs here"));
    }
    if (!(state instanceof State.InTransaction(var hello, var envelope))
        || envelope.accepted() == 0) {
      return List.of(outOfSequence("No recipients"));
    }
    try {
      ChunkReader.Chunk chunk = found(burl);
      state = new State.Chunking(hello);
      return receive(hello, envelope, chunks(chunk, envelope.isBinary()));
    } catch (MessageRefused e) {
      state = new State.Greeted(hello);
      return List.of(e.reply());
    }
  }

  private ChunkReader.Chunk found(SmtpCommand.Burl burl) throws IOException {
    return switch (urls.find(burl.url(), user.orElseThrow().login())) {
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

  private MessageRefused urlRefused(SmtpReply reply) {
    refused(reply).log("url refused");
    return new MessageRefused(reply);
  }

  private ChunkReader chunks(SmtpCommand.Bdat first, boolean binary) {
    return chunks(ChunkReader.Chunk.of(first), binary);
  }

  private ChunkReader chunks(ChunkReader.Chunk first, boolean binary) {
    return new ChunkReader(
        connection.input(), this::beforeText, textLimits, binary, first, this::nextChunk);
  }

  /// Between two chunks: says that the one is here, and answers what comes until there is the next.
  private ChunkReader.Chunk nextChunk() throws IOException {
    say(SmtpReply.of(250, OTHER, "Chunk taken"));
    while (!ended) {
      Optional<SmtpCommand> command = nextCommand();
      if (command.isPresent()) {
        if (command.get() instanceof SmtpCommand.Bdat bdat) {
          return ChunkReader.Chunk.of(bdat);
        }
        if (command.get() instanceof SmtpCommand.Burl burl) {
          return found(burl);
        }
        if (abandons(command.get())) {
          throw new Abandoned(command);
        }
        answer(command.get());
      }
    }
    throw new Abandoned(Optional.empty());
  }

  private static boolean abandons(SmtpCommand command) {
    return command instanceof SmtpCommand.Hello
        || command instanceof SmtpCommand.Rset
        || command instanceof SmtpCommand.Quit
        || command instanceof SmtpCommand.StartTls;
  }

  /// Takes a message in; the answer is the same for all its recipients, for it means custody.
  private List<SmtpReply> receive(SmtpCommand.Hello hello, Envelope envelope, MessageText text)
      throws IOException {
    SmtpReply reply;
    try {
      Visitor visitor = visitor();
      MailId id =
          intake.accept(
              envelope,
              text,
              visit(hello, envelope),
              message -> judged(visitor, envelope, message));
      reply = accepted(id);
    } catch (MessageRefused e) {
      reply = e.reply();
      refused(reply).log("message refused");
    } catch (Abandoned e) {
      state = new State.Greeted(hello);
      return e.command().isPresent() ? execute(e.command().get()) : List.of();
    } catch (RuntimeException e) {
      reply = troubled(e);
    }
    state = new State.Greeted(hello);
    return drained(text, Collections.nCopies(repliesFor(envelope, text), reply));
  }

  /// What the gates say about a message, and what they have made of it.
  private Intake.Judged judged(Visitor visitor, Envelope envelope, Supplier<Message> message)
      throws MessageRefused {
    if (!gates.looksAtContent()) {
      return new Intake.Judged(gates.notes(), Optional.empty());
    }
    GateKeeper.Judgement judgement = gates.content(visitor, envelope, message.get());
    if (judgement.refusal().isPresent()) {
      throw new MessageRefused(judgement.refusal().get());
    }
    return new Intake.Judged(gates.notes(), judgement.changed());
  }

  private int repliesFor(Envelope envelope, MessageText text) {
    return isLmtp() && text.isLast() ? envelope.accepted() : 1;
  }

  /// What is refused is read to its end before the client hears of it; unless there is no end.
  private List<SmtpReply> drained(MessageText text, List<SmtpReply> replies) throws IOException {
    if (text.drain(2 * limits.messageMaxBytes())) {
      return replies;
    }
    var more = new ArrayList<>(replies);
    more.add(LOST);
    return more;
  }

  private SmtpReply accepted(MailId id) {
    messages++;
    errors = 0;
    commands = 0;
    return SmtpReply.of(250, OTHER, "Accepted as " + id);
  }

  private Visit visit(SmtpCommand.Hello hello, Envelope envelope) {
    return new Visit(
        connection.remote(),
        hello.clientName(),
        user.map(User::login),
        protocol(hello, envelope.mail().smtpUtf8()),
        connection.tls(),
        connection.id());
  }

  /// RFC 3848 §1, RFC 6531 §4.3.
  private String protocol(SmtpCommand.Hello hello, boolean smtpUtf8) {
    boolean extended = !(hello instanceof SmtpCommand.Helo) || connection.encrypted();
    String plain = isLmtp() ? "LMTP" : extended ? "ESMTP" : "SMTP";
    String base = smtpUtf8 ? "UTF8" + (isLmtp() ? "LMTP" : "SMTP") : plain;
    return base + (connection.encrypted() ? "S" : "") + (user.isPresent() ? "A" : "");
  }

  private SmtpReply rset() {
    state =
        switch (state) {
          case State.Connected connected -> connected;
          case State.Greeted greeted -> greeted;
          case State.InTransaction(var hello, var _) -> new State.Greeted(hello);
          case State.Chunking(var hello) -> new State.Greeted(hello);
        };
    return SmtpReply.of(250, OTHER, "Forgotten");
  }

  /// RFC 3207 §4: afterwards everything begins anew.
  private List<SmtpReply> startTls() throws IOException {
    if (!connection.tlsAvailable()) {
      return List.of(
          connection.encrypted()
              ? outOfSequence("TLS is on already")
              : SmtpReply.of(502, INVALID_COMMAND, "There is no TLS here"));
    }
    say(SmtpReply.of(220, OTHER, "Go ahead"));
    connection.startTls();
    state = new State.Connected();
    user = Optional.empty();
    return List.of();
  }

  private SmtpReply auth(SmtpCommand.Auth auth) throws IOException {
    if (!rules.logins()) {
      return SmtpReply.of(502, INVALID_COMMAND, "Nobody logs in here");
    }
    if (!(state instanceof State.Greeted) || user.isPresent()) {
      return outOfSequence(user.isPresent() ? "You are logged in" : "Not now");
    }
    if (!mayLogIn()) {
      return SmtpReply.of(538, ENCRYPTION_REQUIRED, "Start TLS first");
    }
    Login.Answer answer = login.attempt(auth);
    user = answer.user();
    if (answer.failed() && ++loginFailures >= limits.loginFailuresMax()) {
      return SmtpReply.of(421, SECURITY, "Too many wrong logins");
    }
    if (user.isPresent()) {
      line = new byte[SmtpParser.LINE_MAX];
    }
    return answer.reply();
  }

  private boolean mayLogIn() {
    return rules.logins()
        && (connection.encrypted() || rules.plainTextLogins().allow(connection.remote()));
  }

  private boolean isLmtp() {
    return rules.role() == Role.LMTP;
  }

  private void say(SmtpReply reply) throws IOException {
    connection.output().write(reply.format());
    ended |= reply.isLast();
    errors += reply.code() >= 500 ? 1 : 0;
  }

  private void beforeCommand() throws IOException {
    patience(limits.commandTimeout());
  }

  private void beforeText() throws IOException {
    patience(limits.dataTimeout());
  }

  private void patience(Duration most) throws IOException {
    Duration left = Duration.ofNanos(endNanos - System.nanoTime());
    if (left.toMillis() <= 0) {
      throw new SocketTimeoutException("The session took too long");
    }
    connection.readTimeout(left.compareTo(most) < 0 ? left : most);
  }

  /// Our bug, or the disk's: the client may come again and hears no more than that.
  private SmtpReply troubled(RuntimeException e) {
    log.atError().setCause(e).log("command failed");
    if (e instanceof StorageUnavailable unavailable && unavailable.isFull()) {
      return SmtpReply.of(452, SYSTEM_FULL, "No room left here, try again later");
    }
    return SmtpReply.of(451, SYSTEM, "Trouble here, try again later (" + connection.id() + ")");
  }

  /// The line of the log by which an operator finds out why mail did not come.
  private LoggingEventBuilder refused(SmtpReply reply) {
    return log.atInfo()
        .addKeyValue("remote", connection.remote().getHostAddress())
        .addKeyValue("reply", reply.format().strip());
  }

  private static SmtpReply outOfSequence(String text) {
    return SmtpReply.of(503, INVALID_COMMAND, text);
  }
}
