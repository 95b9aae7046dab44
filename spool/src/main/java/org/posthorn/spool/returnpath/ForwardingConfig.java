package org.posthorn.spool.returnpath;

import java.time.Duration;
import java.util.Optional;
import org.posthorn.message.Domain;

/// How mail of others is sent on to other servers.
public record ForwardingConfig(
    /// Whether mail of foreign senders that aliases and redirections send on to other servers gets
    /// an envelope sender of ours (SRS), from which bounces find back. Without it, servers that
    /// check SPF refuse such mail.
    boolean srs,
    /// The domain of these senders. Its MX must be this server; it need not be one of those with
    /// users. Default: the domain of the alias.
    Optional<String> srsDomain,
    /// How long bounces find back. 1d to 365d.
    Duration srsKeep,
    /// Whether nothing but bounces finds back, that is mail without a sender: whoever knows such an
    /// address can otherwise send through us to whom it stands for.
    boolean srsBouncesOnly) {
  private static final int KEEP_MAX_DAYS = 365;

  public ForwardingConfig {
    if (srsDomain.isPresent()
        && Domain.parse(srsDomain.get()).filter(domain -> !domain.isLiteral()).isEmpty()) {
      throw new IllegalArgumentException(
          "forwarding srs-domain must be a domain such as bounces.example.org, not '"
              + srsDomain.get()
              + "'");
    }
    if (srsKeep.toDays() < 1 || srsKeep.compareTo(Duration.ofDays(KEEP_MAX_DAYS)) > 0) {
      throw new IllegalArgumentException(
          "forwarding srs-keep is %s: set it between 1d and 365d".formatted(srsKeep));
    }
  }

  public static ForwardingConfig defaults() {
    return new ForwardingConfig(true, Optional.empty(), Duration.ofDays(21), true);
  }
}
