package org.posthorn.mailets.smime;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.Time;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.smime.SMIMECapabilitiesAttribute;
import org.bouncycastle.asn1.smime.SMIMECapabilityVector;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSSignedDataStreamGenerator;
import org.bouncycastle.cms.DefaultSignedAttributeTableGenerator;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/// One signature over bytes that go by, in the form of RFC 8551: with the time, the certificate
/// that it was made with (RFC 5035), and what the signer can decrypt. Used by one thread.
final class Signing {
  private static final int EC_LARGE_BITS = 384;

  private final ByteArrayOutputStream made = new ByteArrayOutputStream();
  private final OutputStream signed;

  Signing(Identity identity, boolean pss, Instant now) {
    try {
      var generator = new CMSSignedDataStreamGenerator();
      var signer =
          new JcaContentSignerBuilder(algorithm(identity.key(), pss))
              .setProvider(Castle.PROVIDER)
              .build(identity.key());
      generator.addSignerInfoGenerator(
          new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().build())
              .setSignedAttributeGenerator(
                  new DefaultSignedAttributeTableGenerator(attributes(identity, now)))
              .build(signer, identity.certificate()));
      generator.addCertificates(new JcaCertStore(shown(identity.chain())));
      signed = generator.open(made, /* encapsulate= */ false);
    } catch (CMSException | OperatorCreationException | GeneralSecurityException | IOException e) {
      throw new IllegalStateException("Cannot sign with the key of " + identity, e);
    }
  }

  /// All but a root, which whoever trusts it has.
  private static List<X509Certificate> shown(List<X509Certificate> chain) {
    return chain.stream()
        .filter(each ->
            each.equals(chain.getFirst())
                || !each.getSubjectX500Principal().equals(each.getIssuerX500Principal()))
        .toList();
  }

  /// Such as `SHA256withECDSA`.
  private static String algorithm(PrivateKey key, boolean pss) {
    return switch (key) {
      case RSAKey _ -> pss ? "SHA256withRSAandMGF1" : "SHA256withRSA";
      case ECKey ec -> digest(ec) + "withECDSA";
      default -> key.getAlgorithm();
    };
  }

  private static String digest(ECKey key) {
    return key.getParams().getOrder().bitLength() < EC_LARGE_BITS ? "SHA256" : "SHA384";
  }

  /// With which such a key can sign at all.
  static String plain(PrivateKey key) {
    return algorithm(key, /* pss= */ false);
  }

  /// The parameter `micalg` of multipart/signed.
  static String micalg(PrivateKey key) {
    return switch (key) {
      case RSAKey _ -> "sha-256";
      case ECKey ec -> digest(ec).equals("SHA256") ? "sha-256" : "sha-384";
      default -> "sha-512"; // Ed25519 (RFC 8419 §3)
    };
  }

  private static AttributeTable attributes(Identity identity, Instant now)
      throws GeneralSecurityException {
    var capabilities = new SMIMECapabilityVector();
    capabilities.addCapability(NISTObjectIdentifiers.id_aes256_GCM);
    capabilities.addCapability(NISTObjectIdentifiers.id_aes128_GCM);
    capabilities.addCapability(NISTObjectIdentifiers.id_aes256_CBC);
    capabilities.addCapability(NISTObjectIdentifiers.id_aes128_CBC);
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(identity.certificate().getEncoded());
    var all = new ASN1EncodableVector();
    all.add(new SMIMECapabilitiesAttribute(capabilities));
    all.add(attribute(CMSAttributes.signingTime, new Time(Date.from(now))));
    all.add(
        attribute(
            PKCSObjectIdentifiers.id_aa_signingCertificateV2,
            new SigningCertificateV2(new ESSCertIDv2(hash))));
    return new AttributeTable(all);
  }

  private static Attribute attribute(ASN1ObjectIdentifier type, ASN1Encodable value) {
    return new Attribute(type, new DERSet(value));
  }

  /// The same bytes, which are signed as they are read.
  InputStream watching(InputStream bytes) {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        int b = bytes.read();
        if (b >= 0) {
          signed.write(b);
        }
        return b;
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        int count = bytes.read(into, offset, length);
        if (count > 0) {
          signed.write(into, offset, count);
        }
        return count;
      }

      @Override
      public void close() throws IOException {
        bytes.close();
      }
    };
  }

  /// The CMS of all that was read; asked for once.
  byte[] signature() throws IOException {
    signed.close();
    return made.toByteArray();
  }
}
