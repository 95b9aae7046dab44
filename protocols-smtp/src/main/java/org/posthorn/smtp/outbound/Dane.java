package org.posthorn.smtp.outbound;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.posthorn.message.Domain;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.TLSARecord;
import org.xbill.DNS.Type;

/// What a domain says by DNSSEC of its servers and their certificates (RFC 7672). Safe for use by
/// many threads.
record Dane(ProvenDns dns) {
  sealed interface Finding {
    /// Nothing: the domain is not signed, or its signed MX do not name the server.
    record Nothing() implements Finding {}

    /// The server is one of the domain's; of its certificate nothing is said.
    record OfDomain() implements Finding {}

    /// The server has to prove this.
    record Pinned(Proof.Pinned proof) implements Finding {}
  }

  /// Throws [Trouble] where the DNS does not answer, or with something that is not signed as it
  /// must be: to go on without would be what somebody in between wants (§2.1.3).
  Finding of(Domain domain, MailHost host) throws Trouble {
    Optional<ProvenDns.Answer.Secure> exchangers = secure(domain.ascii(), Type.MX);
    if (exchangers.isEmpty() || !names(exchangers.get(), domain, host)) {
      return new Finding.Nothing();
    }
    Optional<ProvenDns.Answer.Secure> address = address(host.name());
    if (address.isEmpty()) {
      return new Finding.OfDomain();
    }
    // The name to which an alias leads goes before the alias (§2.2.3).
    for (String base : new LinkedHashSet<>(List.of(address.get().name(), host.name()))) {
      Optional<ProvenDns.Answer.Secure> found =
          secure("_" + host.port() + "._tcp." + base, Type.TLSA);
      if (found.isPresent() && !found.get().records().isEmpty()) {
        return new Finding.Pinned(proof(found.get().records(), base, host, domain));
      }
    }
    return new Finding.OfDomain();
  }

  private static boolean names(ProvenDns.Answer.Secure mx, Domain domain, MailHost host) {
    return mx.records().isEmpty()
        ? host.name().equals(domain.ascii())
        : mx.records().stream()
            .anyMatch(record ->
                record instanceof MXRecord exchanger
                    && exchanger
                        .getTarget()
                        .toString(/* omitFinalDot= */ true)
                        .equalsIgnoreCase(host.name()));
  }

  /// Servers in domains that are not signed are not asked for TLSA: many of their DNS servers do
  /// not know the question (§2.2.2).
  private Optional<ProvenDns.Answer.Secure> address(String host) throws Trouble {
    Optional<ProvenDns.Answer.Secure> four = secure(host, Type.A);
    return four.isPresent() && four.get().records().isEmpty() ? secure(host, Type.AAAA) : four;
  }

  private Optional<ProvenDns.Answer.Secure> secure(String name, int type) throws Trouble {
    return switch (dns.ask(name, type)) {
      case ProvenDns.Answer.Secure secure -> Optional.of(secure);
      case ProvenDns.Answer.Insecure() -> Optional.empty();
      case ProvenDns.Answer.Unknown(var why) -> throw Trouble.deferred("4.4.3", "DANE: " + why);
    };
  }

  private static Proof.Pinned proof(
      List<Record> records, String base, MailHost host, Domain domain) {
    List<TlsaPin> pins =
        TlsaPin.strongest(
            records.stream()
                .filter(TLSARecord.class::isInstance)
                .map(TLSARecord.class::cast)
                .map(TlsaPin::of)
                .filter(TlsaPin::isUsable)
                .toList());
    // A certificate that is named itself needs no name in it (§3.1.1).
    boolean needsName = pins.stream().anyMatch(TlsaPin::isOfAuthority);
    List<String> names = needsName ? List.of(base, host.name(), domain.ascii()) : List.of();
    return new Proof.Pinned(Set.copyOf(pins), base, Set.copyOf(new LinkedHashSet<>(names)));
  }
}
