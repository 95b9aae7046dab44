package org.posthorn.senderauth.dkim;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NativeSignerTest {
  private static final byte[] TEXT = Mails.bytes(Mails.PLAIN);

  @ParameterizedTest
  @ValueSource(ints = {1024, 2048, 4096})
  void signsAsTheJdkDoes(int bits) throws GeneralSecurityException {
    SigningKey key = SigningKey.generate("s", Algorithm.RSA_SHA256, bits);
    assertThat(quick(key).sign(TEXT)).isEqualTo(jdk(key));
  }

  @Test
  void manyThreadsSignWithOneKey()
      throws GeneralSecurityException, InterruptedException, ExecutionException {
    NativeSigner quick = quick(Mails.RSA);
    List<FutureTask<byte[]>> tasks = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      var task = new FutureTask<>(() -> quick.sign(TEXT));
      Thread.ofVirtual().start(task);
      tasks.add(task);
    }
    byte[] expected = jdk(Mails.RSA);
    for (FutureTask<byte[]> task : tasks) {
      assertThat(task.get()).isEqualTo(expected);
    }
  }

  /// RFC 8032 §7.1, test 3.
  @Test
  void signsByEd25519AsTheStandardDoes() throws SignatureException {
    String seed = "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7";
    byte[] pkcs8 = HexFormat.of().parseHex("302e020100300506032b657004220420" + seed);
    Optional<NativeSigner> quick = NativeSigner.of(Algorithm.ED25519_SHA256, pkcs8);
    Assumptions.assumeTrue(quick.isPresent(), "needs OpenSSL's libcrypto");
    assertThat(HexFormat.of().formatHex(quick.orElseThrow().sign(new byte[] {(byte) 0xAF, -126})))
        .isEqualTo(
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
  }

  @Test
  void takesNoKeyThatIsNone() {
    assertThat(NativeSigner.of(Algorithm.RSA_SHA256, TEXT)).isEmpty();
    assertThat(NativeSigner.of(Algorithm.ED25519_SHA256, new byte[0])).isEmpty();
  }

  private static NativeSigner quick(SigningKey key) {
    Optional<NativeSigner> quick = NativeSigner.of(Algorithm.RSA_SHA256, key.secret());
    Assumptions.assumeTrue(quick.isPresent(), "needs OpenSSL's libcrypto");
    return quick.orElseThrow();
  }

  private static byte[] jdk(SigningKey key) throws GeneralSecurityException {
    Signature signature = Signature.getInstance("SHA256withRSA");
    signature.initSign(
        KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(key.secret())));
    signature.update(TEXT);
    return signature.sign();
  }
}
