package org.posthorn.mailets.smime;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSSignedDataParser;
import org.bouncycastle.cms.CMSSignerDigestMismatchException;
import org.bouncycastle.cms.CMSTypedStream;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.util.Store;
import org.posthorn.mailet.Message;
import org.posthorn.mailets.content.Rewritten;
import org.posthorn.message.MailAddress;
import org.posthorn.message.mime.Part;

/// Checks the signatures of one message against whom the operator trusts. The content goes by as a
/// stream. Used by one thread.
record Signatures(Message message, Trust trust, Instant at) {
  private static final int SIGNERS_MAX = 8;

  /// Those of a signer and of the authorities above. With more, of authorities that vouch for each
  /// other, there are too many ways to follow.
  private static final int CERTIFICATES_MAX = 10;

  private static final int CMS_MAX = 1 << 20;

  /// Of RFC 8551 §2.1 and §2.2; what is older can be forged.
  private static final Set<String> DIGESTS =
      Set.of(
          NISTObjectIdentifiers.id_sha256.getId(),
          NISTObjectIdentifiers.id_sha384.getId(),
          NISTObjectIdentifiers.id_sha512.getId(),
          NISTObjectIdentifiers.id_shake256.getId());

  private static final Set<String> ALGORITHMS =
      Set.of(
          PKCSObjectIdentifiers.rsaEncryption.getId(),
          PKCSObjectIdentifiers.id_RSASSA_PSS.getId(),
          PKCSObjectIdentifiers.sha256WithRSAEncryption.getId(),
          PKCSObjectIdentifiers.sha384WithRSAEncryption.getId(),
          PKCSObjectIdentifiers.sha512WithRSAEncryption.getId(),
          X9ObjectIdentifiers.id_ecPublicKey.getId(),
          X9ObjectIdentifiers.ecdsa_with_SHA256.getId(),
          X9ObjectIdentifiers.ecdsa_with_SHA384.getId(),
          X9ObjectIdentifiers.ecdsa_with_SHA512.getId(),
          EdECObjectIdentifiers.id_Ed25519.getId(),
          EdECObjectIdentifiers.id_Ed448.getId());

  /// How a message is signed as a whole; what is signed within other things is not looked at.
  enum Kind {
    DETACHED,
    OPAQUE,
    NONE
  }

  static Kind kind(Message message) throws IOException {
    Part root = message.structure().root();
    if (root.isMultipart() && root.subtype().equals("signed") && root.children().size() == 2) {
      Part signature = root.children().get(1);
      return signature.subtype().equals("pkcs7-signature")
              || signature.subtype().equals("x-pkcs7-signature")
          ? Kind.DETACHED
          : Kind.NONE;
    }
    return Cms.is(root) && Cms.type(message, root).equals(CMSObjectIdentifiers.signedData)
        ? Kind.OPAQUE
        : Kind.NONE;
  }

  /// The bytes that the signature of a message is over; the caller closes it.
  static InputStream signedPart(Message message) throws IOException {
    Part signed = message.structure().root().children().getFirst();
    InputStream all = message.open();
    all.skipNBytes(signed.headerStart());
    return Rewritten.first(all, signed.bodyEnd() - signed.headerStart());
  }

  /// The best of them.
  Finding check(Kind kind) throws IOException, CMSException {
    return switch (kind) {
      case DETACHED -> detached();
      case OPAQUE -> opaque();
      case NONE -> Finding.of(Finding.Result.NONE, "");
    };
  }

  private Finding detached() throws IOException, CMSException {
    byte[] cms;
    try (InputStream in =
        Rewritten.decoded(message, message.structure().root().children().get(1))) {
      cms = in.readNBytes(CMS_MAX + 1);
    }
    if (cms.length > CMS_MAX) {
      throw new IOException("the signature is too large");
    }
    try (InputStream signed = signedPart(message)) {
      var parser =
          new CMSSignedDataParser(
              digests(), new CMSTypedStream(signed), new ByteArrayInputStream(cms));
      parser.getSignedContent().drain();
      return best(parser);
    }
  }

  private Finding opaque() throws IOException, CMSException {
    try (Cms.Reading reading = Cms.open(message, message.structure().root())) {
      var parser = new CMSSignedDataParser(digests(), reading.bytes());
      if (parser.getSignedContent() == null) {
        return Finding.of(Finding.Result.NONE, "");
      }
      reading.contentBegins();
      parser.getSignedContent().drain();
      reading.contentEnds();
      return best(parser);
    }
  }

  private static DigestCalculatorProvider digests() throws IOException {
    try {
      return new JcaDigestCalculatorProviderBuilder().build();
    } catch (OperatorCreationException e) {
      throw new IOException(e);
    }
  }

  private Finding best(CMSSignedDataParser parser) throws IOException, CMSException {
    @SuppressWarnings("unchecked") // Of Bouncy Castle's making.
    Store<X509CertificateHolder> shown = parser.getCertificates();
    List<X509CertificateHolder> holders = List.copyOf(shown.getMatches(null));
    if (holders.size() > CERTIFICATES_MAX || parser.getSignerInfos().size() > SIGNERS_MAX) {
      throw new IOException("there are too many signers or certificates");
    }
    List<X509Certificate> others = new ArrayList<>();
    for (X509CertificateHolder each : holders) {
      others.add(Pem.certificate(each.getEncoded()));
    }
    Map<X509Certificate, Finding> judged = new HashMap<>();
    List<Finding> findings = new ArrayList<>();
    for (SignerInformation signer : parser.getSignerInfos().getSigners()) {
      findings.add(
          judge(
              signer,
              holders,
              one -> judged.computeIfAbsent(one, _ -> trust.judge(one, others, at))));
    }
    return findings.stream()
        .min(Comparator.comparing(Finding::result))
        .orElseGet(() -> Finding.of(Finding.Result.NONE, ""));
  }

  /// `trusted` looks at the certificate.
  private Finding judge(
      SignerInformation signer,
      List<X509CertificateHolder> shown,
      Function<X509Certificate, Finding> trusted)
      throws IOException {
    Optional<X509CertificateHolder> holder = certificate(signer, shown);
    if (holder.isEmpty()) {
      return Finding.of(Finding.Result.ERROR, "the certificate of the signer is missing");
    }
    var certificate = Pem.certificate(holder.get().getEncoded());
    Finding finding =
        whyBroken(signer, holder.get())
            .map(why -> Finding.of(Finding.Result.FAIL, why))
            .orElseGet(() -> trusted.apply(certificate));
    Optional<MailAddress> author = Author.of(message);
    boolean isAuthor = author.filter(one -> Certificates.isFor(certificate, one)).isPresent();
    Optional<String> address =
        isAuthor
            ? author.map(MailAddress::toString)
            : Certificates.addresses(certificate).stream().findFirst();
    if (finding.result() == Finding.Result.PASS && !isAuthor) {
      finding =
          Finding.of(
              Finding.Result.MISMATCH,
              "the certificate is for %s, not for the address in From"
                  .formatted(address.orElse("no address")));
    }
    return new Finding(finding.result(), finding.reason(), Optional.of(certificate), address);
  }

  /// That came with the message, or one that the operator trusts.
  private Optional<X509CertificateHolder> certificate(
      SignerInformation signer, List<X509CertificateHolder> shown) throws IOException {
    for (X509CertificateHolder each : shown) {
      if (signer.getSID().match(each)) {
        return Optional.of(each);
      }
    }
    for (var each : trust.trusted()) {
      try {
        var holder = new X509CertificateHolder(each.getEncoded());
        if (signer.getSID().match(holder)) {
          return Optional.of(holder);
        }
      } catch (java.security.cert.CertificateEncodingException e) {
        throw new IOException(e);
      }
    }
    return Optional.empty();
  }

  /// Why the signature does not hold; absent if it does.
  private static Optional<String> whyBroken(SignerInformation signer, X509CertificateHolder holder)
      throws IOException {
    if (!DIGESTS.contains(signer.getDigestAlgOID())
        || !ALGORITHMS.contains(signer.getEncryptionAlgOID())) {
      return Optional.of("it is signed with an algorithm that is unknown or too weak");
    }
    try {
      var verifier =
          new JcaSimpleSignerInfoVerifierBuilder()
              .setProvider(Castle.PROVIDER)
              .build(BouncyCastleProvider.getPublicKey(holder.getSubjectPublicKeyInfo()));
      return signer.verify(verifier)
          ? Optional.empty()
          : Optional.of("the signature is not that of the certificate");
    } catch (CMSSignerDigestMismatchException _) {
      return Optional.of("the content was changed after it was signed");
    } catch (CMSException | OperatorCreationException _) {
      return Optional.of("the signature cannot be checked");
    }
  }
}
