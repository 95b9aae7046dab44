package org.posthorn.smtp.outbound;

import java.net.InetAddress;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.posthorn.message.Domain;
import org.posthorn.smtp.outbound.TlsOutcomes.Failure;
import org.posthorn.smtp.outbound.TlsOutcomes.Result;

/// Follows one try to get an encrypted connection and tells the [TlsOutcomes] once what came of it.
/// Confined to one thread.
final class TlsWatch {
  private final TlsOutcomes outcomes;
  private final Optional<Domain> domain;
  private final Policies.Published published;
  private Optional<InetAddress> own = Optional.empty();

  /// Without a domain nobody is told.
  TlsWatch(TlsOutcomes outcomes, Optional<Domain> domain, Policies.Published published) {
    this.outcomes = outcomes;
    this.domain = domain;
    this.published = published;
  }

  static TlsWatch none() {
    return new TlsWatch(TlsOutcomes.NONE, Optional.empty(), Policies.Published.NOTHING);
  }

  void connected(Optional<InetAddress> from) {
    own = from;
  }

  /// Encrypted; a policy that is only tried out may still be broken.
  void secured(Endpoint endpoint, TlsClient tls, SSLSession session) {
    if (domain.isEmpty()) {
      return;
    }
    if (published.broken().isPresent()) {
      failed(endpoint, published.broken().get().result(), published.broken().get().reason());
      return;
    }
    Optional<Exception> problem =
        published.tried() ? tls.problem(session, endpoint.host().name()) : Optional.empty();
    if (problem.isPresent()) {
      failed(endpoint, resultOf(problem.get()), TlsClient.reason(problem.get()));
    } else {
      tell(published.policy(), Optional.empty());
    }
  }

  void failed(Endpoint endpoint, Result result, String reason) {
    tell(
        published.policy(),
        Optional.of(
            new Failure(
                result,
                own,
                Optional.of(endpoint.remote()),
                Optional.of(endpoint.address()),
                reason)));
  }

  /// The server must not even be asked.
  void forbidden(MailHost host, Trouble why) {
    why.reported()
        .ifPresent(told ->
            tell(
                told.policy().orElse(published.policy()),
                Optional.of(
                    new Failure(
                        told.result(),
                        Optional.empty(),
                        Optional.of(host.name()),
                        Optional.empty(),
                        String.valueOf(why.getMessage())))));
  }

  private void tell(TlsOutcomes.Policy policy, Optional<Failure> failure) {
    domain.ifPresent(one -> outcomes.session(one, policy, failure));
  }

  /// What is most particular counts.
  static Result resultOf(Exception failed) {
    Result result = Result.VALIDATION_FAILURE;
    for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case CertificateExpiredException _, CertificateNotYetValidException _ -> {
          return Result.CERTIFICATE_EXPIRED;
        }
        case CertPathBuilderException _, CertPathValidatorException _, DaneTrust.Unnamed _ ->
            result = Result.CERTIFICATE_NOT_TRUSTED;
        default -> {
          if (isAboutTheName(String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT))) {
            return Result.CERTIFICATE_HOST_MISMATCH;
          }
        }
      }
    }
    return result;
  }

  private static boolean isAboutTheName(String text) {
    return text.contains("no name matching") || text.contains("no subject alternative");
  }

  /// Why the policy of a domain could not be had.
  static Result resultOfFetch(Exception failed) {
    return switch (failed) {
      case StsPolicy.Invalid _ -> Result.STS_POLICY_INVALID;
      case SSLException _ -> Result.STS_WEBPKI_INVALID;
      default -> Result.STS_POLICY_FETCH_ERROR;
    };
  }
}
