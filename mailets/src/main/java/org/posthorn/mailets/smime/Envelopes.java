package org.posthorn.mailets.smime;

import java.io.IOException;
import java.io.InputStream;
import java.security.cert.CertificateEncodingException;
import java.util.Collection;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.CMSAuthEnvelopedDataParser;
import org.bouncycastle.cms.CMSEnvelopedDataParser;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.KeyAgreeRecipientInformation;
import org.bouncycastle.cms.KeyTransRecipientInformation;
import org.bouncycastle.cms.Recipient;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.RecipientInformationStore;
import org.bouncycastle.cms.jcajce.JceKeyAgreeAuthEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyAgreeEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransAuthEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.util.Selector;
import org.posthorn.mailet.Message;
import org.posthorn.message.mime.Part;

/// Opens messages that are encrypted as a whole. What comes out goes by as a stream, before it is
/// clear that all of it is sound: its reader keeps nothing of it if it ends with an `IOException`.
/// Used by one thread.
record Envelopes(Message message, Collection<Identity> identities) {
  enum Kind {
    ENVELOPED,
    AUTHENTICATED,
    NONE
  }

  /// What is done with the content while it goes by.
  @FunctionalInterface
  interface Taking<T> {
    T take(InputStream content) throws IOException;
  }

  /// What came of it, and with which cipher.
  record Opened<T>(T taken, Ciphers cipher) {}

  /// Something is wrong with it, in words.
  static final class Sealed extends IOException {
    private static final long serialVersionUID = 1L;

    Sealed(String message) {
      super(message);
    }
  }

  /// As far as the outside of a message tells.
  static boolean isEncrypted(Part root) {
    return (Cms.is(root) && !"signed-data".equalsIgnoreCase(root.parameters().get("smime-type")))
        || (root.isMultipart() && root.subtype().equals("encrypted"));
  }

  static Kind kind(Message message) throws IOException {
    Part root = message.structure().root();
    if (!Cms.is(root)) {
      return Kind.NONE;
    }
    ASN1ObjectIdentifier type = Cms.type(message, root);
    if (type.equals(CMSObjectIdentifiers.envelopedData)) {
      return Kind.ENVELOPED;
    }
    return type.equals(CMSObjectIdentifiers.authEnvelopedData) ? Kind.AUTHENTICATED : Kind.NONE;
  }

  <T> Opened<T> open(Kind kind, Taking<T> taking) throws IOException, CMSException {
    try (Cms.Reading reading = Cms.open(message, message.structure().root())) {
      return switch (kind) {
        case ENVELOPED -> {
          var parser = new CMSEnvelopedDataParser(reading.bytes());
          Ciphers cipher =
              cipher(
                  parser.getContentEncryptionAlgorithm().getAlgorithm(),
                  /* authenticated= */ false);
          yield new Opened<>(taken(parser.getRecipientInfos(), false, reading, taking), cipher);
        }
        case AUTHENTICATED -> {
          var parser = new CMSAuthEnvelopedDataParser(reading.bytes());
          Ciphers cipher =
              cipher(parser.getEncryptionAlgOID().getAlgorithm(), /* authenticated= */ true);
          yield new Opened<>(taken(parser.getRecipientInfos(), true, reading, taking), cipher);
        }
        case NONE -> throw new Sealed("it is not encrypted");
      };
    }
  }

  private static Ciphers cipher(ASN1ObjectIdentifier oid, boolean authenticated) throws Sealed {
    return Ciphers.of(oid)
        .filter(cipher -> cipher.authenticated == authenticated)
        .orElseThrow(() -> new Sealed("it is encrypted with an unknown cipher (" + oid + ")"));
  }

  private <T> T taken(
      RecipientInformationStore recipients,
      boolean authenticated,
      Cms.Reading reading,
      Taking<T> taking)
      throws IOException, CMSException {
    for (RecipientInformation each : recipients.getRecipients()) {
      Optional<Identity> ours = identity(each);
      if (ours.isPresent()) {
        reading.contentBegins();
        try (InputStream content =
            each.getContentStream(recipient(each, ours.get(), authenticated)).getContentStream()) {
          return taking.take(content);
        }
      }
    }
    throw new Sealed("it is not encrypted for a key that is known here");
  }

  private Optional<Identity> identity(RecipientInformation recipient) throws IOException {
    @SuppressWarnings("unchecked") // Of Bouncy Castle's making.
    Selector<X509CertificateHolder> wanted = recipient.getRID();
    for (Identity each : identities) {
      try {
        if (wanted.match(new X509CertificateHolder(each.certificate().getEncoded()))) {
          return Optional.of(each);
        }
      } catch (CertificateEncodingException e) {
        throw new IOException(e);
      }
    }
    return Optional.empty();
  }

  private static Recipient recipient(
      RecipientInformation information, Identity ours, boolean authenticated) throws Sealed {
    return switch (information) {
      case KeyTransRecipientInformation _ ->
          authenticated
              ? new JceKeyTransAuthEnvelopedRecipient(ours.key()).setProvider(Castle.PROVIDER)
              : new JceKeyTransEnvelopedRecipient(ours.key()).setProvider(Castle.PROVIDER);
      case KeyAgreeRecipientInformation _ ->
          authenticated
              ? new JceKeyAgreeAuthEnvelopedRecipient(ours.key()).setProvider(Castle.PROVIDER)
              : new JceKeyAgreeEnvelopedRecipient(ours.key()).setProvider(Castle.PROVIDER);
      default -> throw new Sealed("its key was sent in a way that is not known here");
    };
  }
}
