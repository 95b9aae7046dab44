package org.posthorn.mailet.test;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.ChainTrial;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Message;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.spool.RehearsedMail;
import org.posthorn.spool.chain.Fate;
import org.posthorn.spool.chain.Rehearsal;

/// A mail on its way through a chain: first say from whom and to whom it is, then what became of
/// it. It is led through the chain by the first thing that is said about that. Every assertion is
/// about all recipients, or after [#forRecipient] about one; when one does not hold, the error
/// shows the whole way. Used by one thread.
public final class Passage {
  /// Some matchers and mailets know a mail again by its id.
  private static final AtomicLong COUNT = new AtomicLong();

  private final ChainTrial trial;
  private final byte[] message;
  private final Map<String, String> notes = new LinkedHashMap<>();
  private Optional<MailAddress> sender = Optional.of(MailAddress.of("sender@example.net"));
  private List<MailAddress> recipients = List.of(MailAddress.of("ann@example.org"));
  private Optional<InetAddress> remote = Optional.of(InetAddress.ofLiteral("192.0.2.1"));
  private Optional<MailAddress> login = Optional.empty();
  private Optional<MailAddress> only = Optional.empty();
  private ChainTrial.@Nullable Passage passage;

  Passage(ChainTrial trial, byte[] message) {
    this.trial = trial;
    this.message = message;
  }

  /// The envelope sender; `<>` for none. `sender@example.net` if nothing is said.
  public Passage from(String address) {
    sender = address.equals("<>") ? Optional.empty() : Optional.of(MailAddress.of(address));
    return this;
  }

  /// `ann@example.org` if nothing is said.
  public Passage to(String... addresses) {
    recipients = Arrays.stream(addresses).map(MailAddress::of).toList();
    return this;
  }

  /// Who has logged in and hands it over.
  public Passage as(String user) {
    login = Optional.of(MailAddress.of(user));
    return this;
  }

  /// The address from which it comes; `192.0.2.1` if nothing is said.
  public Passage remote(String address) {
    remote = Optional.of(InetAddress.ofLiteral(address));
    return this;
  }

  /// A note (an attribute) that an earlier step or a gate has left.
  public Passage note(String name, String value) {
    notes.put(name, value);
    return this;
  }

  /// What follows is about this recipient, with the address as it is in the end.
  public Passage forRecipient(String address) {
    only = Optional.of(MailAddress.of(address));
    return this;
  }

  /// They end in this processor: kept there, or done by a step of it.
  public Passage endsIn(String processor) {
    return all(
        "ends in " + processor,
        fate -> place(fate).startsWith(processor + "/") || place(fate).equals(processor));
  }

  /// They are done, and the reason says so: `done("delivered into INBOX of ann@example.org")`.
  public Passage done(String reason) {
    return all(
        "done: … " + reason + " …",
        fate -> fate instanceof Fate.Served served && served.reason().contains(reason));
  }

  /// As `deliveredInto("Junk of ann@example.org")`.
  public Passage deliveredInto(String mailbox) {
    return all(
        "delivered into " + mailbox,
        fate ->
            fate instanceof Fate.Served served
                && served.reason().startsWith("delivered into ")
                && Arrays.asList(served.reason().substring(15).split(", ", -1)).contains(mailbox));
  }

  /// They go to the servers of their domains.
  public Passage relayed() {
    return all(
        "relayed", fate -> fate instanceof Fate.Relayed relayed && relayed.smarthost().isEmpty());
  }

  /// They go to this server.
  public Passage relayedTo(String host) {
    return all(
        "relayed to " + host,
        fate ->
            fate instanceof Fate.Relayed relayed
                && relayed.smarthost().filter(one -> one.host().equals(host)).isPresent());
  }

  /// They stay in this repository, for an operator: that of a processor whose end is `keep`, or one
  /// that a mailet named.
  public Passage keptIn(String repository) {
    return all(
        "kept in " + repository,
        fate ->
            (fate instanceof Fate.Kept kept && kept.step().processor().equals(repository))
                || (fate instanceof Fate.Parked parked && parked.repository().equals(repository)));
  }

  /// The step is tried again later, and the reason says so.
  public Passage triedAgain(String reason) {
    return all(
        "tried again: … " + reason + " …",
        fate -> fate instanceof Fate.Retried retried && retried.reason().contains(reason));
  }

  /// They wait until a time before they go on, and the reason says so.
  public Passage waits(String reason) {
    return all(
        "waits: … " + reason + " …",
        fate -> fate instanceof Fate.Waiting waiting && waiting.reason().contains(reason));
  }

  /// A step has taken some of them, as `root/Stamp`.
  public Passage goesThrough(String step) {
    return holds("goes through " + step, turns().stream().anyMatch(turn -> took(turn, step)));
  }

  public Passage passesBy(String step) {
    return holds("passes " + step + " by", turns().stream().noneMatch(turn -> took(turn, step)));
  }

  /// In the end there is a field that says just this, read as people see it.
  public Passage hasHeader(String name, String value) {
    return all(
        "has the header " + name + ": " + value,
        fate -> values(fate.mail().message(), name).contains(value));
  }

  public Passage hasNoHeader(String name) {
    return all("has no header " + name, fate -> values(fate.mail().message(), name).isEmpty());
  }

  /// In the end its bytes, read as UTF-8, have that text in them.
  public Passage hasText(String text) {
    return all("has the text " + text, fate -> text(fate.mail().message()).contains(text));
  }

  /// In the end there is a note (an attribute) with this value.
  public Passage hasNote(String name, String value) {
    return all(
        "has the note " + name + "=" + value,
        fate -> value.equals(fate.mail().attributes().get(name)));
  }

  /// In the end the envelope sender is this one; `<>` for none.
  public Passage hasSender(String address) {
    return all(
        "has the sender " + address,
        fate ->
            fate.mail().sender().map(MailAddress::toString).orElse("<>").equalsIgnoreCase(address));
  }

  /// In the end these are the recipients, in any order.
  public Passage hasRecipients(String... addresses) {
    List<String> there =
        fates().stream()
            .flatMap(fate -> fate.mail().addresses().stream())
            .map(MailAddress::toString)
            .sorted()
            .toList();
    return holds(
        "has the recipients " + String.join(", ", addresses),
        there.equals(Arrays.stream(addresses).sorted().toList()));
  }

  /// Some step has asked the server to do something that has these words in it: `new mail
  /// (vacation)`, `note to …`.
  public Passage asksFor(String words) {
    return holds(
        "asks for … " + words + " …",
        turns().stream()
            .flatMap(turn -> turn.deeds().stream())
            .anyMatch(deed -> deed.contains(words)));
  }

  /// All of it, for assertions of your own.
  public ChainTrial.Passage passage() {
    ChainTrial.Passage known = passage;
    if (known == null) {
      known = trial.run(mail());
      passage = known;
    }
    return known;
  }

  private Mail mail() {
    Mail same = RehearsedMail.of(message, sender, recipients, remote, login, Instant.now());
    Mail mail =
        new Mail(
            new MailId("test" + COUNT.incrementAndGet()),
            same.sender(),
            same.recipients(),
            same.message(),
            same.origin(),
            same.attributes());
    for (Map.Entry<String, String> note : notes.entrySet()) {
      mail = mail.withAttribute(note.getKey(), note.getValue());
    }
    return mail;
  }

  private Passage all(String what, Predicate<Fate> test) {
    List<Fate> fates = fates();
    return holds(what, !fates.isEmpty() && fates.stream().allMatch(test));
  }

  private Passage holds(String what, boolean isSo) {
    if (!isSo) {
      throw new AssertionError(
          "Expected that it%s %s, but:%n%s"
              .formatted(only.map(one -> " (for " + one + ")").orElse(""), what, story()));
    }
    return this;
  }

  private List<Fate> fates() {
    return passage().fates().stream()
        .filter(fate -> only.isEmpty() || fate.mail().addresses().contains(only.get()))
        .toList();
  }

  private List<Rehearsal.Turn> turns() {
    return passage().report().turns();
  }

  private static boolean took(Rehearsal.Turn turn, String step) {
    return !turn.matched().isEmpty() && step.equals(turn.processor() + "/" + turn.step());
  }

  private static String place(Fate fate) {
    return switch (fate) {
      case Fate.Served(_, var step, _) -> step.processor() + "/" + step.step();
      case Fate.Kept(_, var step) -> step.processor() + "/" + step.step();
      case Fate.Parked(_, var step, _, _, _) -> step.processor() + "/" + step.step();
      case Fate.Retried(_, var step, _, _) -> step.processor() + "/" + step.step();
      case Fate.Waiting(_, var step, _, _, _) -> step.processor() + "/" + step.step();
      case Fate.Relayed _, Fate.Underway _ -> "";
    };
  }

  private static List<String> values(Message message, String name) {
    return message.headers().stream()
        .filter(field -> field.is(name))
        .map(field -> EncodedWord.decode(field.value()))
        .toList();
  }

  private static String text(Message message) {
    try (InputStream in = message.open()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The whole way, a line for each thing.
  private String story() {
    List<String> lines = new ArrayList<>();
    for (Rehearsal.Turn turn : turns()) {
      lines.add(
          turn.matched().isEmpty()
              ? "  %s/%s passed by %s".formatted(turn.processor(), turn.step(), turn.passedBy())
              : "  %s/%s for %s: %s"
                  .formatted(turn.processor(), turn.step(), turn.matched(), turn.outcome()));
      turn.changes().forEach(change -> lines.add("      " + change));
      turn.deeds().forEach(deed -> lines.add("      asks for: " + deed));
    }
    for (Rehearsal.End end : passage().report().ends()) {
      lines.add(
          "  in the end %s: %s at %s: %s"
              .formatted(end.recipients(), end.kind(), end.place(), end.reason()));
    }
    return String.join(System.lineSeparator(), lines);
  }
}
