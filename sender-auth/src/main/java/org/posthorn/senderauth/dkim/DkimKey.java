package org.posthorn.senderauth.dkim;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/// A key that a domain has published (RFC 6376 §3.6.1), good enough to be believed. Safe for use by
/// many threads.
public final class DkimKey {
  /// RFC 8301 §3.2: shorter ones do not count, 1024 do.
  private static final int RSA_MIN_BITS = 1024;

  /// What takes longer to verify than anybody's mail is worth.
  private static final int RSA_MAX_BITS = 8192;

  private static final int EXPONENT_MAX_BITS = 33;
  private static final int ED25519_BYTES = 32;

  /// `SEQUENCE { rsaEncryption, NULL }`, as it stands before a bare key to make it one of X.509.
  private static final byte[] RSA_ALGORITHM = {
    0x30, 0x0D, 0x06, 0x09, 0x2A, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xF7, 0x0D, 1, 1, 1, 5, 0
  };

  private final Algorithm algorithm;
  private final boolean testing;
  private final boolean exactDomain;
  private final int bits;
  private final Check check;

  private interface Check {
    boolean isRight(byte[] signed, byte[] signature) throws GeneralSecurityException;
  }

  private DkimKey(Algorithm algorithm, TagList tags, int bits, Check check) {
    this.algorithm = algorithm;
    this.testing = has(tags, "t", "y");
    this.exactDomain = has(tags, "t", "s");
    this.bits = bits;
    this.check = check;
  }

  /// Reads a TXT record. The exception's reason says why this is no key to believe.
  public static DkimKey read(String record) throws DkimSyntaxException {
    TagList tags = TagList.read(record);
    if (tags.has("v") && !(tags.isFirst("v") && tags.required("v").equals("DKIM1"))) {
      throw new DkimSyntaxException("the key is not of DKIM");
    }
    if (tags.has("h") && !has(tags, "h", "sha256")) {
      throw new DkimSyntaxException("the key is not for SHA-256");
    }
    if (tags.has("s") && !has(tags, "s", "email") && !has(tags, "s", "*")) {
      throw new DkimSyntaxException("the key is not for mail");
    }
    Algorithm algorithm =
        Algorithm.ofKey(tags.find("k").orElse("rsa"))
            .orElseThrow(() -> new DkimSyntaxException("the key is of a kind that nobody knows"));
    String text = TagList.withoutSpace(tags.find("p").orElseThrow(DkimKey::noKey));
    if (text.isEmpty()) {
      throw new DkimSyntaxException("the key is revoked");
    }
    return read(algorithm, tags, decoded(text));
  }

  private static DkimKey read(Algorithm algorithm, TagList tags, byte[] bytes)
      throws DkimSyntaxException {
    return switch (algorithm) {
      case RSA_SHA256 -> {
        RSAPublicKey key = rsa(bytes);
        yield new DkimKey(algorithm, tags, key.getModulus().bitLength(), rsaCheck(key));
      }
      case ED25519_SHA256 ->
          new DkimKey(algorithm, tags, ED25519_BYTES * Byte.SIZE, ed25519Check(bytes));
    };
  }

  public Algorithm algorithm() {
    return algorithm;
  }

  /// `t=y`: the domain is only trying.
  public boolean testing() {
    return testing;
  }

  /// `t=s`: not for identities of subdomains.
  public boolean exactDomain() {
    return exactDomain;
  }

  public int bits() {
    return bits;
  }

  /// Whether `signature` is one of this key over `signed`, the canonical header.
  public boolean verifies(byte[] signed, byte[] signature) {
    try {
      return check.isRight(signed, signature);
    } catch (GeneralSecurityException _) {
      return false;
    }
  }

  private static Check rsaCheck(RSAPublicKey key) {
    return (signed, signature) -> {
      Signature rsa = Signature.getInstance("SHA256withRSA");
      rsa.initVerify(key);
      rsa.update(signed);
      try {
        return rsa.verify(signature);
      } catch (SignatureException _) {
        return false;
      }
    };
  }

  /// RFC 8463 §3: over the hash.
  private static Check ed25519Check(byte[] bytes) throws DkimSyntaxException {
    if (bytes.length != ED25519_BYTES) {
      throw noKey();
    }
    try {
      var key = new Ed25519PublicKeyParameters(bytes);
      return (signed, signature) -> {
        byte[] hash = BodyHash.sha256().digest(signed);
        var ed25519 = new Ed25519Signer();
        ed25519.init(false, key);
        ed25519.update(hash, 0, hash.length);
        return ed25519.verifySignature(signature);
      };
    } catch (IllegalArgumentException _) {
      throw noKey();
    }
  }

  private static RSAPublicKey rsa(byte[] bytes) throws DkimSyntaxException {
    RSAPublicKey key;
    try {
      key = publicKey(bytes);
    } catch (GeneralSecurityException _) {
      try {
        key = publicKey(wrapped(bytes));
      } catch (GeneralSecurityException _) {
        throw noKey();
      }
    }
    BigInteger modulus = key.getModulus();
    if (modulus.bitLength() < RSA_MIN_BITS) {
      throw new DkimSyntaxException(
          "a key of %d bits is too weak (RFC 8301)".formatted(modulus.bitLength()));
    }
    if (modulus.bitLength() > RSA_MAX_BITS
        || !modulus.testBit(0)
        || key.getPublicExponent().bitLength() > EXPONENT_MAX_BITS) {
      throw noKey();
    }
    return key;
  }

  private static RSAPublicKey publicKey(byte[] bytes) throws GeneralSecurityException {
    return (RSAPublicKey)
        KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(bytes));
  }

  /// Some publish the bare `RSAPublicKey`, as RFC 6376 §3.6.1 can be read.
  private static byte[] wrapped(byte[] bare) {
    byte[] bits = new byte[bare.length + 1];
    System.arraycopy(bare, 0, bits, 1, bare.length);
    byte[] key = der(0x03, bits);
    byte[] both = Arrays.copyOf(RSA_ALGORITHM, RSA_ALGORITHM.length + key.length);
    System.arraycopy(key, 0, both, RSA_ALGORITHM.length, key.length);
    return der(0x30, both);
  }

  private static byte[] der(int tag, byte[] content) {
    var out = new ByteArrayOutputStream(content.length + 4);
    out.write(tag);
    out.write(0x82);
    out.write(content.length >> 8);
    out.write(content.length);
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static boolean has(TagList tags, String tag, String member) {
    List<String> members = tags.list(tag);
    return members.stream().anyMatch(one -> one.toLowerCase(Locale.ROOT).equals(member));
  }

  private static byte[] decoded(String base64) throws DkimSyntaxException {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException _) {
      throw noKey();
    }
  }

  private static DkimSyntaxException noKey() {
    return new DkimSyntaxException("the key cannot be read");
  }
}
