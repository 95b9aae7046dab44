package org.posthorn.mailets.gate;

import java.util.List;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// Takes mail only from domains that could get an answer: with an MX, or an address of their own,
/// and without a null MX (RFC 7505 §4.2).
final class SenderDomain implements Gate {
  private final Dns dns;
  private final Reaction missing;
  private final Reaction unknown;

  private SenderDomain(Dns dns, Reaction missing, Reaction unknown) {
    this.dns = dns;
    this.missing = missing;
    this.unknown = unknown;
  }

  public record Settings(
      @Parameter(
              value = "What becomes of mail from a domain that takes none.",
              otherwise = "refuse")
          Reaction missing,
      @Parameter(value = "What becomes of it when the DNS does not answer.", otherwise = "defer")
          Reaction unknown) {}

  public static final class Factory implements GateFactory<Settings> {
    @Override
    public String name() {
      return "SenderDomain";
    }

    @Override
    public String summary() {
      return "Looks whether the sender's domain can be answered.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Gate create(Settings settings, Services services) {
      return new SenderDomain(services.dns(), settings.missing, settings.unknown);
    }
  }

  @Override
  public Verdict sender(Visitor visitor, IncomingMail mail) {
    return mail.sender()
        .map(MailAddress::domain)
        .filter(domain -> !domain.isLiteral())
        .map(this::judge)
        .orElseGet(Verdict::pass);
  }

  private Verdict judge(Domain domain) {
    String name = domain.ascii();
    return switch (dns.exchangers(name)) {
      case Dns.Answer.Records<Dns.Exchanger>(List<Dns.Exchanger> found) when found.isEmpty() ->
          withoutExchanger(name);
      case Dns.Answer.Records<Dns.Exchanger>(List<Dns.Exchanger> found) ->
          found.stream().allMatch(exchanger -> exchanger.host().isEmpty())
              ? missing.verdict(
                  "7.27",
                  "The sender's domain takes no mail",
                  "null MX: " + name,
                  "sender",
                  "null-mx")
              : Verdict.pass();
      case Dns.Answer.NoSuchName<Dns.Exchanger> _ -> none(name);
      case Dns.Answer.Unknown<Dns.Exchanger>(String why) -> cannotTell(why);
    };
  }

  private Verdict withoutExchanger(String name) {
    var addresses = dns.addresses(name);
    if (addresses.isUnknown()) {
      return cannotTell("no answer about the addresses of " + name);
    }
    return addresses.found().isEmpty() ? none(name) : Verdict.pass();
  }

  private Verdict none(String name) {
    return missing.verdict(
        "1.8",
        "The sender's domain has no mail server",
        "no MX, no address: " + name,
        "sender",
        "no-domain");
  }

  private Verdict cannotTell(String why) {
    return unknown.verdict(
        "4.3", "The sender's domain cannot be looked up now", why, "sender", "unknown");
  }
}
