package org.posthorn.smtp.inbound;

import static org.posthorn.smtp.wire.EnhancedStatus.ADDRESS;
import static org.posthorn.smtp.wire.EnhancedStatus.ADDRESS_BEYOND_ASCII;
import static org.posthorn.smtp.wire.EnhancedStatus.CONNECTION;
import static org.posthorn.smtp.wire.EnhancedStatus.ENCRYPTION_REQUIRED;
import static org.posthorn.smtp.wire.EnhancedStatus.INVALID_ARGUMENTS;
import static org.posthorn.smtp.wire.EnhancedStatus.INVALID_COMMAND;
import static org.posthorn.smtp.wire.EnhancedStatus.MESSAGE_TOO_BIG;
import static org.posthorn.smtp.wire.EnhancedStatus.OTHER;
import static org.posthorn.smtp.wire.EnhancedStatus.PRIORITY_CHANGED;
import static org.posthorn.smtp.wire.EnhancedStatus.RECIPIENT_VALID;
import static org.posthorn.smtp.wire.EnhancedStatus.SECURITY;
import static org.posthorn.smtp.wire.EnhancedStatus.SYSTEM_FULL;
import static org.posthorn.smtp.wire.EnhancedStatus.TOO_MANY_RECIPIENTS;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.MailAddress;
import org.posthorn.net.Connection;
import org.posthorn.net.Network;
import org.posthorn.smtp.inbound.EnvelopeCheck.Verdict;
import org.posthorn.smtp.wire.ProxyWords;
import org.posthorn.smtp.wire.SmtpCommand;
import org.posthorn.smtp.wire.SmtpReply;
import org.posthorn.smtp.wire.SmtpSyntaxException;
import org.posthorn.storage.directory.User;
import org.posthorn.storage.login.Sasl;

/// One client's conversation, in whichever role. Confined to the connection's thread.
///
/// Answers are written and not flushed: the connection does that before it waits, so the answers to
/// commands that came together leave together (RFC 2920).
final class SmtpSession {
  private static final SmtpReply SENDER_OK = SmtpReply.of(250, ADDRESS, "Sender ok");
  private static final SmtpReply RECIPIENT_OK = SmtpReply.of(250, RECIPIENT_VALID, "Recipient ok");

  /// RFC 5321 §4.5.3.1.10: those who were taken get the message, and the others are named again.
  private static final SmtpReply NO_ROOM =
      SmtpReply.of(
          452, SYSTEM_FULL, "Too many recipients are named at the same time, try again later");

  private static final SmtpReply TOO_MANY =
      SmtpReply.of(452, TOO_MANY_RECIPIENTS, "Too many recipients");
  private static final SmtpReply BYE = SmtpReply.of(221, OTHER, "Bye");

  /// So long a client that was refused at the door may stay.
  private static final Duration FAREWELL = Duration.ofSeconds(5);

  private static final SmtpReply TOO_EARLY =
      SmtpReply.of(554, INVALID_COMMAND, "You spoke before you were greeted");

  private final Connection connection;
  private final InboundRules rules;
  private final InboundLimits limits;
  private final Dialogue dialogue;
  private final Client client;
  private final RefusalLog refusals;
  private final Receiving receiving;
  private final EnvelopeCheck envelopeCheck;
  private final Intake intake;
  private final Login login;
  private final Offer offer;
  private final Inquiries inquiries;
  private final GateKeeper gates;
  private final boolean isProxy;

  /// For the recipients of the message that is under way.
  private SharedRoom.Share recipientRoom;

  private int loginFailures;

  /// A gate has refused the client before it was greeted.
  private boolean turnedAway;

  /// Whether the client has heard of the message that is under way that it has too many recipients,
  /// for the limit or for the room: it may name any number, and one line of the log is enough.
  private boolean tooManyTold;

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
    this.dialogue = new Dialogue(connection, limits, rules.logins());
    this.client = new Client(connection, rules);
    this.refusals = new RefusalLog(dialogue, client, intake, gates);
    dialogue.watch(refusals);
    this.receiving =
        new Receiving(
            connection,
            dialogue,
            client,
            rules,
            intake,
            envelopeCheck,
            gates,
            refusals,
            urls,
            this::answers);
    this.envelopeCheck = envelopeCheck;
    this.intake = intake;
    this.login = new Login(connection, dialogue::beforeCommand, limits, sasl);
    this.offer = new Offer(rules);
    this.inquiries = inquiries;
    this.gates = gates;
    this.recipientRoom = envelopeCheck.room(connection.remote());
    this.isProxy = Network.contains(rules.extensions().xclientNetworks(), connection.remote());
  }

  void run() throws IOException {
    try {
      greet();
      while (!dialogue.isEnded()) {
        Optional<SmtpCommand> command = dialogue.next();
        if (command.isPresent()) {
          dialogue.say(turnedAway ? List.of(farewell(command.get())) : answers(command.get()));
        }
      }
    } catch (SocketTimeoutException _) {
      if (!turnedAway) {
        dialogue.say(SmtpReply.of(421, CONNECTION, "Waited too long for you"));
      }
    } finally {
      recipientRoom.close();
      gates.gone(client.visitor());
    }
  }

  private void greet() throws IOException {
    // RFC 5321 §3.1: a client waits for the greeting.
    if (!rules.greetingDelay().isZero() && dialogue.hearsMoreWithin(rules.greetingDelay())) {
      refusals.hungUp(TOO_EARLY, /* handedOver= */ false);
      dialogue.say(TOO_EARLY);
      dialogue.end();
      return;
    }
    dialogue.say(greeting());
  }

  /// The greeting, or why there is none; then nothing more is done for the client.
  private SmtpReply greeting() {
    Optional<SmtpReply> refusal = gates.connection(client.visitor());
    if (refusal.isPresent()) {
      turnedAway = true;
      dialogue.endWithin(FAREWELL);
      return told("connection", Optional.empty(), Optional.empty(), refusal.get());
    }
    String protocol = client.isLmtp() ? "LMTP" : "ESMTP";
    return SmtpReply.plain(220, rules.hostname() + " " + protocol + " Posthorn");
  }

  /// RFC 5321 §3.1: who is refused at the door ends the connection himself, if he does it soon.
  private static SmtpReply farewell(SmtpCommand command) {
    return command instanceof SmtpCommand.Quit
        ? BYE
        : Dialogue.outOfSequence("You are not welcome here");
  }

  private List<SmtpReply> answers(SmtpCommand command) throws IOException {
    if (!(command instanceof SmtpCommand.Rcpt)) {
      dialogue.count();
    }
    try {
      return execute(command);
    } catch (RuntimeException e) {
      return List.of(dialogue.troubled(e));
    } finally {
      if (!client.isInTransaction()) {
        recipientRoom.close();
      }
    }
  }

  private List<SmtpReply> execute(SmtpCommand command) throws IOException {
    if (!isOfAnyTime(command) && !(command instanceof SmtpCommand.Bdat)) {
      receiving.chunksAreOver();
    }
    return switch (command) {
      case SmtpCommand.Hello hello -> List.of(hello(hello));
      case SmtpCommand.Mail mail -> List.of(mail(mail));
      case SmtpCommand.Rcpt rcpt -> List.of(rcpt(rcpt));
      case SmtpCommand.Data _ -> receiving.data();
      case SmtpCommand.Bdat bdat -> receiving.bdat(bdat);
      case SmtpCommand.Burl burl -> receiving.burl(burl);
      case SmtpCommand.Rset _ -> List.of(rset());
      case SmtpCommand.Vrfy vrfy -> List.of(inquiries.verify(vrfy, client.tellsOfUsers()));
      case SmtpCommand.Expn expn -> List.of(inquiries.expand(expn, client.tellsOfUsers()));
      case SmtpCommand.Xclient xclient -> List.of(xclient(xclient));
      case SmtpCommand.Help _ ->
          List.of(SmtpReply.of(214, OTHER, "RFC 5321 tells what can be said here"));
      case SmtpCommand.Noop _ -> List.of(SmtpReply.of(250, OTHER, "Done"));
      case SmtpCommand.Quit _ -> List.of(BYE);
      case SmtpCommand.StartTls _ -> startTls();
      case SmtpCommand.Auth auth -> List.of(auth(auth));
      case SmtpCommand.Http _ -> List.of(SmtpReply.of(421, SECURITY, "This is a mail server"));
    };
  }

  /// RFC 5321 §4.1.4: these have nothing to do with a transaction.
  private static boolean isOfAnyTime(SmtpCommand command) {
    return command instanceof SmtpCommand.Noop
        || command instanceof SmtpCommand.Help
        || command instanceof SmtpCommand.Vrfy
        || command instanceof SmtpCommand.Expn;
  }

  private SmtpReply hello(SmtpCommand.Hello hello) {
    if (hello instanceof SmtpCommand.Lhlo != (rules.role() == Role.LMTP)) {
      String other = rules.role() == Role.LMTP ? "This is LMTP: LHLO" : "This is not LMTP: EHLO";
      return SmtpReply.of(500, INVALID_COMMAND, other);
    }
    State before = client.state();
    client.become(new State.Greeted(hello));
    Optional<SmtpReply> refusal = gates.hello(client.visitor());
    if (refusal.isPresent()) {
      SmtpReply reply = told("hello", Optional.empty(), Optional.empty(), refusal.get());
      // RFC 5321 §4.1.4: all stays as it was, a transaction too.
      client.become(before);
      return reply;
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
      lines.add(client.user().isEmpty() ? "BURL" : "BURL imap");
    }
    if (connection.tlsAvailable()) {
      lines.add("STARTTLS");
    }
    if (client.mayLogIn() && client.user().isEmpty()) {
      lines.add("AUTH " + String.join(" ", login.mechanisms()));
    }
    if (client.tellsOfUsers()) {
      lines.addAll(List.of("VRFY", "EXPN"));
    }
    lines.add("HELP");
    return new SmtpReply(250, Optional.empty(), lines);
  }

  private SmtpReply mail(SmtpCommand.Mail mail) {
    if (!(client.state() instanceof State.Greeted(var hello))) {
      return Dialogue.outOfSequence(
          client.state() instanceof State.Connected ? "Say hello first" : "One at a time");
    }
    if (dialogue.hasEnough()) {
      return SmtpReply.of(421, SECURITY, "Enough for one connection, come again");
    }
    if (mail.sizeBytes().orElse(0) > limits.messageMaxBytes()) {
      return told(
          "sender",
          mail.sender(),
          Optional.empty(),
          SmtpReply.of(552, MESSAGE_TOO_BIG, "Message is too big"));
    }
    Optional<SmtpReply> refusal =
        offer
            .refusal(mail.asked(), connection.encrypted(), intake.now())
            .or(() -> envelopeCheck.senderRefusal(client.user(), mail))
            .or(() -> gates.sender(client.visitor(), new Envelope(mail)));
    if (refusal.isPresent()) {
      return told("sender", mail.sender(), Optional.empty(), refusal.get());
    }
    client.become(new State.InTransaction(hello, new Envelope(mail)));
    recipientRoom = envelopeCheck.room(connection.remote());
    tooManyTold = false;
    int priority = Offer.priority(mail.asked(), client.isKnown());
    return priority == mail.asked().priority().orElse(0)
        ? SENDER_OK
        : SmtpReply.of(
            250, PRIORITY_CHANGED, priority + " is the priority, for you are a stranger");
  }

  /// A proxy in front of us says who the client is: everything begins anew with that one, and with
  /// the greeting. What it says once holds until it says otherwise.
  private SmtpReply xclient(SmtpCommand.Xclient xclient) {
    if (!isProxy) {
      return SmtpReply.of(500, INVALID_COMMAND, "Command not recognized");
    }
    if (client.isInTransaction()) {
      return Dialogue.outOfSequence("Not within a transaction");
    }
    ProxyWords words;
    try {
      words = ProxyWords.parse(xclient.words());
    } catch (SmtpSyntaxException e) {
      return e.reply();
    }
    Optional<User> login = words.login().flatMap(envelopeCheck::user);
    if (words.login().isPresent() && (login.isEmpty() || !rules.logins())) {
      return SmtpReply.of(501, INVALID_ARGUMENTS, "LOGIN is nobody who may log in here");
    }
    gates.gone(client.visitor());
    client.beginAnewAs(words, login);
    dialogue.hearsLogins(rules.logins() && login.isEmpty());
    SmtpReply greeting = greeting();
    if (turnedAway || client.state() instanceof State.Connected) {
      return greeting;
    }
    Optional<SmtpReply> refusal = gates.hello(client.visitor());
    if (refusal.isPresent()) {
      SmtpReply reply = told("hello", Optional.empty(), Optional.empty(), refusal.get());
      client.become(new State.Connected());
      return reply;
    }
    return greeting;
  }

  private SmtpReply rcpt(SmtpCommand.Rcpt rcpt) {
    if (!(client.state() instanceof State.InTransaction(var _, var envelope))) {
      return client.state() instanceof State.Chunking
          ? Receiving.IN_CHUNKS
          : Dialogue.outOfSequence("Send MAIL first");
    }
    if (rcpt.beyondAscii() && !envelope.mail().smtpUtf8()) {
      return told(
          "recipient",
          envelope.mail().sender(),
          rcpt.recipient(),
          SmtpReply.of(553, ADDRESS_BEYOND_ASCII, "This recipient needs SMTPUTF8"));
    }
    if (envelope.accepted() >= limits.recipientsMax()) {
      return tooMany(envelope, rcpt, TOO_MANY);
    }
    // Before anybody counts it: a client that is to name it again is not to pay for it twice.
    if (!hasRoom(envelope, rcpt)) {
      return tooMany(envelope, rcpt, NO_ROOM);
    }
    SmtpReply reply = answer(envelope, rcpt);
    if (reply.code() / 100 == 4) {
      dialogue.count();
    }
    return reply;
  }

  private SmtpReply tooMany(Envelope envelope, SmtpCommand.Rcpt rcpt, SmtpReply reply) {
    boolean first = !tooManyTold;
    tooManyTold = true;
    return first ? told("recipient", envelope.mail().sender(), rcpt.recipient(), reply) : reply;
  }

  private SmtpReply answer(Envelope envelope, SmtpCommand.Rcpt rcpt) {
    return switch (envelopeCheck.recipient(client.user(), envelope.mail(), rcpt)) {
      case Verdict.Refused(SmtpReply reply) -> {
        yield told("recipient", envelope.mail().sender(), rcpt.recipient(), reply);
      }
      case Verdict.Accepted(MailAddress address, boolean local) -> {
        var recipient = new Recipient(address, rcpt.originalRecipient(), rcpt.notifications());
        Optional<SmtpReply> refusal =
            gates
                .recipient(client.visitor(), envelope, recipient)
                .or(() -> envelopeCheck.counted(client.user(), local));
        if (refusal.isPresent()) {
          Optional<MailAddress> named = rcpt.recipient().or(() -> Optional.of(address));
          yield told("recipient", envelope.mail().sender(), named, refusal.get());
        }
        String written = rcpt.recipient().map(MailAddress::toString).orElse("Postmaster");
        envelope.add(recipient, written, local);
        yield RECIPIENT_OK;
      }
    };
  }

  /// As it is named: what it stands for takes hardly more.
  private boolean hasRoom(Envelope envelope, SmtpCommand.Rcpt rcpt) {
    return rcpt.recipient()
        .map(named -> new Recipient(named, rcpt.originalRecipient(), rcpt.notifications()))
        .map(envelope::memoryBytesWith)
        .map(recipientRoom::hold)
        .orElse(true);
  }

  /// Into the log and the story goes how far the client came, and why no further.
  private SmtpReply told(
      String stage, Optional<MailAddress> sender, Optional<MailAddress> to, SmtpReply reply) {
    refusals.tell(
        stage,
        stage + " refused",
        sender.map(MailAddress::toString).orElse(""),
        to.stream().map(MailAddress::toString).toList(),
        reply);
    return reply;
  }

  private SmtpReply rset() {
    client.become(
        switch (client.state()) {
          case State.Connected connected -> connected;
          case State.Greeted greeted -> greeted;
          case State.InTransaction(var hello, var _) -> new State.Greeted(hello);
          case State.Chunking(var hello, var _) -> new State.Greeted(hello);
        });
    return SmtpReply.of(250, OTHER, "Forgotten");
  }

  /// RFC 3207 §4: afterwards everything begins anew.
  private List<SmtpReply> startTls() throws IOException {
    if (!connection.tlsAvailable()) {
      return List.of(
          connection.encrypted()
              ? Dialogue.outOfSequence("TLS is on already")
              : SmtpReply.of(502, INVALID_COMMAND, "There is no TLS here"));
    }
    dialogue.say(SmtpReply.of(220, OTHER, "Go ahead"));
    connection.startTls();
    client.beginAnew();
    dialogue.hearsLogins(rules.logins());
    return List.of();
  }

  private SmtpReply auth(SmtpCommand.Auth auth) throws IOException {
    if (!rules.logins()) {
      return SmtpReply.of(502, INVALID_COMMAND, "Nobody logs in here");
    }
    if (!(client.state() instanceof State.Greeted) || client.user().isPresent()) {
      return Dialogue.outOfSequence(client.user().isPresent() ? "You are logged in" : "Not now");
    }
    if (!client.mayLogIn()) {
      return SmtpReply.of(538, ENCRYPTION_REQUIRED, "Start TLS first");
    }
    Login.Answer answer = login.attempt(auth);
    answer.user().ifPresent(client::logIn);
    if (answer.failed() && ++loginFailures >= limits.loginFailuresMax()) {
      return SmtpReply.of(421, SECURITY, "Too many wrong logins");
    }
    if (client.user().isPresent()) {
      dialogue.hearsLogins(false);
    }
    return answer.reply();
  }
}
