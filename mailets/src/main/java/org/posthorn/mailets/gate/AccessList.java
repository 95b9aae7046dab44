package org.posthorn.mailets.gate;

import java.util.List;
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;

/// Clients, names, senders and recipients that the operator has named, and what becomes of them.
/// All that is given must fit. It decides as soon as it can: with `recipients` at RCPT, else with
/// `senders` at MAIL, else with `names` at EHLO, else when the client connects.
final class AccessList implements Gate {
  private enum Stage {
    CONNECTION,
    HELLO,
    SENDER,
    RECIPIENT
  }

  private final List<AddressRange> clients;
  private final Patterns names;
  private final Patterns senders;
  private final Patterns recipients;
  private final Reaction then;
  private final String text;
  private final Stage stage;

  private AccessList(Parameters parameters) {
    this.clients =
        Patterns.lines(parameters, "clients").stream()
            .map(line -> AddressRange.of("clients", line))
            .toList();
    this.names = Patterns.of(parameters, "names");
    this.senders = Patterns.of(parameters, "senders");
    this.recipients = Patterns.of(parameters, "recipients");
    this.then = Reaction.of(parameters, "then", Reaction.REFUSE);
    this.text = parameters.optionalText("text").orElse("You are not welcome here");
    this.stage = stage();
  }

  public static final class Factory implements GateFactory {
    @Override
    public String name() {
      return "AccessList";
    }

    @Override
    public Gate create(Parameters parameters, Services services) {
      return new AccessList(parameters);
    }
  }

  private Stage stage() {
    if (!recipients.isEmpty()) {
      return Stage.RECIPIENT;
    }
    if (!senders.isEmpty()) {
      return Stage.SENDER;
    }
    if (!names.isEmpty()) {
      return Stage.HELLO;
    }
    if (clients.isEmpty()) {
      throw new ParameterException("give at least one of clients, names, senders, recipients");
    }
    return Stage.CONNECTION;
  }

  /// A regular expression may compute for long.
  @Override
  public boolean mayWait() {
    return names.mayWait() || senders.mayWait() || recipients.mayWait();
  }

  @Override
  public Verdict connection(Visitor visitor) {
    return stage == Stage.CONNECTION ? judge(fits(visitor), "the client") : Verdict.pass();
  }

  @Override
  public Verdict hello(Visitor visitor) {
    return stage == Stage.HELLO ? judge(fits(visitor), "the client's name") : Verdict.pass();
  }

  @Override
  public Verdict sender(Visitor visitor, IncomingMail mail) {
    return stage == Stage.SENDER
        ? judge(fits(visitor) && fitsSender(mail), "the sender")
        : Verdict.pass();
  }

  @Override
  public Verdict recipient(Visitor visitor, IncomingMail mail, Recipient recipient) {
    return stage == Stage.RECIPIENT
        ? judge(
            fits(visitor) && fitsSender(mail) && recipients.match(recipient.address().toString()),
            "the recipient")
        : Verdict.pass();
  }

  private boolean fits(Visitor visitor) {
    return (clients.isEmpty()
            || clients.stream().anyMatch(range -> range.contains(visitor.remote())))
        && (names.isEmpty() || names.match(visitor.helo().orElse("")));
  }

  private boolean fitsSender(IncomingMail mail) {
    return senders.isEmpty()
        || senders.match(mail.sender().map(sender -> sender.toString()).orElse("<>"));
  }

  private Verdict judge(boolean fits, String what) {
    return fits
        ? then.verdict("7.1", text, what + " is on the list", "access", "listed")
        : Verdict.pass();
  }
}
