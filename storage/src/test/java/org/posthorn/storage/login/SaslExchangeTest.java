package org.posthorn.storage.login;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.storage.directory.LoginResult;
import org.posthorn.storage.directory.Peer;
import org.posthorn.storage.directory.Service;

class SaslExchangeTest {
  private static final Peer PEER = new Peer(Service.IMAP, InetAddress.getLoopbackAddress());

  /// Answers with what it was asked.
  private static final Sasl SASL =
      new Sasl((login, password, _) ->
          new LoginResult.Throttled(Duration.ofSeconds((login + password).hashCode())));

  /// RFC 4616 §4.
  @Test
  void plainTakesTheExamplesOfTheRfc() {
    assertThat(plain("\0tim\0tanstaaftanstaaf")).isEqualTo(done("tim", "tanstaaftanstaaf"));
    assertThat(plain("Ursel\0Kurt\0xipj3plmq"))
        .isEqualTo(new SaslExchange.Step.Done(new LoginResult.ForAnother(), "Kurt"));
  }

  @Test
  void plainAsksWhenThereIsNoInitialResponse() {
    SaslExchange exchange = exchange("plain");
    assertThat(exchange.begin(Optional.empty())).isEqualTo(new SaslExchange.Step.Challenge(""));
    assertThat(exchange.respond("\0ann\0pass wörd".getBytes(UTF_8)))
        .isEqualTo(done("ann", "pass wörd"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ann",
        "ann\0pass",
        "\0ann\0",
        "\0\0pass",
        "a\0b\0c\0",
        "a\0b\0c\0d",
        "\0\0\0"
      })
  void plainRefusesOtherNumbersOfFieldsAndEmptyOnes(String message) {
    assertThat(plain(message)).isInstanceOf(SaslExchange.Step.Malformed.class);
  }

  @Test
  void plainRefusesWhatIsNoUtf8() {
    assertThat(exchange("PLAIN").begin(Optional.of("\0ann\0p\u00e4ss".getBytes(ISO_8859_1))))
        .isInstanceOf(SaslExchange.Step.Malformed.class);
  }

  @Test
  void plainBoundsItsFields() {
    assertThat(plain("\0ann\0" + "x".repeat(1024))).isInstanceOf(SaslExchange.Step.Done.class);
    assertThat(plain("\0ann\0" + "x".repeat(1025))).isInstanceOf(SaslExchange.Step.Malformed.class);
  }

  @Test
  void loginAsksTwice() {
    SaslExchange exchange = exchange("LOGIN");
    assertThat(exchange.begin(Optional.empty()))
        .isEqualTo(new SaslExchange.Step.Challenge("Username:"));
    assertThat(exchange.respond("ann".getBytes(UTF_8)))
        .isEqualTo(new SaslExchange.Step.Challenge("Password:"));
    assertThat(exchange.respond("secret".getBytes(UTF_8))).isEqualTo(done("ann", "secret"));
  }

  @Test
  void loginTakesTheLoginAsInitialResponse() {
    SaslExchange exchange = exchange("Login");
    assertThat(exchange.begin(Optional.of("ann".getBytes(UTF_8))))
        .isEqualTo(new SaslExchange.Step.Challenge("Password:"));
    assertThat(exchange.respond("a\0b".getBytes(UTF_8)))
        .isInstanceOf(SaslExchange.Step.Malformed.class);
  }

  @Test
  void knowsNoOtherMechanism() {
    assertThat(SASL.begin("CRAM-MD5", PEER)).isEmpty();
    assertThat(SASL.begin("SCRAM-SHA-1", PEER)).isEmpty();
    assertThat(SASL.begin("", PEER)).isEmpty();
  }

  @Test
  void keepsPasswordsOutOfTexts() {
    assertThat(new Credentials("bob", "ann", "s3cret").toString())
        .contains("ann", "bob")
        .doesNotContain("s3cret");
  }

  @Test
  void tellsWhoActsForAnother() {
    assertThat(new Credentials("bob", "ann", "x").forAnother()).isTrue();
    assertThat(new Credentials("ann", "ann", "x").forAnother()).isFalse();
    assertThat(new Credentials("", "ann", "x").forAnother()).isFalse();
  }

  @Test
  void survivesAnyBytes() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int i = 0; i < 100_000; i++) {
      byte[] message = new byte[random.nextInt(20)];
      random.nextBytes(message);
      message = random.nextBoolean() ? message : replaced(message, random);
      for (String mechanism : new String[] {"PLAIN", "LOGIN"}) {
        assertThat(exchange(mechanism).begin(Optional.of(message))).as("seed %d", seed).isNotNull();
      }
    }
  }

  private static byte[] replaced(byte[] message, Random random) {
    byte[] ascii = message.clone();
    for (int i = 0; i < ascii.length; i++) {
      ascii[i] = (byte) (random.nextInt(4) == 0 ? 0 : 'a' + random.nextInt(26));
    }
    return ascii;
  }

  private static SaslExchange.Step plain(String message) {
    return exchange("PLAIN").begin(Optional.of(message.getBytes(UTF_8)));
  }

  private static SaslExchange exchange(String mechanism) {
    return SASL.begin(mechanism, PEER).orElseThrow();
  }

  private static SaslExchange.Step done(String login, String password) {
    return new SaslExchange.Step.Done(
        new LoginResult.Throttled(Duration.ofSeconds((login + password).hashCode())), login);
  }
}
