package org.posthorn.smtp.outbound;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.message.Domain;
import org.posthorn.storage.queue.Wishes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the recipient's domain and the sender ask of a server before it may have a mail. Safe for
/// use by many threads.
record Policies(Optional<StsPolicies> sts, Optional<Dane> dane) {
  private static final Logger log = LoggerFactory.getLogger(Policies.class);

  /// What has been published, for reports: `tried` is a policy that is not to be enforced yet
  /// (testing); `broken` what is wrong however well the server proves itself.
  record Published(TlsOutcomes.Policy policy, boolean tried, Optional<Broken> broken) {
    static final Published NOTHING =
        new Published(TlsOutcomes.Policy.NONE, false, Optional.empty());
  }

  record Broken(TlsOutcomes.Result result, String reason) {}

  /// Who hears what became of the connections to a server, as it has to prove itself. Without a
  /// policy of the domain nobody hears what only the sender asks for.
  TlsWatch watch(MailHost proving, Domain domain, Wishes.Tls wish, TlsOutcomes outcomes) {
    if (proving.anywhere() || domain.isLiteral() || wish == Wishes.Tls.OPTIONAL) {
      return TlsWatch.none();
    }
    if (proving.proof() instanceof Proof.Pinned pinned) {
      return new TlsWatch(outcomes, Optional.of(domain), published(pinned));
    }
    Optional<StsPolicy> policy = sts.flatMap(policies -> policies.of(domain.ascii()));
    Published published =
        policy.map(one -> published(one, proving.name())).orElse(Published.NOTHING);
    return policy.isEmpty() && wish == Wishes.Tls.REQUIRED
        ? TlsWatch.none()
        : new TlsWatch(outcomes, Optional.of(domain), published);
  }

  /// Tells that a server must not even be asked: under the policy that forbids it, if the trouble
  /// knows that; then no other one is looked for.
  void forbidden(MailHost host, Domain domain, Wishes.Tls wish, TlsOutcomes outcomes, Trouble why) {
    boolean isKnown = why.reported().flatMap(Trouble.Reported::policy).isPresent();
    TlsWatch watch =
        isKnown
            ? new TlsWatch(outcomes, Optional.of(domain), Published.NOTHING)
            : watch(host, domain, wish, outcomes);
    watch.forbidden(host, why);
  }

  private static Published published(Proof.Pinned pinned) {
    List<String> records = pinned.published().stream().map(TlsaPin::toString).sorted().toList();
    var unusable =
        new Broken(
            TlsOutcomes.Result.TLSA_INVALID, "Mail servers can use none of the TLSA records");
    return new Published(
        TlsOutcomes.Policy.tlsa(pinned.base(), records),
        false,
        pinned.pins().isEmpty() ? Optional.of(unusable) : Optional.empty());
  }

  private static Published published(StsPolicy policy, String server) {
    boolean tried = policy.mode() == StsPolicy.Mode.TESTING;
    var unnamed =
        new Broken(
            TlsOutcomes.Result.VALIDATION_FAILURE, "The server is not in the MTA-STS policy");
    return new Published(
        new TlsOutcomes.Policy(TlsOutcomes.Kind.STS, policy.lines(), policy.servers()),
        tried,
        tried && !policy.allows(server) ? Optional.of(unnamed) : Optional.empty());
  }

  /// The server with what it has to prove. Throws [Trouble] if it must not have the mail at all.
  MailHost proving(MailHost host, Domain domain, Wishes.Tls wish) throws Trouble {
    if (host.anywhere() || domain.isLiteral()) {
      return wish == Wishes.Tls.REQUIRED ? host.proving(Proof.Wanted.BY_SENDER) : host;
    }
    // `TLS-Required: No` lifts what the domain asks for (RFC 8689 §4.2.2).
    if (wish == Wishes.Tls.OPTIONAL) {
      return host;
    }
    Dane.Finding found =
        dane.isPresent() ? dane.get().of(domain, host) : new Dane.Finding.Nothing();
    return switch (found) {
      // Records of no use prove nothing: whatever else is asked of the server counts too.
      case Dane.Finding.Pinned(var proof) when proof.pins().isEmpty() -> {
        MailHost vouched = byMtaSts(host, domain, wish, /* isOfDomain= */ true);
        yield vouched.proof().isNeeded() ? vouched : host.proving(proof);
      }
      // What DNSSEC proves is not weakened by a policy that it does not (RFC 8461 §2).
      case Dane.Finding.Pinned(var proof) ->
          host.proving(wish == Wishes.Tls.REQUIRED ? proof.wantedBySender() : proof);
      case Dane.Finding.OfDomain() -> byMtaSts(host, domain, wish, /* isOfDomain= */ true);
      case Dane.Finding.Nothing() ->
          byMtaSts(host, domain, wish, host.name().equals(domain.ascii()));
    };
  }

  /// `isOfDomain`: somebody else has vouched for it that the domain names this server.
  private MailHost byMtaSts(MailHost host, Domain domain, Wishes.Tls wish, boolean isOfDomain)
      throws Trouble {
    Optional<StsPolicy> policy = sts.flatMap(policies -> policies.of(domain.ascii()));
    boolean allowed = policy.filter(one -> one.allows(host.name())).isPresent();
    boolean enforced = policy.filter(one -> one.mode() == StsPolicy.Mode.ENFORCE).isPresent();
    if (policy.isPresent() && !allowed) {
      log.atInfo()
          .addKeyValue("domain", domain.ascii())
          .addKeyValue("host", host.name())
          .addKeyValue("mode", policy.get().mode().name().toLowerCase(Locale.ROOT))
          .log("mta-sts-server-not-in-policy");
    }
    if (enforced && !allowed) {
      throw unnamed(domain, host, wish).untried().reportedAs(TlsOutcomes.Result.VALIDATION_FAILURE);
    }
    if (wish == Wishes.Tls.REQUIRED) {
      // The name of the server comes from the DNS, so somebody must vouch for it (§4.2.1).
      if (!allowed && !isOfDomain) {
        throw Trouble.failed(
                "5.7.10",
                "Neither DNSSEC nor an MTA-STS policy of "
                    + domain
                    + " says that "
                    + host.name()
                    + " is its mail server, and the sender requires TLS")
            .untried();
      }
      return host.proving(Proof.Wanted.BY_SENDER);
    }
    return enforced ? host.proving(Proof.Wanted.BY_DOMAIN) : host;
  }

  /// What the sender wants and cannot be had goes back at once (RFC 8689 §4.2.1).
  private static Trouble unnamed(Domain domain, MailHost host, Wishes.Tls wish) {
    String what =
        "The MTA-STS policy of " + domain + " does not name its mail server " + host.name();
    return wish == Wishes.Tls.REQUIRED
        ? Trouble.failed("5.7.10", what + ", and the sender requires TLS")
        : Trouble.deferred("4.7.5", what);
  }
}
