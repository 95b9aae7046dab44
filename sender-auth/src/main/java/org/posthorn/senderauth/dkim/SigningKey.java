package org.posthorn.senderauth.dkim;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/// A private key that signs mail, under the selector by which others find its public half. Safe for
/// use by many threads. Its text form says nothing of the key.
public final class SigningKey {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int PROBE_BYTES = 32;

  /// What stands before the 32 bytes of a key to make it one of PKCS#8 (RFC 8410 §7).
  private static final byte[] ED25519_PKCS8 = {
    0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20
  };

  private final String selector;
  private final Algorithm algorithm;
  private final byte[] secret;
  private final byte[] published;
  private final Signer signer;

  private interface Signer {
    byte[] sign(byte[] text) throws GeneralSecurityException;
  }

  private SigningKey(
      String selector, Algorithm algorithm, byte[] secret, byte[] published, Signer signer) {
    if (!DkimSignature.isSelector(selector)) {
      throw new IllegalArgumentException("Not a selector: " + selector);
    }
    this.selector = selector;
    this.algorithm = algorithm;
    this.secret = secret;
    this.published = published;
    this.signer = signer;
  }

  /// A new one. `rsaBits` counts for RSA only.
  public static SigningKey generate(String selector, Algorithm algorithm, int rsaBits) {
    try {
      return switch (algorithm) {
        case RSA_SHA256 -> {
          KeyPairGenerator pairs = KeyPairGenerator.getInstance("RSA");
          pairs.initialize(rsaBits);
          yield read(selector, algorithm, pairs.generateKeyPair().getPrivate().getEncoded());
        }
        case ED25519_SHA256 ->
            read(selector, algorithm, new Ed25519PrivateKeyParameters(RANDOM).getEncoded());
      };
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java makes RSA keys", e);
    }
  }

  /// From what [#secret] said: PKCS#8 for RSA, 32 bytes for Ed25519.
  public static SigningKey read(String selector, Algorithm algorithm, byte[] secret) {
    return switch (algorithm) {
      case RSA_SHA256 -> rsa(selector, secret.clone());
      case ED25519_SHA256 -> ed25519(selector, secret.clone());
    };
  }

  private static SigningKey rsa(String selector, byte[] pkcs8) {
    try {
      KeyFactory keys = KeyFactory.getInstance("RSA");
      var key = (RSAPrivateCrtKey) keys.generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      byte[] published =
          keys.generatePublic(new RSAPublicKeySpec(key.getModulus(), key.getPublicExponent()))
              .getEncoded();
      Signer signer = signer(pkcs8, key);
      return new SigningKey(selector, Algorithm.RSA_SHA256, pkcs8, published, signer);
    } catch (GeneralSecurityException | ClassCastException e) {
      throw new IllegalArgumentException("Not a private RSA key", e);
    }
  }

  private static Signer signer(byte[] pkcs8, RSAPrivateCrtKey key) throws GeneralSecurityException {
    Signer jdk =
        text -> {
          Signature signature = Signature.getInstance("SHA256withRSA");
          signature.initSign(key);
          signature.update(text);
          return signature.sign();
        };
    return quickest(NativeSigner.of(Algorithm.RSA_SHA256, pkcs8), jdk);
  }

  /// libcrypto's where it is here and does what it should; both ways to sign have one result.
  private static Signer quickest(Optional<NativeSigner> quick, Signer java)
      throws GeneralSecurityException {
    byte[] probe = new byte[PROBE_BYTES];
    return quick.isPresent() && Arrays.equals(quick.get().sign(probe), java.sign(probe))
        ? quick.get()::sign
        : java;
  }

  private static SigningKey ed25519(String selector, byte[] seed) {
    var key = new Ed25519PrivateKeyParameters(seed);
    Signer java =
        hash -> {
          var signature = new Ed25519Signer();
          signature.init(true, key);
          signature.update(hash, 0, hash.length);
          return signature.generateSignature();
        };
    byte[] pkcs8 = Arrays.copyOf(ED25519_PKCS8, ED25519_PKCS8.length + seed.length);
    System.arraycopy(seed, 0, pkcs8, ED25519_PKCS8.length, seed.length);
    try {
      Signer ofHash = quickest(NativeSigner.of(Algorithm.ED25519_SHA256, pkcs8), java);
      return new SigningKey(
          selector,
          Algorithm.ED25519_SHA256,
          seed,
          key.generatePublicKey().getEncoded(),
          text -> ofHash.sign(BodyHash.sha256().digest(text)));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("Not a private key of Ed25519", e);
    }
  }

  public String selector() {
    return selector;
  }

  public Algorithm algorithm() {
    return algorithm;
  }

  /// What must stay secret, for whoever keeps it.
  public byte[] secret() {
    return secret.clone();
  }

  /// The TXT record by which others verify.
  public String record() {
    return "v=DKIM1; k=%s; p=%s"
        .formatted(algorithm.keyType(), Base64.getEncoder().encodeToString(published));
  }

  /// Whether what is published verifies what this signs.
  public boolean isPublishedAs(DkimKey key) {
    byte[] text = record().getBytes(StandardCharsets.UTF_8);
    return key.algorithm() == algorithm
        && key.verifies(text, Base64.getDecoder().decode(sign(text)));
  }

  /// Whether a key may have this name: labels of small letters, digits, `-` and `_`.
  public static boolean isSelector(String text) {
    return DkimSignature.isSelector(text);
  }

  /// A signature in base64.
  String sign(byte[] text) {
    try {
      return Base64.getEncoder().encodeToString(signer.sign(text));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("The key for selector " + selector + " cannot sign", e);
    }
  }

  @Override
  public String toString() {
    return selector + " (" + algorithm + ")";
  }
}
