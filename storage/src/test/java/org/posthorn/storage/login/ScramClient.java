package org.posthorn.storage.login;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/// A client of SCRAM, written from RFC 5802 without what the server is made of. Used by one thread,
/// once.
public final class ScramClient {
  private final String function;
  private final String password;
  private final String header;
  private final byte[] binding;
  private final String bare;
  private byte[] serverSignature = {};

  /// `function` is `1` or `256`; `header` such as `n,,` or `p=tls-exporter,,`.
  public ScramClient(
      String function, String login, String password, String nonce, String header, byte[] binding) {
    this.function = function;
    this.password = password;
    this.header = header;
    this.binding = binding;
    this.bare = "n=" + login.replace("=", "=3D").replace(",", "=2C") + ",r=" + nonce;
  }

  public String first() {
    return header + bare;
  }

  public String last(String serverFirst) {
    String[] parts = serverFirst.split(",", 3);
    byte[] salt = Base64.getDecoder().decode(parts[1].substring(2));
    byte[] salted = salted(salt, Integer.parseInt(parts[2].substring(2)));
    var bound = new ByteArrayOutputStream();
    bound.writeBytes(header.getBytes(UTF_8));
    bound.writeBytes(binding);
    String without =
        "c=" + Base64.getEncoder().encodeToString(bound.toByteArray()) + "," + parts[0];
    byte[] message = (bare + "," + serverFirst + "," + without).getBytes(UTF_8);
    byte[] proof = hmac(salted, "Client Key".getBytes(UTF_8));
    byte[] signature = hmac(hash(proof), message);
    for (int i = 0; i < proof.length; i++) {
      proof[i] ^= signature[i];
    }
    serverSignature = hmac(hmac(salted, "Server Key".getBytes(UTF_8)), message);
    return without + ",p=" + Base64.getEncoder().encodeToString(proof);
  }

  /// What the server must say when it knows the password.
  public String serverFinal() {
    return "v=" + Base64.getEncoder().encodeToString(serverSignature);
  }

  private byte[] salted(byte[] salt, int iterations) {
    try {
      var spec =
          new PBEKeySpec(
              password.toCharArray(), salt, iterations, function.equals("1") ? 160 : 256);
      return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA" + function)
          .generateSecret(spec)
          .getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private byte[] hmac(byte[] key, byte[] text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA" + function);
      mac.init(new SecretKeySpec(key, "raw"));
      return mac.doFinal(text);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private byte[] hash(byte[] text) {
    try {
      return MessageDigest.getInstance("SHA-" + function).digest(text);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
