package org.posthorn.smtp.outbound;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.Recipient;
import org.posthorn.spool.Carrier.Answer;

/// A connection to a server that is ready for mail (RFC 5321 §4.1.4). Used by one thread at a time.
final class SmtpClient {
  /// Every server takes so many (RFC 5321 §4.5.3.1.8).
  static final int RECIPIENTS_MAX = 100;

  private final Endpoint endpoint;
  private final RemoteLine line;
  private final Extensions extensions;
  private final boolean verified;
  private final OutboundConfig.Timeouts timeouts;
  private int mails;
  private boolean usable = true;
  private boolean warned;

  SmtpClient(
      Endpoint endpoint,
      RemoteLine line,
      Extensions extensions,
      boolean verified,
      OutboundConfig.Timeouts timeouts) {
    this.endpoint = endpoint;
    this.line = line;
    this.extensions = extensions;
    this.verified = verified;
    this.timeouts = timeouts;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  int mails() {
    return mails;
  }

  /// How it is protected, as in [Answer].
  String tls() {
    return line.tls(endpoint.host().proof());
  }

  /// Whether the server is still there.
  boolean isOpen() {
    return usable && line.isQuiet();
  }

  /// Whether it has carried as many mails, or has lasted as long, as one connection is meant to.
  boolean isSpent() {
    return mails >= endpoint.manner().mailsPerConnection() || !line.hasTimeAt(System.nanoTime());
  }

  void quit() {
    line.quit(timeouts.dataStart());
  }

  void close() {
    usable = false;
    line.close();
  }

  /// Offers a mail to `recipients`, at most [#RECIPIENTS_MAX], and puts their answers into
  /// `answers`. Who has none afterwards was not asked: the server wanted no more recipients at
  /// once. Throws [Trouble] when it is of no use for anybody who has no answer.
  void carry(Transaction given, List<Recipient> recipients, Map<Recipient, Answer> answers)
      throws Trouble {
    mails++;
    line.at(Stage.MAIL);
    boolean tunnels = endpoint.manner().tunnelsPriority() && !extensions.has("MT-PRIORITY");
    Transaction mail = tunnels ? given.withPriorityInHeader() : given;
    requireWhatTheSenderDoes(mail);
    try {
      OutgoingText text = mail.text(extensions);
      List<Recipient> possible = withinReach(mail, text, recipients, answers);
      if (possible.isEmpty()) {
        return;
      }
      Offered offered = offer(mail.mail(extensions, possible, text), possible, answers);
      List<Recipient> accepted = offered.accepted();
      if (accepted.isEmpty()) {
        reset();
      } else if (offered.go().code() == 354) {
        send(text, accepted, answers);
      } else {
        refuse(offered.go(), accepted, answers);
        reset();
      }
    } catch (IOException lost) {
      close();
      throw Trouble.deferred("4.4.2", endpoint.remote(), line.lost(endpoint.remote(), lost));
    } catch (RuntimeException | Error ours) {
      // Such as a message that cannot be read: the server must not take half of it for all.
      close();
      throw ours;
    }
  }

  /// A mail that must not travel in plain text, or that must be there in time, goes to no server
  /// that does not promise the same (RFC 8689 §4.2.1, RFC 2852); another one may.
  private void requireWhatTheSenderDoes(Transaction mail) throws Trouble {
    if (mail.requiresTls() && !verified) {
      throw lacking("5.7.10", "cannot be verified, and the sender requires TLS");
    }
    if (mail.requiresTls() && !extensions.has("REQUIRETLS")) {
      throw lacking("5.7.30", "does not know REQUIRETLS, and the sender requires it");
    }
    // What a store takes by LMTP is delivered there and then (RFC 2033 §1).
    if (mail.mustBeInTime() && !endpoint.host().lmtp() && !extensions.has("DELIVERBY")) {
      throw lacking("5.3.3", "does not know DELIVERBY, and the sender sets a time limit");
    }
  }

  /// It has said in its answer to EHLO what it can do, so it is the one that the mail fails at.
  private Trouble lacking(String status, String what) {
    return Trouble.failed(status, endpoint.remote(), endpoint.remote() + " " + what);
  }

  /// The message and the reply to it.
  private void send(OutgoingText text, List<Recipient> accepted, Map<Recipient, Answer> answers)
      throws IOException {
    line.at(Stage.TEXT);
    DataWriter data = new DataWriter(line, timeouts.dataBlock());
    try {
      text.writeTo(data);
      data.end();
    } catch (IOException lost) {
      Optional<Reply> early = line.replyBeforeEnd();
      if (early.isEmpty()) {
        throw lost;
      }
      close();
      settle(early.get(), accepted, answers);
      return;
    }
    line.at(Stage.END);
    List<Recipient> open = accepted;
    try {
      line.flush(timeouts.dataBlock());
      boolean isClosing = false;
      while (!open.isEmpty()) {
        Reply end = line.reply(timeouts.dataEnd());
        // By LMTP each recipient has an answer of its own (RFC 2033 §4.2), also behind one that
        // says that the server closes; behind one that is none, nobody knows whose is whose.
        int meant = endpoint.host().lmtp() && !isNeither(end) ? 1 : open.size();
        settle(end, open.subList(0, meant), answers);
        open = open.subList(meant, open.size());
        isClosing |= end.isClosing();
      }
      if (isClosing) {
        close();
      }
    } catch (IOException lost) {
      // It may have the mail. To try the next server at once would make two of it for sure.
      close();
      Answer unknown =
          new Answer.Deferred(
              "4.4.2", Optional.of(endpoint.remote()), line.lost(endpoint.remote(), lost), tls());
      open.forEach(recipient -> answers.put(recipient, unknown));
    }
  }

  /// Those for whom the server can do what the mail needs.
  private List<Recipient> withinReach(
      Transaction mail,
      OutgoingText text,
      List<Recipient> recipients,
      Map<Recipient, Answer> answers) {
    long sizeMax = extensions.sizeMaxBytes();
    Optional<Answer> refusal = Optional.empty();
    boolean utf8 = extensions.has("SMTPUTF8");
    if (mail.needsSmtpUtf8() && !utf8) {
      refusal = Optional.of(failed("5.6.7", "does not know international addresses and headers"));
    } else if (text.obstacle().isPresent()) {
      refusal =
          Optional.of(
              failed("5.6.3", "knows no 8BITMIME, and the message " + text.obstacle().get()));
    } else if (sizeMax > 0 && text.sizeBytes() > sizeMax) {
      refusal = Optional.of(failed("5.3.4", "takes no messages over " + sizeMax + " bytes"));
    }
    List<Recipient> possible = new ArrayList<>();
    for (Recipient recipient : recipients) {
      if (refusal.isPresent()) {
        answers.put(recipient, refusal.get());
      } else if (!recipient.address().isAscii() && !utf8) {
        answers.put(recipient, failed("5.6.7", "does not know international addresses"));
      } else {
        possible.add(recipient);
      }
    }
    return possible;
  }

  private Answer failed(String status, String what) {
    return new Answer.Failed(
        status, Optional.of(endpoint.remote()), endpoint.remote() + " " + what, tls());
  }

  /// Who was accepted, and what the server says to DATA.
  private record Offered(List<Recipient> accepted, Reply go) {
    private static final Offered TO_NOBODY = new Offered(List.of(), new Reply(503, List.of()));
  }

  private Offered offer(String mail, List<Recipient> recipients, Map<Recipient, Answer> answers)
      throws IOException, Trouble {
    return extensions.has("PIPELINING")
        ? atOnce(mail, recipients, answers)
        : stepByStep(mail, recipients, answers);
  }

  /// MAIL, RCPT and DATA in one go (RFC 2920 §3.1): one way to the server and back instead of three
  /// or more.
  private Offered atOnce(String mail, List<Recipient> recipients, Map<Recipient, Answer> answers)
      throws IOException, Trouble {
    line.command(mail, timeouts.command());
    for (Recipient recipient : recipients) {
      line.command(Transaction.rcpt(extensions, recipient), timeouts.command());
    }
    line.command("DATA", timeouts.command());
    line.flush(timeouts.command());
    Reply from = pipelinedReply();
    if (!from.isPositive()) {
      hearOut(recipients.size());
      refuse(from, recipients, answers);
      return Offered.TO_NOBODY;
    }
    line.at(Stage.RCPT);
    List<Recipient> accepted = new ArrayList<>();
    for (Recipient recipient : recipients) {
      take(pipelinedReply(), recipient, accepted, answers);
    }
    line.at(Stage.DATA);
    Reply go = line.reply(timeouts.dataStart());
    if (accepted.isEmpty()) {
      sendNothing(go);
    }
    return new Offered(accepted, go);
  }

  /// Hears what the server says to RCPT and DATA after it has refused MAIL. Should it hang up
  /// instead, the refusal is its answer all the same.
  private void hearOut(int recipients) {
    try {
      for (int i = 0; i < recipients; i++) {
        var _ = pipelinedReply();
      }
      sendNothing(line.reply(timeouts.dataStart()));
    } catch (IOException | Trouble _) {
      close();
    }
  }

  /// Some servers want a text for nobody; an empty one is no mail.
  private void sendNothing(Reply go) throws IOException {
    if (go.code() == 354) {
      line.exchange(".", timeouts.dataEnd());
    }
  }

  private Reply pipelinedReply() throws IOException, Trouble {
    Reply reply = line.reply(timeouts.command());
    if (reply.isClosing()) {
      throw closing(reply);
    }
    return reply;
  }

  private Offered stepByStep(
      String mail, List<Recipient> recipients, Map<Recipient, Answer> answers)
      throws IOException, Trouble {
    Reply from = line.exchange(mail, timeouts.command());
    if (!from.isPositive()) {
      refuse(from, recipients, answers);
      return Offered.TO_NOBODY;
    }
    line.at(Stage.RCPT);
    List<Recipient> accepted = new ArrayList<>();
    for (Recipient recipient : recipients) {
      Reply to = line.exchange(Transaction.rcpt(extensions, recipient), timeouts.command());
      if (to.isClosing()) {
        throw closing(to);
      }
      take(to, recipient, accepted, answers);
    }
    if (accepted.isEmpty()) {
      return Offered.TO_NOBODY;
    }
    line.at(Stage.DATA);
    return new Offered(accepted, line.exchange("DATA", timeouts.dataStart()));
  }

  /// Who is one too many has no answer yet: they are offered again.
  private void take(
      Reply to, Recipient recipient, List<Recipient> accepted, Map<Recipient, Answer> answers)
      throws Trouble {
    if (to.isPositive()) {
      accepted.add(recipient);
    } else if (!to.isRefusal()) {
      throw closing(to);
    } else if (accepted.isEmpty() || !to.isTooManyRecipients()) {
      answers.put(recipient, answer(to));
    }
  }

  /// Says the same to all. For a temporary refusal there may be a better server.
  private void refuse(Reply reply, List<Recipient> recipients, Map<Recipient, Answer> answers)
      throws Trouble {
    if (reply.isClosing()) {
      throw closing(reply);
    }
    if (!reply.isRefusal()) {
      throw closing(reply);
    }
    if (isUnwelcome(reply)) {
      reset();
      warnOnce(reply);
      throw Trouble.unwelcome(endpoint, reply);
    }
    if (!reply.isPermanent()) {
      reset();
      throw Trouble.replied(endpoint.remote(), reply);
    }
    recipients.forEach(recipient -> answers.put(recipient, answer(reply)));
  }

  private boolean isUnwelcome(Reply reply) {
    return endpoint.host().anywhere() && reply.wantsLogin();
  }

  /// Once for a connection, however many recipients it is about.
  private void warnOnce(Reply reply) {
    if (!warned) {
      warned = true;
      Greeting.warn(endpoint.host(), reply.text());
    }
  }

  private Trouble closing(Reply reply) {
    close();
    return Trouble.replied(endpoint.remote(), reply);
  }

  private void settle(Reply end, List<Recipient> accepted, Map<Recipient, Answer> answers) {
    boolean toldOfNotifications = extensions.has("DSN");
    for (Recipient recipient : accepted) {
      answers.put(
          recipient,
          end.isPositive()
              ? new Answer.Delivered(
                  endpoint.remote(),
                  end.text(),
                  toldOfNotifications,
                  extensions.has("DELIVERBY"),
                  tls(),
                  endpoint.host().lmtp())
              : isNeither(end) ? neither(end) : answer(end));
    }
    if (isNeither(end)) {
      close();
    }
  }

  private static boolean isNeither(Reply end) {
    return !end.isPositive() && !end.isRefusal();
  }

  /// It may be the go-ahead once more, with the answer behind it.
  private Answer neither(Reply end) {
    return new Answer.Deferred(
        "4.5.0", Optional.of(endpoint.remote()), Stage.END.outOfTurn(end), tls());
  }

  private Answer answer(Reply reply) {
    if (isUnwelcome(reply)) {
      warnOnce(reply);
      return Trouble.unwelcome(endpoint, reply).over(tls()).answer();
    }
    return reply.isPermanent()
        ? new Answer.Failed(reply.status(), Optional.of(endpoint.remote()), reply.text(), tls())
        : new Answer.Deferred(reply.status(), Optional.of(endpoint.remote()), reply.text(), tls());
  }

  /// Leaves the transaction; a connection on which that fails is closed.
  private void reset() {
    try {
      if (!line.exchange("RSET", timeouts.command()).isPositive()) {
        close();
      }
    } catch (IOException _) {
      close();
    }
  }
}
