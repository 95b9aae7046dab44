package org.posthorn.mailets.smime;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSAuthEnvelopedDataStreamGenerator;
import org.bouncycastle.cms.CMSEnvelopedDataStreamGenerator;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.RecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.operator.OutputAEADEncryptor;

/// Bytes that are encrypted for one person as they are read. Used by one thread.
final class Enveloping extends InputStream {
  private static final int PIECE = 8_192;

  private final InputStream plain;
  private final ByteArrayOutputStream ready = new ByteArrayOutputStream(2 * PIECE);
  private final OutputStream encrypting;
  private final byte[] buffer = new byte[PIECE];
  private byte[] piece = new byte[0];
  private int at;
  private boolean over;

  Enveloping(InputStream plain, X509Certificate recipient, Ciphers cipher) throws IOException {
    this.plain = plain;
    try {
      var encryptor =
          new JceCMSContentEncryptorBuilder(cipher.oid).setProvider(Castle.PROVIDER).build();
      if (encryptor instanceof OutputAEADEncryptor authenticating) {
        var generator = new CMSAuthEnvelopedDataStreamGenerator();
        generator.addRecipientInfoGenerator(recipient(recipient));
        this.encrypting = generator.open(ready, authenticating);
      } else {
        var generator = new CMSEnvelopedDataStreamGenerator();
        generator.addRecipientInfoGenerator(recipient(recipient));
        this.encrypting = generator.open(ready, encryptor);
      }
    } catch (CMSException | GeneralSecurityException e) {
      throw new IOException("Cannot encrypt for " + Certificates.subject(recipient), e);
    }
  }

  /// Whether a key is of a kind that can be encrypted for.
  static boolean isPossible(X509Certificate certificate) {
    return certificate.getPublicKey() instanceof RSAPublicKey
        || certificate.getPublicKey() instanceof ECPublicKey;
  }

  /// RSA takes the key; with elliptic curves one is agreed on, with a key of the moment (RFC 5753).
  private static RecipientInfoGenerator recipient(X509Certificate recipient)
      throws GeneralSecurityException {
    if (!(recipient.getPublicKey() instanceof ECPublicKey key)) {
      return new JceKeyTransRecipientInfoGenerator(recipient).setProvider(Castle.PROVIDER);
    }
    KeyPairGenerator moment = KeyPairGenerator.getInstance("EC", Castle.PROVIDER);
    moment.initialize(key.getParams());
    KeyPair pair = moment.generateKeyPair();
    return new JceKeyAgreeRecipientInfoGenerator(
            CMSAlgorithm.ECDH_SHA256KDF,
            pair.getPrivate(),
            pair.getPublic(),
            CMSAlgorithm.AES256_WRAP)
        .addRecipient(recipient)
        .setProvider(Castle.PROVIDER);
  }

  @Override
  public int read() throws IOException {
    return more() ? piece[at++] & 0xFF : -1;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    } else if (!more()) {
      return -1;
    }
    int count = Math.min(length, piece.length - at);
    System.arraycopy(piece, at, into, offset, count);
    at += count;
    return count;
  }

  private boolean more() throws IOException {
    while (at == piece.length && !over) {
      int count = plain.read(buffer);
      if (count < 0) {
        encrypting.close();
        over = true;
      } else {
        encrypting.write(buffer, 0, count);
      }
      piece = ready.toByteArray();
      ready.reset();
      at = 0;
    }
    return at < piece.length;
  }

  @Override
  public void close() throws IOException {
    plain.close();
  }
}
