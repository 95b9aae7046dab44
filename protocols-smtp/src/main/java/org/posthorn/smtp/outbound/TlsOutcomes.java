package org.posthorn.smtp.outbound;

import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.message.Domain;

/// Hears of every new connection to another server whether it was encrypted as its domain wants it,
/// for reports to that domain (RFC 8460). Not of smarthosts and routes, which are the operator's
/// own affair, and not of mail that may go in plain text by its sender's word. Called in the middle
/// of a conversation, so it must be quick and must not throw; safe for use by many threads.
public interface TlsOutcomes {
  /// Nobody listens.
  TlsOutcomes NONE = (_, _, _) -> {};

  /// `failure`: what went wrong, nothing if all was as it should be. `domain` is the recipient's.
  void session(Domain domain, Policy policy, Optional<Failure> failure);

  /// What has been published: `lines` of the policy or TLSA records, and the `servers` that an
  /// MTA-STS policy names; `base` is the domain that has published it (RFC 8460 §1.1), if that is
  /// not the recipient's: TLSA records are the server's.
  record Policy(Kind kind, Optional<Domain> base, List<String> lines, List<String> servers) {
    public static final Policy NONE = new Policy(Kind.NONE, List.of(), List.of());

    /// An MTA-STS policy that is there and could not be had.
    static final Policy UNKNOWN = new Policy(Kind.STS, List.of(), List.of());

    public Policy {
      lines = List.copyOf(lines);
      servers = List.copyOf(servers);
    }

    /// One of the recipient's domain.
    public Policy(Kind kind, List<String> lines, List<String> servers) {
      this(kind, Optional.empty(), lines, servers);
    }

    /// TLSA records of a server.
    static Policy tlsa(String base, List<String> records) {
      return new Policy(Kind.TLSA, Domain.parse(base), records, List.of());
    }
  }

  /// RFC 8460 §4.4, policy-type.
  enum Kind {
    STS("sts"),
    TLSA("tlsa"),
    NONE("no-policy-found");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /// `own`: the address that we came from; `server` its name, `address` the one that was spoken to;
  /// absent where it did not come to that. `reason` in words.
  record Failure(
      Result result,
      Optional<InetAddress> own,
      Optional<String> server,
      Optional<InetAddress> address,
      String reason) {
    static Failure before(Result result, String reason) {
      return new Failure(result, Optional.empty(), Optional.empty(), Optional.empty(), reason);
    }
  }

  /// RFC 8460 §4.3; not its `dane-required`, as nobody can require DANE of others here.
  enum Result {
    STARTTLS_NOT_SUPPORTED,
    CERTIFICATE_HOST_MISMATCH,
    CERTIFICATE_EXPIRED,
    CERTIFICATE_NOT_TRUSTED,
    VALIDATION_FAILURE,
    TLSA_INVALID,
    DNSSEC_INVALID,
    STS_POLICY_FETCH_ERROR,
    STS_POLICY_INVALID,
    STS_WEBPKI_INVALID;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }
}
