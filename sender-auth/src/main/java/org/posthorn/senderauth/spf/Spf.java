package org.posthorn.senderauth.spf;

import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.posthorn.mailet.Dns;
import org.posthorn.senderauth.spf.SpfResult.Identity;

/// Checks clients by SPF. Safe for use by many threads; a check waits for the DNS, at most about 20
/// seconds in all.
public final class Spf {
  /// RFC 7208 §4.6.4 allows for no less.
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final Dns dns;
  private final String receiver;
  private final InstantSource clock;

  /// `receiver` is our own name, for explanations.
  public Spf(Dns dns, String receiver, InstantSource clock) {
    this.dns = dns;
    this.receiver = receiver;
    this.clock = clock;
  }

  /// Whether `client` may call itself `helo`.
  public SpfResult helo(InetAddress client, String helo) {
    return check(new SpfQuery(client, "postmaster", helo, helo), Identity.HELO);
  }

  /// Whether `client` may send for `domain`, which is its name in ASCII. What has no sender at all
  /// is checked as `postmaster` of the greeting (RFC 7208 §2.4).
  public SpfResult mailFrom(InetAddress client, String localPart, String domain, String helo) {
    String local = localPart.isEmpty() ? "postmaster" : localPart;
    return check(new SpfQuery(client, local, domain, helo), Identity.MAIL_FROM);
  }

  private SpfResult check(SpfQuery query, Identity identity) {
    SpfCheck check = new SpfCheck(new SpfLookups(dns, LIMIT), query, receiver, clock);
    SpfCheck.Finding finding = check.run(query.domain());
    Optional<String> explanation =
        finding.code() == SpfCode.FAIL ? check.explanation(finding) : Optional.empty();
    return new SpfResult(
        identity, query.domain(), query.client(), finding.code(), finding.reason(), explanation);
  }
}
