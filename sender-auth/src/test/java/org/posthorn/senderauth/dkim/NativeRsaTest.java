package org.posthorn.senderauth.dkim;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NativeRsaTest {
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
    NativeRsa quick = quick(Mails.RSA);
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

  @Test
  void takesNoKeyThatIsNone() {
    assertThat(NativeRsa.of(TEXT)).isEmpty();
    assertThat(NativeRsa.of(new byte[0])).isEmpty();
  }

  private static NativeRsa quick(SigningKey key) {
    Optional<NativeRsa> quick = NativeRsa.of(key.secret());
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
