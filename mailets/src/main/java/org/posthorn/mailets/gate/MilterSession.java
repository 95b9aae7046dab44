package org.posthorn.mailets.gate;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Inet6Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.AddressText;
import org.posthorn.message.MailAddress;
import org.posthorn.message.OriginalRecipient;

/// What a milter is told of one client, from its coming to its going, and what it says to it. Used
/// by one thread at a time. After an `IOException` it is of no more use.
final class MilterSession {
  /// Progress and changes that one answer may consist of.
  private static final int PACKETS_MAX = 100_000;

  /// A line has no more (RFC 5322 §2.1.1).
  private static final int FIELD_NAME_MAX = 998;

  private final MilterLine line;
  private final MilterMacros macros;
  private final Duration patience;
  private final Duration most;

  /// What the milter has said of the whole connection.
  private Optional<Verdict> ofConnection = Optional.empty();

  private Mail mail = Mail.NONE;
  private boolean behindMail;

  /// Steps of this kind are told no more.
  private Optional<MilterStep> skipped = Optional.empty();

  /// How far the milter is with a mail.
  private enum Mail {
    NONE,
    /// It was told of the sender.
    UNDER_WAY,
    /// It wants to hear no more of it.
    ACCEPTED,
    /// It wants it to be thrown away.
    DISCARDED
  }

  /// `patience`: how long it may be silent; `most`: how long a step may take.
  MilterSession(MilterLine line, String hostname, Duration patience, Duration most) {
    this.line = line;
    this.macros = new MilterMacros(hostname);
    this.patience = patience;
    this.most = most;
  }

  MilterLine line() {
    return line;
  }

  /// Whether the milter could hear of another client now: libmilter takes one only behind a mail to
  /// which it said "continue".
  boolean isBehindMail() {
    return behindMail && mail == Mail.NONE && ofConnection.isEmpty();
  }

  Verdict connect(Visitor visitor) throws IOException {
    macros.client(visitor);
    return ofConnection(tell(MilterStep.CONNECT, address(visitor)));
  }

  Verdict hello(Visitor visitor) throws IOException {
    if (ofConnection.isPresent()) {
      return ofConnection.get();
    }
    abort();
    macros.client(visitor);
    return ofConnection(tell(MilterStep.HELO, MilterWire.text(visitor.helo().orElse(""))));
  }

  private Verdict ofConnection(MilterAnswer answer) {
    Verdict verdict =
        switch (answer) {
          case MilterAnswer.Continue _, MilterAnswer.Discard _ -> Verdict.pass();
          case MilterAnswer.Accept _ -> Verdict.pass();
          case MilterAnswer.Refusal(Verdict refusal) -> refusal;
        };
    if (answer instanceof MilterAnswer.Accept || answer instanceof MilterAnswer.Refusal) {
      ofConnection = Optional.of(verdict);
    }
    return verdict;
  }

  Verdict sender(Visitor visitor, IncomingMail incoming) throws IOException {
    if (ofConnection.isPresent()) {
      return ofConnection.get();
    }
    abort();
    macros.client(visitor);
    macros.mail(incoming);
    mail = Mail.UNDER_WAY;
    String sender = incoming.sender().map(MailAddress::toString).orElse("");
    return ofMail(tell(MilterStep.MAIL, path(sender, incoming.parameters())));
  }

  Verdict recipient(Visitor visitor, IncomingMail incoming, Recipient recipient)
      throws IOException {
    if (ofConnection.isPresent()) {
      return ofConnection.get();
    }
    Verdict before = toldAgain(visitor, incoming);
    if (!(before instanceof Verdict.Pass) || mail != Mail.UNDER_WAY) {
      return before;
    }
    macros.recipient(recipient.address());
    return ofMail(
        tell(MilterStep.RCPT, path(recipient.address().toString(), parameters(recipient))));
  }

  /// An address, and the ESMTP parameters behind it: each a text of its own.
  private static byte[] path(String address, List<String> parameters) {
    var data = new ByteArrayOutputStream();
    data.writeBytes(MilterWire.text("<" + address + ">"));
    parameters.forEach(parameter -> data.writeBytes(MilterWire.text(parameter)));
    return data.toByteArray();
  }

  /// All that a client can ask for a recipient (RFC 3461 §4).
  private static List<String> parameters(Recipient recipient) {
    List<String> parameters = new ArrayList<>();
    if (!recipient.notifications().isEmpty()) {
      parameters.add(
          recipient.notifications().stream()
              .sorted()
              .map(Recipient.Notify::name)
              .collect(Collectors.joining(",", "NOTIFY=", "")));
    }
    recipient
        .originalRecipient()
        .flatMap(OriginalRecipient::encode)
        .ifPresent(value -> parameters.add("ORCPT=" + value));
    return parameters;
  }

  private Verdict ofMail(MilterAnswer answer) {
    return switch (answer) {
      case MilterAnswer.Continue _ -> Verdict.pass();
      case MilterAnswer.Accept _ -> {
        mail = Mail.ACCEPTED;
        yield Verdict.pass();
      }
      case MilterAnswer.Discard _ -> {
        mail = Mail.DISCARDED;
        yield Verdict.pass();
      }
      case MilterAnswer.Refusal(Verdict refusal) -> refusal;
    };
  }

  /// A mail is told from its beginning where the milter has forgotten it: for a hello that it let
  /// pass and that another gate has refused, so that all stays as it was (RFC 5321 §4.1.4).
  private Verdict toldAgain(Visitor visitor, IncomingMail incoming) throws IOException {
    if (mail != Mail.NONE) {
      return Verdict.pass();
    }
    Verdict verdict = hello(visitor);
    if (verdict instanceof Verdict.Pass) {
      verdict = sender(visitor, incoming);
      if (!(verdict instanceof Verdict.Pass)) {
        abort(); // It is in no mail, and the client in one.
      }
    }
    for (Recipient recipient : incoming.recipients()) {
      if (verdict instanceof Verdict.Pass) {
        verdict = recipient(visitor, incoming, recipient);
      }
    }
    return verdict;
  }

  /// Forgets a mail that did not come to its end.
  private void abort() throws IOException {
    skipped = Optional.empty();
    if (mail != Mail.NONE) {
      mail = Mail.NONE;
      line.wire().send('A');
    }
  }

  Verdict content(Visitor visitor, IncomingMail incoming, Message message) throws IOException {
    if (ofConnection.isPresent()) {
      return ofConnection.get();
    }
    Verdict before = toldAgain(visitor, incoming);
    if (!(before instanceof Verdict.Pass)) {
      return before;
    }
    return switch (mail) {
      case NONE, ACCEPTED -> Verdict.pass();
      case DISCARDED -> Verdict.discard(incoming, message, "milter: discard");
      case UNDER_WAY -> judged(incoming, message);
    };
  }

  private Verdict judged(IncomingMail incoming, Message message) throws IOException {
    macros.content(message.sizeBytes(), incoming.recipients().size());
    try (InputStream bytes = message.open();
        Remote.Watch watch = line.remote().watch(patience, most)) {
      var header = new HeaderLines(bytes.readNBytes((int) message.structure().root().bodyStart()));
      boolean givesSpace = line.terms().without(MilterStep.LEADING_SPACE);
      var edits = new MilterEdits(incoming, message, header, givesSpace);
      return switch (told(header, bytes, edits, watch)) {
        case MilterAnswer.Continue _, MilterAnswer.Accept _ -> edits.verdict();
        case MilterAnswer.Discard _ -> Verdict.discard(incoming, message, "milter: discard");
        case MilterAnswer.Refusal(Verdict refusal) -> refusal;
      };
    }
  }

  /// Tells all of a content, until the milter has heard enough.
  private MilterAnswer told(
      HeaderLines header, InputStream bytes, MilterEdits edits, Remote.Watch watch)
      throws IOException {
    MilterAnswer answer = step(MilterStep.DATA, new byte[0], 0, Optional.empty(), watch);
    for (String[] field : header.told()) {
      if (answer instanceof MilterAnswer.Continue) {
        byte[] data = field(field);
        answer = step(MilterStep.HEADER, data, data.length, Optional.empty(), watch);
      }
    }
    if (answer instanceof MilterAnswer.Continue) {
      answer = step(MilterStep.END_OF_HEADER, new byte[0], 0, Optional.empty(), watch);
    }
    if (answer instanceof MilterAnswer.Continue) {
      answer = body(bytes, watch);
    }
    if (answer instanceof MilterAnswer.Continue) {
      answer = step(MilterStep.END_OF_MESSAGE, new byte[0], 0, Optional.of(edits), watch);
      mail = Mail.NONE;
      behindMail = answer instanceof MilterAnswer.Continue;
    }
    return answer;
  }

  private MilterAnswer body(InputStream bytes, Remote.Watch watch) throws IOException {
    MilterAnswer answer = new MilterAnswer.Continue();
    if (MilterStep.BODY.isLeftOut(line.terms())) {
      return answer;
    }
    byte[] chunk = new byte[MilterWire.CHUNK_BYTES];
    int count = bytes.readNBytes(chunk, 0, chunk.length);
    while (answer instanceof MilterAnswer.Continue && count > 0 && !isSkipped(MilterStep.BODY)) {
      answer = step(MilterStep.BODY, chunk, count, Optional.empty(), watch);
      count = bytes.readNBytes(chunk, 0, chunk.length);
    }
    return answer;
  }

  /// Of a long one the beginning: libmilter hangs up on a packet that is longer than this, and then
  /// nobody would have judged the mail.
  private byte[] field(String[] field) {
    boolean whole = line.terms().without(MilterStep.LEADING_SPACE);
    String value = whole || !field[1].startsWith(" ") ? field[1] : field[1].substring(1);
    String name = beginning(field[0], FIELD_NAME_MAX);
    String told = beginning(value.replace("\0", ""), MilterWire.CHUNK_BYTES - name.length() - 2);
    return (name + '\0' + told + '\0').getBytes(ISO_8859_1);
  }

  private static String beginning(String text, int most) {
    return text.substring(0, Math.min(text.length(), most));
  }

  private boolean isSkipped(MilterStep step) {
    return skipped.isPresent() && skipped.get() == step;
  }

  private MilterAnswer tell(MilterStep step, byte[] data) throws IOException {
    try (Remote.Watch watch = line.remote().watch(patience, most)) {
      return step(step, data, data.length, Optional.empty(), watch);
    }
  }

  /// Tells the milter something, unless it has no use for it, and hears what it says to that.
  private MilterAnswer step(
      MilterStep step, byte[] data, int length, Optional<MilterEdits> edits, Remote.Watch watch)
      throws IOException {
    if (isSkipped(step)) {
      return new MilterAnswer.Continue();
    }
    line.wire().macros(step.letter(), macros.at(step, line.terms()));
    if (step.isLeftOut(line.terms())) {
      return new MilterAnswer.Continue();
    }
    line.wire().send(step.letter(), data, length);
    watch.renew();
    if (step.isSilent(line.terms())) {
      return new MilterAnswer.Continue();
    }
    line.wire().flush();
    return answer(step, edits, watch);
  }

  private MilterAnswer answer(MilterStep step, Optional<MilterEdits> edits, Remote.Watch watch)
      throws IOException {
    for (int i = 0; i < PACKETS_MAX; i++) {
      MilterWire.Packet packet = line.wire().next();
      watch.renew();
      Optional<MilterAnswer> answer = last(step, packet);
      if (answer.isPresent()) {
        return answer.get();
      }
      boolean isProgress = packet.kind() == 'p';
      if (!isProgress && (edits.isEmpty() || !edits.get().apply(packet, line.wire(), watch))) {
        throw new IOException("the milter says '" + packet.kind() + "' to " + step);
      }
    }
    throw new IOException("the milter never comes to an end");
  }

  /// What ends an answer.
  private Optional<MilterAnswer> last(MilterStep step, MilterWire.Packet packet)
      throws IOException {
    return switch (packet.kind()) {
      case 'c' -> Optional.of(new MilterAnswer.Continue());
      case 's' -> {
        skipped = Optional.of(step);
        yield Optional.of(new MilterAnswer.Continue());
      }
      case 'a' -> Optional.of(new MilterAnswer.Accept());
      case 'd' -> Optional.of(new MilterAnswer.Discard());
      case 'r' -> Optional.of(MilterAnswer.REJECT);
      case 't' -> Optional.of(MilterAnswer.TEMPFAIL);
      case '4', 'f' -> Optional.of(MilterAnswer.SHUT_DOWN);
      case 'y' -> Optional.of(MilterAnswer.reply(String.join("", packet.texts(0, 1))));
      default -> Optional.empty();
    };
  }

  /// Name, family, port (which is not known) and address.
  private static byte[] address(Visitor visitor) {
    String address = AddressText.of(visitor.remote());
    boolean six = visitor.remote() instanceof Inet6Address;
    var data = new ByteArrayOutputStream();
    data.writeBytes(MilterWire.text("[" + address + "]"));
    data.write(six ? '6' : '4');
    data.writeBytes(new byte[] {0, 0});
    data.writeBytes(MilterWire.text(address));
    return data.toByteArray();
  }
}
