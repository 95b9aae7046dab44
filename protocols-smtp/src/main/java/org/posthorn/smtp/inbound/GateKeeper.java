package org.posthorn.smtp.inbound;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.AddressText;
import org.posthorn.smtp.wire.SmtpReply;
import org.posthorn.spool.NewMail;
import org.posthorn.spool.chain.Gates;
import org.posthorn.spool.chain.Guarded;
import org.posthorn.spool.plugin.Users;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks the gates about one client and its mails, and keeps what they note. Confined to the
/// connection's thread.
final class GateKeeper {
  /// The name of the story's log: what gates decide is its first chapter.
  private static final Logger log = LoggerFactory.getLogger("org.posthorn.story");

  private static final int TEXT_MAX = 400;

  private final Gates all;
  private final List<Guarded> gates;

  /// So many recipients gates may add to those that the client has named.
  private final int addedMax;

  /// Those that were asked, and so know that the client is here: no others hear that it has gone.
  private final Set<Guarded> met = Collections.newSetFromMap(new IdentityHashMap<>());

  /// What the connection alone came to: each hello begins with it.
  private Notes connectionNotes = new Notes();

  private boolean connectionAccepted;

  /// With what the hello that counts came to.
  private Notes visitorNotes = new Notes();

  private Notes mailNotes = new Notes();
  private boolean visitorAccepted;
  private boolean mailAccepted;
  private String because = "";

  /// Asks those of `port`.
  GateKeeper(Gates all, String port, int addedMax) {
    this.all = all;
    this.gates = all.of(port);
    this.addedMax = addedMax;
  }

  /// What the gates of one stage came to.
  private record Ruling(Optional<SmtpReply> refusal, boolean accepted) {}

  /// What a message has become, with those who get it; nobody, and it is thrown away.
  record Changed(IncomingMail mail, Message message) {}

  /// What the gates say about a content: a refusal, or what it has become where they changed it.
  record Judgement(Optional<SmtpReply> refusal, Optional<Changed> changed) {}

  /// What the gate that is asked sees of the content. `readers` are those who have it in memory.
  private static final class Content {
    private final int named;
    private final Users readers;
    private IncomingMail mail;
    private Message message;
    private boolean changed;

    Content(IncomingMail mail, Message message, Users readers) {
      this.named = mail.recipients().size();
      this.readers = readers;
      this.mail = mail;
      this.message = message;
    }

    /// How many more would get it than the client has named.
    int added(IncomingMail other) {
      return other.recipients().size() - named;
    }

    void become(IncomingMail other, Message otherMessage) {
      mail = other;
      message = otherMessage;
      changed = true;
    }

    Judgement judgement(Optional<SmtpReply> refusal) {
      return new Judgement(
          refusal, changed ? Optional.of(new Changed(mail, message)) : Optional.empty());
    }
  }

  /// A refusal stands in the place of the greeting.
  Optional<SmtpReply> connection(Visitor visitor) {
    connectionNotes = new Notes();
    Ruling ruling =
        ask(Stage.CONNECTION, visitor, connectionNotes, gate -> gate.gate().connection(visitor));
    connectionAccepted = ruling.accepted();
    visitorNotes = connectionNotes;
    visitorAccepted = connectionAccepted;
    return ruling.refusal().map(GateKeeper::atTheDoor);
  }

  /// RFC 5321 §4.3.2: no other codes stand in the place of a greeting.
  private static SmtpReply atTheDoor(SmtpReply refusal) {
    return SmtpReply.plain(refusal.code() < 500 ? 421 : 554, refusal.lines().getFirst());
  }

  /// Forgets earlier ones (RFC 3207 §4.2), unless it is refused: then the one before still counts
  /// (RFC 5321 §4.1.4).
  Optional<SmtpReply> hello(Visitor visitor) {
    if (connectionAccepted) {
      return Optional.empty();
    }
    Notes notes = Notes.copyOf(connectionNotes);
    Ruling ruling = ask(Stage.HELLO, visitor, notes, gate -> gate.gate().hello(visitor));
    if (ruling.refusal().isEmpty()) {
      visitorNotes = notes;
      visitorAccepted = ruling.accepted();
    }
    return ruling.refusal();
  }

  Optional<SmtpReply> sender(Visitor visitor, Envelope envelope) {
    mailNotes = Notes.copyOf(visitorNotes);
    mailAccepted = visitorAccepted;
    if (mailAccepted) {
      return Optional.empty();
    }
    IncomingMail mail = mail(envelope);
    Ruling ruling =
        ask(
            Stage.SENDER,
            visitor,
            mailNotes,
            gate -> gate.gate().sender(visitor, seenBy(gate, mail)));
    mailAccepted = ruling.accepted();
    return ruling.refusal();
  }

  Optional<SmtpReply> recipient(Visitor visitor, Envelope envelope, Recipient recipient) {
    if (mailAccepted) {
      return Optional.empty();
    }
    IncomingMail mail = mail(envelope);
    return ask(
            Stage.RECIPIENT,
            visitor,
            mailNotes,
            gate -> gate.gate().recipient(visitor, seenBy(gate, mail), recipient))
        .refusal();
  }

  /// A gate that changes the mail may be followed by others, which see it changed. Each enters
  /// `readers` until it is done, however long somebody waits for it.
  Judgement content(Visitor visitor, Envelope envelope, Message message, Users readers) {
    var content = new Content(mail(envelope), message, readers);
    if (mailAccepted) {
      return content.judgement(Optional.empty());
    }
    Ruling ruling =
        ask(
            Stage.CONTENT,
            visitor,
            mailNotes,
            Optional.of(content),
            gate ->
                gate.gate()
                    .content(visitor, seenBy(gate, withNotes(content.mail)), content.message));
    return content.judgement(ruling.refusal());
  }

  private IncomingMail withNotes(IncomingMail mail) {
    return new IncomingMail(
        mail.sender(),
        mail.recipients(),
        mail.declaredBytes(),
        mailNotes.attributes(),
        mail.parameters());
  }

  /// A gate that only tries sees what it would have noted, as it would if it did.
  private IncomingMail seenBy(Guarded gate, IncomingMail mail) {
    if (!gate.dryRun()) {
      return mail;
    }
    IncomingMail seen = mail;
    for (Map.Entry<String, String> note : mailNotes.triedBy(gate.label()).entrySet()) {
      seen = seen.withAttribute(note.getKey(), note.getValue());
    }
    return seen;
  }

  /// Whether there is anybody to look at the content.
  boolean looksAtContent() {
    return !gates.isEmpty() && !mailAccepted;
  }

  /// Whether a gate, at whatever port, writes in this name what it found out about senders.
  boolean writeResultsAs(String name) {
    return all.writeResultsAs(name);
  }

  /// Whether a gate looks at the content that takes over what another server of ours has found.
  boolean takesResultsOver() {
    return looksAtContent() && mailNotes.attributes().containsKey(NewMail.RELAYED);
  }

  /// Which gate refused last, or left a mail to nobody, and why; asked for once, and empty when
  /// none did.
  String because() {
    String last = because;
    because = "";
    return last;
  }

  Notes notes() {
    return mailNotes;
  }

  void gone(Visitor visitor) {
    for (Guarded gate : met) {
      try {
        gate.gate().gone(visitor);
      } catch (RuntimeException | LinkageError e) {
        log.atError().addKeyValue("gate", gate.label()).setCause(e).log("gate-failed");
      }
    }
    met.clear();
  }

  private IncomingMail mail(Envelope envelope) {
    return new IncomingMail(
        envelope.mail().sender(),
        envelope.recipients(),
        envelope.mail().sizeBytes(),
        mailNotes.attributes(),
        envelope.mail().parameters());
  }

  private Ruling ask(
      Stage stage, Visitor visitor, Notes notes, Function<Guarded, Verdict> question) {
    return ask(stage, visitor, notes, Optional.empty(), question);
  }

  private Ruling ask(
      Stage stage,
      Visitor visitor,
      Notes notes,
      Optional<Content> content,
      Function<Guarded, Verdict> question) {
    for (Guarded gate : gates) {
      if (!stage.concerns(gate.gate()) || !gate.isFor(visitor)) {
        continue;
      }
      met.add(gate);
      Verdict verdict =
          gate.gate().mayWait()
              ? GateQuestion.asked(
                  gate, visitor.remote(), content.map(shown -> shown.readers), question)
              : GateQuestion.answered(gate, question);
      if (verdict instanceof Verdict.Change change && content.isPresent()) {
        verdict = bounded(gate, change, content.get());
      }
      story(gate, stage, visitor, verdict);
      switch (verdict) {
        case Verdict.Pass _ -> {}
        case Verdict.Tag tag when gate.dryRun() -> {
          tag.attributes().forEach((name, value) -> notes.tried(gate.label(), name, value));
          note(notes, gate, "would tag: " + tag.reason());
        }
        case Verdict.Tag tag -> {
          tag.attributes().forEach(notes::attribute);
          tag.headers().forEach(header -> notes.header(header.name(), header.value()));
          note(notes, gate, tag.reason());
        }
        case Verdict.Accept(String reason) -> {
          if (!gate.dryRun()) {
            note(notes, gate, reason);
            return new Ruling(Optional.empty(), true);
          }
          note(notes, gate, "would accept: " + reason);
        }
        case Verdict.Change(IncomingMail mail, Message message, String reason) -> {
          if (gate.dryRun()) {
            note(notes, gate, "would change: " + reason);
          } else if (content.isPresent()) {
            mail.attributes().forEach(notes::attribute);
            note(notes, gate, reason);
            content.get().become(mail, message);
            if (mail.recipients().isEmpty()) {
              // Whoever comes later could refuse it, or give it to somebody after all.
              because = gate.label() + ": " + reason;
              return new Ruling(Optional.empty(), false);
            }
          }
        }
        case Verdict.Refuse(int code, String status, String text, String reason) -> {
          if (!gate.dryRun()) {
            because = gate.label() + ": " + reason;
            return new Ruling(Optional.of(reply(code, status, text)), false);
          }
          note(notes, gate, "would refuse: " + reason);
        }
        case Verdict.Defer(int code, String status, String text, String reason) -> {
          if (!gate.dryRun()) {
            because = gate.label() + ": " + reason;
            return new Ruling(Optional.of(reply(code, status, text)), false);
          }
          note(notes, gate, "would defer: " + reason);
        }
      }
    }
    return new Ruling(Optional.empty(), false);
  }

  private static void note(Notes notes, Guarded gate, String reason) {
    notes.attribute("gate." + gate.label(), reason);
  }

  /// Who adds more has lost its mind or its master: nothing that it says about the mail is done.
  private Verdict bounded(Guarded gate, Verdict.Change change, Content content) {
    int added = content.added(change.mail());
    if (added <= addedMax) {
      return change;
    }
    String why =
        "it adds %d recipients, and may add %d (recipients-max)".formatted(added, addedMax);
    log.atWarn().addKeyValue("gate", gate.label()).addKeyValue("why", why).log("gate-failed");
    return GateQuestion.failed(gate, "failed: " + why);
  }

  private static SmtpReply reply(int code, String status, String text) {
    return SmtpReply.plain(code, status + " " + Notes.printable(text, TEXT_MAX));
  }

  private static void story(Guarded gate, Stage stage, Visitor visitor, Verdict verdict) {
    String reason =
        switch (verdict) {
          case Verdict.Pass _ -> "";
          case Verdict.Tag(var _, var _, String why) -> why;
          case Verdict.Accept(String why) -> why;
          case Verdict.Change(var _, var _, String why) -> why;
          case Verdict.Refuse(var _, var _, var _, String why) -> why;
          case Verdict.Defer(var _, var _, var _, String why) -> why;
        };
    if (verdict instanceof Verdict.Pass) {
      return;
    }
    log.atInfo()
        .addKeyValue("gate", gate.label())
        .addKeyValue("stage", stage.word())
        .addKeyValue("verdict", verdict.getClass().getSimpleName())
        .addKeyValue("reason", Notes.printable(reason, TEXT_MAX))
        .addKeyValue("dryRun", gate.dryRun())
        .addKeyValue("remote", AddressText.of(visitor.remote()))
        .log("gate");
  }
}
