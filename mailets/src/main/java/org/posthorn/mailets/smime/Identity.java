package org.posthorn.mailets.smime;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMDecryptorProvider;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMException;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMDecryptorProviderBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;

/// A private key of ours, its certificate, and those above it that others may not know; the
/// certificate is the first of `chain`.
record Identity(PrivateKey key, List<X509Certificate> chain) {
  Identity {
    chain = List.copyOf(chain);
  }

  X509Certificate certificate() {
    return chain.getFirst();
  }

  /// No key in a log.
  @Override
  public String toString() {
    return "Identity[" + certificate().getSubjectX500Principal() + "]";
  }

  /// From a PKCS #12 file, or a PEM file with the key and the certificates. What is thrown says
  /// what is wrong with it, and nothing of what is in it.
  static Identity read(String file, byte[] bytes, Optional<String> password) throws IOException {
    char[] word = password.orElse("").toCharArray();
    try {
      Identity read = Pem.isDer(bytes) ? pkcs12(file, bytes, word) : pem(file, bytes, password);
      read.checkPair(file);
      return read;
    } catch (GeneralSecurityException | PKCSException | OperatorCreationException e) {
      throw new IOException(
          "the key in " + file + " cannot be read: is its password the right one?", e);
    }
  }

  private static Identity pkcs12(String file, byte[] bytes, char[] password)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try {
      store.load(new ByteArrayInputStream(bytes), password);
    } catch (IOException e) {
      throw new IOException(file + " cannot be read: is its password the right one?", e);
    }
    for (String alias : Collections.list(store.aliases())) {
      if (store.getKey(alias, password) instanceof PrivateKey key) {
        List<X509Certificate> chain = new ArrayList<>();
        for (Certificate each : store.getCertificateChain(alias)) {
          chain.add((X509Certificate) each);
        }
        return new Identity(own(PrivateKeyInfo.getInstance(key.getEncoded())), chain);
      }
    }
    throw new IOException("there is no private key in " + file);
  }

  private static Identity pem(String file, byte[] bytes, Optional<String> password)
      throws IOException, PKCSException, OperatorCreationException {
    Optional<PrivateKey> key = Optional.empty();
    List<X509Certificate> chain = new ArrayList<>();
    for (Object each : Pem.objects(file, bytes)) {
      if (each instanceof X509CertificateHolder holder) {
        chain.add(Pem.certificate(holder.getEncoded()));
      } else if (key.isEmpty()) {
        key = key(file, each, password);
      }
    }
    if (key.isEmpty() || chain.isEmpty()) {
      throw new IOException("%s has no %s".formatted(file, key.isEmpty() ? "key" : "certificate"));
    }
    return new Identity(key.orElseThrow(), chain);
  }

  private static Optional<PrivateKey> key(String file, Object found, Optional<String> password)
      throws IOException, PKCSException, OperatorCreationException {
    return switch (found) {
      case PEMKeyPair pair -> Optional.of(own(pair.getPrivateKeyInfo()));
      case PrivateKeyInfo info -> Optional.of(own(info));
      case PKCS8EncryptedPrivateKeyInfo info ->
          Optional.of(
              own(
                  info.decryptPrivateKeyInfo(
                      new JceOpenSSLPKCS8DecryptorProviderBuilder()
                          .setProvider(Castle.PROVIDER)
                          .build(password(file, password)))));
      case PEMEncryptedKeyPair pair -> {
        PEMDecryptorProvider decryptor =
            new JcePEMDecryptorProviderBuilder()
                .setProvider(Castle.PROVIDER)
                .build(password(file, password));
        try {
          yield Optional.of(own(pair.decryptKeyPair(decryptor).getPrivateKeyInfo()));
        } catch (PEMException e) {
          throw new IOException(file + " cannot be read: is its password the right one?", e);
        }
      }
      default -> Optional.empty();
    };
  }

  private static char[] password(String file, Optional<String> password) throws IOException {
    return password
        .orElseThrow(() -> new IOException("the key in " + file + " has a password: name its file"))
        .toCharArray();
  }

  /// As the provider likes keys that works with them.
  private static PrivateKey own(PrivateKeyInfo info) throws IOException {
    Castle.PROVIDER.getName();
    return BouncyCastleProvider.getPrivateKey(info);
  }

  /// Whether the certificate is that of the key; found out by signing something.
  private void checkPair(String file) throws IOException, GeneralSecurityException {
    var sign = java.security.Signature.getInstance(Signing.plain(key), Castle.PROVIDER);
    sign.initSign(key);
    sign.update(new byte[16]);
    var check = java.security.Signature.getInstance(Signing.plain(key), Castle.PROVIDER);
    check.initVerify(
        BouncyCastleProvider.getPublicKey(
            new X509CertificateHolder(certificate().getEncoded()).getSubjectPublicKeyInfo()));
    check.update(new byte[16]);
    boolean fits;
    try {
      fits = check.verify(sign.sign());
    } catch (GeneralSecurityException _) {
      fits = false;
    }
    if (!fits) {
      throw new IOException(
          "the first certificate in " + file + " is not that of the key; put it first");
    }
  }
}
