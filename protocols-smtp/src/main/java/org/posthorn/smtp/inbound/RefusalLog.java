package org.posthorn.smtp.inbound;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.posthorn.message.MailAddress;
import org.posthorn.smtp.wire.EnhancedStatus;
import org.posthorn.smtp.wire.SmtpReply;
import org.slf4j.spi.LoggingEventBuilder;

/// Tells in the log and in the story how far a client came, and why no further: there an operator
/// looks who is asked why a mail did not come. What the parser refuses of a mail is told like what
/// we refuse of it; of other lines it is no news that they are nonsense. Confined to the
/// connection's thread.
final class RefusalLog implements Dialogue.Watch {
  /// Of a mail that is under way when we hang up, or whose message is refused.
  private static final int RECIPIENTS_MAX = 50;

  private final Dialogue dialogue;
  private final Client client;
  private final Intake intake;
  private final GateKeeper gates;

  RefusalLog(Dialogue dialogue, Client client, Intake intake, GateKeeper gates) {
    this.dialogue = dialogue;
    this.client = client;
    this.intake = intake;
    this.gates = gates;
  }

  /// `what` is the line of the log.
  void tell(String stage, String what, String from, List<String> to, SmtpReply reply) {
    dialogue
        .refused(reply)
        .addKeyValue("from", from)
        .addKeyValue("to", String.join(" ", to))
        .log(what);
    intake.refused(client.visitor(), stage, from, to, reply, gates.because(), "");
  }

  /// Of a message whose text came; `messageId` is empty where its header did not come so far.
  void message(Envelope envelope, String messageId, SmtpReply reply) {
    about(dialogue.refused(reply), envelope, messageId).log("message refused");
    inTheStory(envelope, messageId, reply);
  }

  /// Of a message whose client is gone before its text has come to an end, as where something on
  /// the way lets no long packets through. Nobody has refused it.
  void cutOff(Envelope envelope, String messageId, long bytes, IOException why) {
    about(dialogue.line(), envelope, messageId)
        .addKeyValue("bytes", bytes)
        .addKeyValue("why", why.getMessage())
        .log("message cut off");
  }

  private static LoggingEventBuilder about(
      LoggingEventBuilder line, Envelope envelope, String messageId) {
    LoggingEventBuilder named =
        line.addKeyValue("from", sender(Optional.of(envelope)))
            .addKeyValue(
                "to", envelope.written().stream().limit(RECIPIENTS_MAX).collect(joining(" ")));
    return messageId.isEmpty() ? named : named.addKeyValue("messageId", messageId);
  }

  /// Of a message whose refusal is in the log already.
  void inTheStory(Envelope envelope, String messageId, SmtpReply reply) {
    String from = sender(Optional.of(envelope));
    intake.refused(
        client.visitor(), "message", from, envelope.written(), reply, gates.because(), messageId);
  }

  @Override
  public void unread(UnreadLine line, SmtpReply reply) {
    switch (line.kind()) {
      case MAIL -> tell("sender", "sender refused", line.address(), List.of(), reply);
      case RCPT ->
          tell(
              "recipient",
              "recipient refused",
              sender(client.envelope()),
              List.of(line.address()),
              reply);
      case OTHER -> {}
    }
  }

  /// That nobody waits any longer for a client that has handed over its mail is no news.
  @Override
  public void hungUp(SmtpReply reply, boolean handedOver) {
    Optional<Envelope> envelope = client.envelope();
    boolean timedOut = reply.status().filter(EnhancedStatus.CONNECTION::equals).isPresent();
    if (timedOut && handedOver && envelope.isEmpty()) {
      return;
    }
    tell(
        envelope.isEmpty() ? "connection" : "hang-up",
        "hung up",
        sender(envelope),
        envelope.stream().flatMap(mail -> mail.written().stream()).limit(RECIPIENTS_MAX).toList(),
        reply);
  }

  private static String sender(Optional<Envelope> envelope) {
    return envelope.flatMap(begun -> begun.mail().sender()).map(MailAddress::toString).orElse("");
  }
}
