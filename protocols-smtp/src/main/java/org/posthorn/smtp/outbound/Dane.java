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
    /// Nothing: the domain is not signed.
    record Nothing() implements Finding {}

    /// The server is one of the domain's; of its certificate nothing is said.
    record OfDomain() implements Finding {}

    /// The server has to prove this.
    record Pinned(Proof.Pinned proof) implements Finding {}
  }

  /// Throws [Trouble] where the DNS does not answer, or with something that is not signed as it
  /// must be: to go on without would be what somebody in between wants (§2.1.3). That concerns mail
  /// that asks for no less.
  Finding of(Domain domain, MailHost host) throws Trouble {
    Optional<ProvenDns.Answer.Secure> exchangers = secure(domain.ascii(), Type.MX, domain.ascii());
    if (exchangers.isEmpty()) {
      return new Finding.Nothing();
    }
    if (!names(exchangers.get(), domain, host)) {
      // The servers were looked up without proof: this one is a lie, or was right a while ago.
      throw Trouble.deferred(
              "4.4.3",
              "DANE: the signed DNS of " + domain + " does not name the server " + host.name())
          .atTheDoor()
          .reportedAs(
              TlsOutcomes.Result.DNSSEC_INVALID,
              TlsOutcomes.Policy.tlsa(domain.ascii(), List.of()));
    }
    for (String base : bases(host.name())) {
      Optional<ProvenDns.Answer.Secure> found =
          secure("_" + host.port() + "._tcp." + base, Type.TLSA, base);
      if (found.isPresent() && !found.get().records().isEmpty()) {
        // Also what the domain is another name of (§3.2.2).
        List<String> names = List.of(base, host.name(), domain.ascii(), exchangers.get().name());
        return new Finding.Pinned(proof(found.get().records(), base, new LinkedHashSet<>(names)));
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

  /// Names under which there may be TLSA records. Servers in domains that are not signed are not
  /// asked: many of their DNS servers do not know the question (§2.2.2).
  private Set<String> bases(String host) throws Trouble {
    ProvenDns.Answer four = answered(host, Type.A, host);
    ProvenDns.Answer address =
        four instanceof ProvenDns.Answer.Secure(_, var records) && records.isEmpty()
            ? answered(host, Type.AAAA, host)
            : four;
    return switch (address) {
      // The name to which an alias leads goes before the alias (§2.2.3).
      case ProvenDns.Answer.Secure(String name, _) -> new LinkedHashSet<>(List.of(name, host));
      case ProvenDns.Answer.Insecure(boolean behindAlias) ->
          behindAlias && isSigned(host) ? Set.of(host) : Set.of();
      case ProvenDns.Answer.Unknown _ -> Set.of();
    };
  }

  /// An alias that is signed, and leads into a domain that is not, may have records of its own.
  private boolean isSigned(String alias) throws Trouble {
    return secure(alias, Type.CNAME, alias)
        .filter(found -> !found.name().equalsIgnoreCase(alias))
        .isPresent();
  }

  private Optional<ProvenDns.Answer.Secure> secure(String name, int type, String about)
      throws Trouble {
    return answered(name, type, about) instanceof ProvenDns.Answer.Secure secure
        ? Optional.of(secure)
        : Optional.empty();
  }

  /// `about`: who is to hear of it when there is no answer.
  private ProvenDns.Answer answered(String name, int type, String about) throws Trouble {
    ProvenDns.Answer answer = dns.ask(name, type);
    if (answer instanceof ProvenDns.Answer.Unknown(var why)) {
      throw Trouble.deferred("4.4.3", "DANE: " + why)
          .atTheDoor()
          .reportedAs(TlsOutcomes.Result.DNSSEC_INVALID, TlsOutcomes.Policy.tlsa(about, List.of()));
    }
    return answer;
  }

  private static Proof.Pinned proof(List<Record> records, String base, Set<String> names) {
    List<TlsaPin> all =
        records.stream()
            .filter(TLSARecord.class::isInstance)
            .map(TLSARecord.class::cast)
            .map(TlsaPin::of)
            .toList();
    List<TlsaPin> pins = TlsaPin.strongest(all.stream().filter(TlsaPin::isUsable).toList());
    // A certificate that is named itself needs no name in it (§3.1.1).
    boolean needsName = pins.stream().anyMatch(TlsaPin::isOfAuthority);
    return new Proof.Pinned(
        Set.copyOf(pins),
        base,
        needsName ? names : Set.of(),
        Set.copyOf(all),
        /* bySender= */ false);
  }
}
