package org.posthorn.mailets.gate;

import java.util.List;
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.Directory;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// Clients, names, senders and recipients that the operator has named, and what becomes of them.
/// All that is given must fit; recipients as they are written or as the directory knows them, for a
/// detail or a domain that is an alias makes nobody else of them. It decides as soon as it can:
/// with `recipients` at RCPT, else with `senders` at MAIL, else with `names` at EHLO, else when the
/// client connects.
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
  private final Directory directory;

  private AccessList(Settings settings, Directory directory) {
    this.directory = directory;
    this.clients =
        Patterns.lines(settings.clients).stream()
            .map(line -> AddressRange.of("clients", line))
            .toList();
    this.names = Patterns.of("names", settings.names);
    this.senders = Patterns.ofAddresses("senders", settings.senders);
    this.recipients = Patterns.ofAddresses("recipients", settings.recipients);
    this.then = settings.then;
    this.text = settings.text;
    this.stage = stage();
  }

  public record Settings(
      @Parameter("Addresses and networks of clients; a text of several lines has one a line.")
          List<String> clients,
      @Parameter("Names that clients give in EHLO: whole, .below, with * or /regular/.")
          List<String> names,
      @Parameter(
              value = "Envelope senders: addresses, @domain, .below, with * or /regular/.",
              example = "[@spam.example]")
          List<String> senders,
      @Parameter("Recipients, written the same way.") List<String> recipients,
      @Parameter(value = "What becomes of those that fit.", otherwise = "refuse") Reaction then,
      @Parameter(
              value = "What a client that is refused is told.",
              otherwise = "You are not welcome here")
          String text) {
    public Settings {
      if (clients.isEmpty() && names.isEmpty() && senders.isEmpty() && recipients.isEmpty()) {
        throw new ParameterException("give at least one of clients, names, senders, recipients");
      }
    }
  }

  public static final class Factory implements GateFactory<Settings> {
    @Override
    public String name() {
      return "AccessList";
    }

    @Override
    public String summary() {
      return "Refuses, accepts or notes clients, names, senders and recipients that you name.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Gate create(Settings settings, Services services) {
      return new AccessList(settings, services.directory());
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
            fits(visitor) && fitsSender(mail) && fitsRecipient(recipient.address()),
            "the recipient")
        : Verdict.pass();
  }

  private boolean fits(Visitor visitor) {
    return (clients.isEmpty()
            || clients.stream().anyMatch(range -> range.contains(visitor.remote())))
        && (names.isEmpty() || fitsName(visitor.helo().orElse("")));
  }

  /// As the client wrote it, and as the DNS has it: without a dot at the end, in its letters.
  private boolean fitsName(String name) {
    String bare = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    return names.match(name)
        || names.match(bare)
        || Domain.parse(bare).filter(domain -> names.match(domain.ascii())).isPresent();
  }

  private boolean fitsSender(IncomingMail mail) {
    return senders.isEmpty()
        || senders.match(mail.sender().map(sender -> sender.toString()).orElse("<>"));
  }

  private boolean fitsRecipient(MailAddress address) {
    return recipients.match(address.toString())
        || recipients.match(directory.knownAs(address).toString());
  }

  private Verdict judge(boolean fits, String what) {
    return fits
        ? then.verdict("7.1", text, what + " is on the list", "access", "listed")
        : Verdict.pass();
  }
}
