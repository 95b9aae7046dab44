package org.posthorn.mailets.gate;

import org.posthorn.mailet.Dns;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;

/// Looks up the name of the client's address, and whether that name has the address: few honest
/// servers are without (RFC 1912 §2.1). Notes the name as `rdns.name`.
final class ReverseDns implements Gate {
  /// Names of one address that are looked at.
  private static final int NAMES_MAX = 5;

  private final Dns dns;
  private final Reaction missing;
  private final Reaction unconfirmed;

  private ReverseDns(Dns dns, Reaction missing, Reaction unconfirmed) {
    this.dns = dns;
    this.missing = missing;
    this.unconfirmed = unconfirmed;
  }

  public record Settings(
      @Parameter(value = "What becomes of an address without a name.", otherwise = "tag")
          Reaction missing,
      @Parameter(value = "What becomes of one whose name does not lead back.", otherwise = "tag")
          Reaction unconfirmed) {}

  public static final class Factory implements GateFactory<Settings> {
    @Override
    public String name() {
      return "ReverseDns";
    }

    @Override
    public String summary() {
      return "Looks up the name of the client's address, and whether it leads back.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Gate create(Settings settings, Services services) {
      return new ReverseDns(services.dns(), settings.missing, settings.unconfirmed);
    }
  }

  @Override
  public Verdict hello(Visitor visitor) {
    Dns.Answer<String> names = dns.names(visitor.remote());
    if (names.isUnknown()) {
      return Verdict.pass();
    }
    if (names.found().isEmpty()) {
      return missing.verdict(
          "7.25", "Your address has no name in the DNS", "no PTR", "rdns", "missing");
    }
    boolean unknown = false;
    for (String name : names.found().stream().limit(NAMES_MAX).toList()) {
      var addresses = dns.addresses(name);
      if (addresses.found().contains(visitor.remote())) {
        return Verdict.tag("rdns.name", name, "name " + name);
      }
      unknown |= addresses.isUnknown();
    }
    return unknown
        ? Verdict.pass()
        : unconfirmed.verdict(
            "7.25",
            "The name of your address has another address",
            "PTR not confirmed: " + names.found().getFirst(),
            "rdns",
            "unconfirmed");
  }
}
