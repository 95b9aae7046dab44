package org.posthorn.mailets.smime;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertStore;
import java.security.cert.Certificate;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.posthorn.storage.files.DataFolder;

/// Who may vouch for signers: the certificates that the operator trusts, of authorities or of
/// single people, and the lists of what was called back. Immutable.
record Trust(List<X509Certificate> trusted, List<X509CRL> revoked) {
  private static final int PATH_MAX = 4;

  Trust {
    trusted = List.copyOf(trusted);
    revoked = List.copyOf(revoked);
  }

  static Trust read(DataFolder data, String trusted, List<String> revoked) throws IOException {
    List<X509CRL> lists = new ArrayList<>();
    for (String file : revoked) {
      lists.addAll(Pem.revoked(file, data.read(file)));
    }
    return new Trust(Pem.certificates(trusted, data.read(trusted)), lists);
  }

  /// Looks at the certificate of a signer as it stands at `at`; `others` came with the message. A
  /// finding of `PASS` says nothing about addresses.
  Finding judge(X509Certificate signer, List<X509Certificate> others, Instant at) {
    Instant end = signer.getNotAfter().toInstant();
    Instant start = signer.getNotBefore().toInstant();
    if (at.isAfter(end)) {
      return Finding.of(Finding.Result.EXPIRED, "the certificate ran out on " + day(end));
    } else if (at.isBefore(start)) {
      return Finding.of(Finding.Result.EXPIRED, "the certificate is good from " + day(start));
    }
    Optional<String> objection = Certificates.whyNotSigning(signer);
    if (objection.isPresent()) {
      return Finding.of(Finding.Result.UNTRUSTED, objection.get());
    }
    try {
      return revokedIn(path(signer, others, at))
          .map(why -> Finding.of(Finding.Result.REVOKED, why))
          .orElseGet(() -> Finding.of(Finding.Result.PASS, ""));
    } catch (CertPathBuilderException _) {
      return Finding.of(
          Finding.Result.UNTRUSTED, "nobody that is trusted vouches for the certificate");
    } catch (GeneralSecurityException e) {
      return Finding.of(Finding.Result.UNTRUSTED, "the certificates cannot be followed");
    }
  }

  private static String day(Instant time) {
    return time.toString().substring(0, 10);
  }

  /// From the signer up to one that is trusted, over a few authorities between: the builder tries
  /// every order of those that vouch for each other.
  private List<X509Certificate> path(
      X509Certificate signer, List<X509Certificate> others, Instant at)
      throws GeneralSecurityException {
    if (trusted.contains(signer)) {
      return List.of(signer);
    }
    Set<TrustAnchor> anchors =
        trusted.stream().map(each -> new TrustAnchor(each, null)).collect(Collectors.toSet());
    var target = new X509CertSelector();
    target.setCertificate(signer);
    var parameters = new PKIXBuilderParameters(anchors, target);
    parameters.setDate(Date.from(at));
    parameters.setRevocationEnabled(false);
    parameters.setMaxPathLength(PATH_MAX);
    parameters.addCertStore(
        CertStore.getInstance("Collection", new CollectionCertStoreParameters(others)));
    var result = (PKIXCertPathBuilderResult) CertPathBuilder.getInstance("PKIX").build(parameters);
    List<X509Certificate> path = new ArrayList<>();
    for (Certificate each : result.getCertPath().getCertificates()) {
      path.add((X509Certificate) each);
    }
    path.add(result.getTrustAnchor().getTrustedCert());
    return path;
  }

  /// Whether one of the path was called back by the one above it. A list that is out of date counts
  /// too: what is on it does not become good again.
  private Optional<String> revokedIn(List<X509Certificate> path) {
    for (int i = 0; i + 1 < path.size(); i++) {
      X509Certificate certificate = path.get(i);
      X509Certificate issuer = path.get(i + 1);
      for (X509CRL list : revoked) {
        X509CRLEntry entry = isFrom(list, issuer) ? list.getRevokedCertificate(certificate) : null;
        if (entry != null) {
          return Optional.of(
              "%s was called back on %s"
                  .formatted(
                      i == 0 ? "the certificate" : "a certificate above it",
                      day(entry.getRevocationDate().toInstant())));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isFrom(X509CRL list, X509Certificate issuer) {
    try {
      if (list.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
        list.verify(issuer.getPublicKey());
        return true;
      }
      return false;
    } catch (GeneralSecurityException _) {
      return false;
    }
  }
}
