package org.posthorn.storage.directory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Base64;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.login.Sasl;
import org.posthorn.storage.login.SaslExchange;
import org.posthorn.storage.login.SaslExchange.Step;
import org.posthorn.storage.login.ScramClient;
import org.posthorn.storage.memory.InMemoryEngine;

final class ScramTest {
  private static final String ANN = "ann@example.org";
  private static final String RIGHT = "Tr\u00e4umerei\u00a012";
  private static final String PREPARED = "Tr\u00e4umerei 12";
  private static final String NONCE = "fyko+d2lbbFgONRv9qkxdawL";
  private static final byte[] NONE = {};
  private static final byte[] EXPORTED = "thirty-two bytes of this channel".getBytes(UTF_8);
  private static final InetAddress HOME = InetAddress.ofLiteral("192.0.2.10");
  private static final Peer PLAIN = new Peer(Service.IMAP, HOME);
  private static final Peer BOUND =
      new Peer(
          Service.IMAP,
          HOME,
          () -> {},
          type -> type.equals("tls-exporter") ? Optional.of(EXPORTED) : Optional.empty(),
          Optional.empty());

  private final DirectoryHouse house =
      new DirectoryHouse(new InMemoryEngine(), UnaryOperator.identity());
  private final Directory directory = house.directory();
  private final Logins logins =
      new Logins(directory, house.passwords(), DirectoryHouse.CONFIG, house.clock());
  private final Sasl sasl = new Sasl(logins);

  @BeforeEach
  void oneUser() {
    directory.domains().create(Domain.of("example.org"), DomainSettings.STANDARD);
    var _ =
        directory
            .users()
            .create(
                new NewUser(
                    MailAddress.of(ANN), new Password.Clear(RIGHT), OptionalLong.empty(), "Ann"));
  }

  @AfterEach
  void close() {
    house.close();
  }

  /// The example of RFC 5802 §5, with what a server would have stored.
  @Test
  void theProofOfTheRfcIsGood() {
    byte[] salt = Base64.getDecoder().decode("QSXCR+Q6sek8bf92");
    ScramKeys keys = ScramKeys.of(ScramHash.SHA_1, "pencil", salt, 4096);
    String nonce = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j";
    String message =
        "n=user,r=fyko+d2lbbFgONRv9qkxdawL," + nonce + ",s=QSXCR+Q6sek8bf92,i=4096,c=biws," + nonce;
    byte[] proof = Base64.getDecoder().decode("v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
    assertThat(keys.signature(message.getBytes(UTF_8), proof))
        .hasValueSatisfying(signature ->
            assertThat(Base64.getEncoder().encodeToString(signature))
                .isEqualTo("rmF9pqV8S7suAoZWja4dJRkFsKQ="));
  }

  /// The example of RFC 7677 §3.
  @Test
  void theProofOfTheRfcForSha256IsGood() {
    byte[] salt = Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ==");
    ScramKeys keys = ScramKeys.of(ScramHash.SHA_256, "pencil", salt, 4096);
    String nonce = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    String message =
        "n=user,r=rOprNGfwEbeRWgbNEkqO,"
            + nonce
            + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,"
            + nonce;
    byte[] proof = Base64.getDecoder().decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    assertThat(keys.signature(message.getBytes(UTF_8), proof))
        .hasValueSatisfying(signature ->
            assertThat(Base64.getEncoder().encodeToString(signature))
                .isEqualTo("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "256"})
  void whoKnowsThePasswordIsWelcomeAndSeesThatTheServerKnowsItToo(String function) {
    var client = new ScramClient(function, "ANN@example.org", PREPARED, NONCE, "n,,", NONE);
    assertThat(run("SCRAM-SHA-" + function, client, PLAIN)).isInstanceOf(LoginResult.Welcome.class);
  }

  @Test
  void aBoundChannelIsWelcome() {
    assertThat(sasl.offered(BOUND)).first().isEqualTo("SCRAM-SHA-256-PLUS");
    var client = new ScramClient("256", ANN, PREPARED, NONCE, "p=tls-exporter,,", EXPORTED);
    assertThat(run("SCRAM-SHA-256-PLUS", client, BOUND)).isInstanceOf(LoginResult.Welcome.class);
  }

  @Test
  void anotherChannelIsRefused() {
    var other = new ScramClient("256", ANN, PREPARED, NONCE, "p=tls-exporter,,", NONE);
    assertMalformed("SCRAM-SHA-256-PLUS", other, BOUND, "channel binding is another one");
    var unknown = new ScramClient("256", ANN, PREPARED, NONCE, "p=tls-unique,,", EXPORTED);
    assertMalformed("SCRAM-SHA-256-PLUS", unknown, BOUND, "no channel binding of that type");
  }

  /// RFC 5802 §6.
  @Test
  void whoWasNotToldOfTheBindingIsWarned() {
    var client = new ScramClient("256", ANN, PREPARED, NONCE, "y,,", NONE);
    assertMalformed("SCRAM-SHA-256", client, BOUND, "hides that from you");
    assertThat(run("SCRAM-SHA-256", client, PLAIN)).isInstanceOf(LoginResult.Welcome.class);
    var bound = new ScramClient("256", ANN, PREPARED, NONCE, "p=tls-exporter,,", EXPORTED);
    assertMalformed("SCRAM-SHA-256", bound, BOUND, "by the other one");
    assertThat(sasl.offered(PLAIN)).doesNotContain("SCRAM-SHA-256-PLUS");
    assertThat(sasl.begin("SCRAM-SHA-256-PLUS", PLAIN)).isEmpty();
  }

  @Test
  void wrongPasswordsAreRefusedAndSlowedDown() {
    for (int i = 0; i < 6; i++) {
      var client = new ScramClient("256", ANN, "guess" + i, NONCE, "n,,", NONE);
      assertThat(run("SCRAM-SHA-256", client, PLAIN)).isInstanceOf(LoginResult.Refused.class);
    }
    var right = new ScramClient("256", ANN, PREPARED, NONCE, "n,,", NONE);
    assertThat(run("SCRAM-SHA-256", right, PLAIN)).isInstanceOf(LoginResult.Throttled.class);
    assertThat(logins.check(ANN, RIGHT, PLAIN)).isInstanceOf(LoginResult.Throttled.class);
  }

  @Test
  void whoIsNotThereIsToldTheSameSaltEachTime() {
    String first = challenge("nobody@example.org");
    assertThat(challenge("nobody@example.org").replaceAll("r=[^,]+", ""))
        .isEqualTo(first.replaceAll("r=[^,]+", ""))
        .isNotEqualTo(challenge("nobody2@example.org").replaceAll("r=[^,]+", ""))
        .matches(",s=[A-Za-z0-9+/]{22}==,i=4096");
    var again =
        new Sasl(new Logins(directory, house.passwords(), DirectoryHouse.CONFIG, house.clock()));
    assertThat(challenge(again, "nobody@example.org").replaceAll("r=[^,]+", ""))
        .isEqualTo(first.replaceAll("r=[^,]+", ""));
    var client = new ScramClient("256", "nobody@example.org", PREPARED, NONCE, "n,,", NONE);
    assertThat(run("SCRAM-SHA-256", client, PLAIN)).isInstanceOf(LoginResult.Refused.class);
  }

  @Test
  void aNewPasswordAndADisabledUserCountAtOnce() {
    directory.setPassword(MailAddress.of(ANN), new Password.Clear("other"));
    var old = new ScramClient("256", ANN, PREPARED, NONCE, "n,,", NONE);
    assertThat(run("SCRAM-SHA-256", old, PLAIN)).isInstanceOf(LoginResult.Refused.class);
    var other = new ScramClient("256", ANN, "other", NONCE, "n,,", NONE);
    assertThat(run("SCRAM-SHA-256", other, PLAIN)).isInstanceOf(LoginResult.Welcome.class);
    directory.setEnabled(MailAddress.of(ANN), false);
    var disabled = new ScramClient("256", ANN, "other", NONCE, "n,,", NONE);
    assertThat(run("SCRAM-SHA-256", disabled, PLAIN)).isInstanceOf(LoginResult.Refused.class);
  }

  /// Nothing is derived from a password that comes in plain text.
  @Test
  void whoHasAHashFromElsewhereLogsInWithPlainOnly() {
    directory.setPassword(
        MailAddress.of(ANN),
        new Password.Hashed(
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ"
                + "$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"));
    assertThat(logins.check(ANN, "password", PLAIN)).isInstanceOf(LoginResult.Welcome.class);
    var client = new ScramClient("256", ANN, "password", NONCE, "n,,", NONE);
    assertThat(run("SCRAM-SHA-256", client, PLAIN)).isInstanceOf(LoginResult.Refused.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "n",
        "n,,",
        "n,,n=ann",
        "n,,r=x,n=ann",
        "x,,n=ann,r=x",
        "n,b=x,n=ann,r=x",
        "n,,m=x,n=ann,r=x",
        "n,,n=a=nn,r=x",
        "n,,n=ann,r=",
        "n,,n=ann,r=\u00e4"
      })
  void whatIsNoFirstMessageIsMalformed(String first) {
    assertThat(exchange("SCRAM-SHA-256", PLAIN).begin(Optional.of(first.getBytes(UTF_8))))
        .isInstanceOf(Step.Malformed.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "c=biws", "c=biws,r=other,p=AAAA", "r=x,c=biws,p=AAAA", "c=!,r=x,p=A"})
  void whatIsNoLastMessageIsMalformed(String last) {
    SaslExchange exchange = exchange("SCRAM-SHA-256", PLAIN);
    assertThat(exchange.begin(Optional.of("n,,n=ann,r=x,x=more".getBytes(UTF_8))))
        .isInstanceOf(Step.Challenge.class);
    assertThat(exchange.respond(last.getBytes(UTF_8))).isInstanceOf(Step.Malformed.class);
  }

  @Test
  void nobodyActsForAnother() {
    var client = new ScramClient("256", ANN, PREPARED, NONCE, "n,a=bob@example.org,", NONE);
    assertThat(exchange("SCRAM-SHA-256", PLAIN).begin(Optional.of(client.first().getBytes(UTF_8))))
        .isEqualTo(new Step.Done(new LoginResult.ForAnother(), ANN));
    var self = new ScramClient("256", ANN, PREPARED, NONCE, "n,a=" + ANN + ",", NONE);
    assertThat(run("SCRAM-SHA-256", self, PLAIN)).isInstanceOf(LoginResult.Welcome.class);
  }

  /// RFC 4013 §3.
  @Test
  void passwordsArePrepared() {
    assertThat(SaslPrep.password("I\u00adX")).contains("IX");
    assertThat(SaslPrep.password("user")).contains("user");
    assertThat(SaslPrep.password("USER")).contains("USER");
    assertThat(SaslPrep.password("\u00aa")).contains("a");
    assertThat(SaslPrep.password("\u2168")).contains("IX");
    assertThat(SaslPrep.password("\u0007")).isEmpty();
    assertThat(SaslPrep.password("\u06271")).isEmpty();
    assertThat(SaslPrep.password("\u0627 1 \u0628")).contains("\u0627 1 \u0628");
    assertThat(SaslPrep.password("\u00a0")).contains(" ");
    assertThat(SaslPrep.password("\u00ad")).isEmpty();
  }

  private String challenge(String login) {
    return challenge(sasl, login);
  }

  private static String challenge(Sasl sasl, String login) {
    SaslExchange exchange = sasl.begin("SCRAM-SHA-256", PLAIN).orElseThrow();
    Step step = exchange.begin(Optional.of(("n,,n=" + login + ",r=x").getBytes(UTF_8)));
    return ((Step.Challenge) step).text();
  }

  private SaslExchange exchange(String mechanism, Peer peer) {
    return sasl.begin(mechanism, peer).orElseThrow();
  }

  private LoginResult run(String mechanism, ScramClient client, Peer peer) {
    SaslExchange exchange = exchange(mechanism, peer);
    assertThat(exchange.begin(Optional.empty())).isEqualTo(new Step.Challenge(""));
    Step step = exchange.respond(client.first().getBytes(UTF_8));
    assertThat(step).isInstanceOf(Step.Challenge.class);
    step = exchange.respond(client.last(((Step.Challenge) step).text()).getBytes(UTF_8));
    if (step instanceof Step.Challenge(String text)) {
      assertThat(text).isEqualTo(client.serverFinal());
      step = exchange.respond(NONE);
    }
    return ((Step.Done) step).result();
  }

  private void assertMalformed(String mechanism, ScramClient client, Peer peer, String why) {
    SaslExchange exchange = exchange(mechanism, peer);
    Step step = exchange.begin(Optional.of(client.first().getBytes(UTF_8)));
    if (step instanceof Step.Challenge(String text)) {
      step = exchange.respond(client.last(text).getBytes(UTF_8));
    }
    assertThat(step).isInstanceOf(Step.Malformed.class);
    assertThat(((Step.Malformed) step).why()).contains(why);
  }
}
