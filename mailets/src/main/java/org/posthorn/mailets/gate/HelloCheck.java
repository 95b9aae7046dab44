package org.posthorn.mailets.gate;

import java.net.InetAddress;
import java.util.Optional;
import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.Domain;

/// Looks at the name in EHLO: whether it is one at all, whether it is ours, and, if the operator
/// wants that, whether the DNS knows it.
final class HelloCheck implements Gate {
  private final Dns dns;
  private final String hostname;
  private final Reaction malformed;
  private final Reaction ours;
  private final Reaction unresolved;

  private HelloCheck(
      Dns dns, String hostname, Reaction malformed, Reaction ours, Reaction unresolved) {
    this.dns = dns;
    this.hostname = hostname;
    this.malformed = malformed;
    this.ours = ours;
    this.unresolved = unresolved;
  }

  public record Settings(
      @Parameter(
              value = "What becomes of one whose name is no name or not its address.",
              otherwise = "refuse")
          Reaction malformed,
      @Parameter(value = "What becomes of one that gives our name.", otherwise = "refuse")
          Reaction ours,
      @Parameter(
              value = "What becomes of one whose name has no address in the DNS.",
              otherwise = "pass")
          Reaction unresolved) {}

  public static final class Factory implements GateFactory<Settings> {
    @Override
    public String name() {
      return "HelloCheck";
    }

    @Override
    public String summary() {
      return "Looks at the name that a client gives in EHLO.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Gate create(Settings settings, Services services) {
      return new HelloCheck(
          services.dns(),
          services.hostname(),
          settings.malformed,
          settings.ours,
          settings.unresolved);
    }
  }

  /// For the DNS.
  @Override
  public boolean mayWait() {
    return unresolved != Reaction.PASS;
  }

  @Override
  public Verdict hello(Visitor visitor) {
    String name = visitor.helo().orElse("");
    Optional<Domain> domain = Domain.parse(name);
    // With a final dot it is the same name.
    if (name.equalsIgnoreCase(hostname)
        || (domain.isPresent() && domain.equals(Domain.parse(hostname)))) {
      return ours.verdict("7.1", "That is our name", "says it is us", "hello", "ours");
    }
    Optional<InetAddress> literal = domain.flatMap(Domain::address);
    if (literal.isPresent()) {
      return literal.get().equals(visitor.remote())
          ? Verdict.pass()
          : bad("That is not your address", "address literal of somebody else: " + name);
    }
    if (domain.isEmpty() || name.indexOf('.') < 0) {
      return bad("Say EHLO with the full name of your host", "no full name: " + name);
    }
    if (unresolved != Reaction.PASS) {
      Dns.Answer<InetAddress> addresses = dns.addresses(name);
      if (!addresses.isUnknown() && addresses.found().isEmpty()) {
        return unresolved.verdict(
            "7.1",
            "The name of your host has no address",
            "no address: " + name,
            "hello",
            "unresolved");
      }
    }
    return Verdict.pass();
  }

  private Verdict bad(String text, String reason) {
    return malformed.verdict("7.1", text, reason, "hello", "malformed");
  }
}
