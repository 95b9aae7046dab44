package org.posthorn.storage.login;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SaslTextTest {
  @Test
  void decodesWhatWasEncoded() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int i = 0; i < 1000; i++) {
      byte[] bytes = new byte[random.nextInt(100)];
      random.nextBytes(bytes);
      assertThat(SaslText.decode(Base64.getEncoder().encodeToString(bytes)))
          .as("seed %d", seed)
          .hasValue(bytes);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "=",
        "a",
        "ab",
        "abc",
        "ab=c",
        "YQ",
        "YQ=",
        "YQ===",
        "YR==",
        "YWI",
        "YWJ=",
        "====",
        "YW I=",
        " YWI=",
        "YWI= ",
        "YWJj\r\n",
        "YW-_",
        "Y\u00e9Jj",
        "*"
      })
  void refusesWhatIsNotStrictBase64(String line) {
    assertThat(SaslText.decode(line)).isEmpty();
  }

  @Test
  void refusesWhatIsTooLong() {
    assertThat(SaslText.decode("AAAA".repeat(3072))).isPresent();
    assertThat(SaslText.decode("AAAA".repeat(3073))).isEmpty();
  }

  @Test
  void readsAnEmptyInitialResponse() {
    assertThat(SaslText.decodeInitial("=")).hasValue(new byte[0]);
    assertThat(SaslText.decodeInitial("YQ==")).hasValue(new byte[] {'a'});
    assertThat(SaslText.decodeInitial("==")).isEmpty();
  }

  @Test
  void knowsCancelling() {
    assertThat(SaslText.cancels("*")).isTrue();
    assertThat(SaslText.cancels("**")).isFalse();
    assertThat(SaslText.cancels("")).isFalse();
  }

  @Test
  void encodesChallenges() {
    assertThat(SaslText.encode("Username:")).isEqualTo("VXNlcm5hbWU6");
    assertThat(SaslText.encode("")).isEmpty();
  }
}
