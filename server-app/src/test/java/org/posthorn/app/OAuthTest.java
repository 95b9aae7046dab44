package org.posthorn.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Tokens of an identity provider, with a whole server.
@Timeout(120)
class OAuthTest {
  private static final String ANN = "ann@example.org";
  @TempDir private Path data;
  private ToyProvider provider;
  private RSAKey key;
  private TestServer server;

  @BeforeEach
  void start() throws Exception {
    provider = new ToyProvider();
    key = provider.newRsaKey("one");
    Files.writeString(data.resolve("secret"), "s3cret\n");
    server =
        TestServer.start(
                data,
                "storage.logins.oauth.issuer=" + provider.issuer(),
                "storage.logins.oauth.audiences=[mail.example.org]",
                "storage.logins.oauth.scope=mail",
                "storage.logins.oauth.introspection-url=" + provider.issuer() + "/introspect",
                "storage.logins.oauth.client-id=posthorn",
                "storage.logins.oauth.client-secret-file=secret",
                "storage.logins.wrong-tries-free=100",
                "imap.login-failure-delay=0s",
                "imap.login-failures-max=100",
                "smtp.limits.login-failure-delay=0s")
            .withUsers("ann", "bob");
  }

  @AfterEach
  void stop() {
    server.close();
    provider.close();
  }

  @Test
  void aSignedTokenLetsItsOwnerInBesideThePassword() throws Exception {
    String token = provider.token(key, claims -> claims);
    try (WireClient imap = server.connect("imap")) {
      assertThat(imap.line()).contains("AUTH=OAUTHBEARER AUTH=XOAUTH2");
      assertThat(imap.tryImap("AUTHENTICATE OAUTHBEARER " + bearer(ANN, token)).getLast())
          .contains("OK");
    }
    try (WireClient imap = server.connect("imap")) {
      imap.line();
      assertThat(imap.tryImap("AUTHENTICATE XOAUTH2 " + old(ANN, token)).getLast()).contains("OK");
    }
    try (WireClient imap = server.imap("ann")) {
      assertThat(imap.imap("STATUS INBOX (MESSAGES)").getLast()).contains("OK");
    }
    try (WireClient pop3 = server.connect("pop3")) {
      pop3.line();
      pop3.send("AUTH OAUTHBEARER");
      assertThat(pop3.line()).isEqualTo("+");
      pop3.send(bearer("", token));
      assertThat(pop3.line()).startsWith("+OK");
    }
    try (WireClient smtp = server.connect("submission")) {
      smtp.reply();
      smtp.smtp("EHLO client.example");
      assertThat(smtp.smtp("AUTH XOAUTH2 " + old(ANN, token))).startsWith("235 2.7.0");
    }
  }

  @Test
  void aTokenOfAnotherIsRefusedAndTheClientIsToldWhatIsNeeded() throws Exception {
    String token = provider.token(key, claims -> claims);
    try (WireClient imap = server.connect("imap")) {
      imap.line();
      imap.send("a AUTHENTICATE OAUTHBEARER " + bearer("bob@example.org", token));
      assertThat(decoded(imap.line().substring(2)))
          .isEqualTo(
              "{\"status\":\"invalid_token\",\"scope\":\"mail\",\"openid-configuration\":\""
                  + provider.issuer()
                  + "/.well-known/openid-configuration\"}");
      imap.send("AQ==");
      assertThat(imap.line()).startsWith("a NO [AUTHENTICATIONFAILED]");
      imap.send("b AUTHENTICATE XOAUTH2 " + old("bob@example.org", token));
      assertThat(decoded(imap.line().substring(2)))
          .isEqualTo("{\"status\":\"401\",\"schemes\":\"bearer\",\"scope\":\"mail\"}");
      imap.send("");
      assertThat(imap.line()).startsWith("b NO [AUTHENTICATIONFAILED]");
    }
    try (WireClient smtp = server.connect("submission")) {
      smtp.reply();
      smtp.smtp("EHLO client.example");
      assertThat(smtp.smtp("AUTH OAUTHBEARER " + bearer("bob@example.org", token)))
          .startsWith("334 ");
      assertThat(smtp.smtp("AQ==")).startsWith("535 5.7.8");
    }
  }

  @Test
  void whatIsNotAsItMustBeIsRefused() throws Exception {
    assertThat(isWelcome(provider.token(key, claims -> claims))).isTrue();
    assertThat(isWelcome(with(claims -> claims.issuer("https://evil.example")))).isFalse();
    assertThat(isWelcome(with(claims -> claims.audience("other.example")))).isFalse();
    assertThat(isWelcome(with(claims -> claims.claim("scope", "openid")))).isFalse();
    assertThat(isWelcome(with(claims -> claims.claim("email", null)))).isFalse();
    assertThat(isWelcome(with(claims -> claims.claim("email_verified", false)))).isFalse();
    assertThat(isWelcome(with(claims -> claims.claim("email_verified", "false")))).isFalse();
    assertThat(isWelcome(with(claims -> claims.claim("email_verified", 0)))).isFalse();
    assertThat(isWelcome(with(claims -> claims.claim("email_verified", true)))).isTrue();
    assertThat(isWelcome(with(claims -> claims.claim("email_verified", "true")))).isTrue();
    assertThat(isWelcome(with(claims -> claims.expirationTime(null)))).isFalse();
    assertThat(isWelcome(with(claims -> claims.expirationTime(in(-120))))).isFalse();
    assertThat(isWelcome(with(claims -> claims.notBeforeTime(in(120))))).isFalse();
    assertThat(isWelcome(with(claims -> claims.expirationTime(in(-20))))).isTrue();
    assertThat(isWelcome("ey.nothing.good")).isFalse();
  }

  /// The two classic ones: no signature, and the public key taken for a secret.
  @Test
  void theKindOfSignatureIsNotTheTokensChoice() throws Exception {
    assertThat(isWelcome(new PlainJWT(provider.claims().build()).serialize())).isFalse();
    byte[] published = key.toRSAPublicKey().getEncoded();
    assertThat(
            isWelcome(
                provider.token(
                    JWSAlgorithm.HS256, "one", new MACSigner(published), claims -> claims)))
        .isFalse();
    String good = provider.token(key, claims -> claims);
    String forged = provider.token(key, claims -> claims.claim("email", "bob@example.org"));
    String mixed =
        forged.substring(0, forged.lastIndexOf('.')) + good.substring(good.lastIndexOf('.'));
    assertThat(isWelcome(mixed)).isFalse();
    assertThat(isWelcome(good)).isTrue();
  }

  @Test
  void keysAreReadAgainForOneThatIsNotKnownButNotForEachToken() throws Exception {
    assertThat(isWelcome(provider.token(key, claims -> claims))).isTrue();
    assertThat(isWelcome(provider.token(key, claims -> claims))).isTrue();
    assertThat(provider.keysRead()).isEqualTo(1);
    String strange = provider.token(new ToyProvider().newEcKey("strange"), claims -> claims);
    for (int i = 0; i < 5; i++) {
      assertThat(isWelcome(strange)).isFalse();
    }
    assertThat(provider.keysRead()).isLessThanOrEqualTo(2);
  }

  @Test
  void aKeyOfAnotherKindIsGoodToo() throws Exception {
    String token = provider.token(provider.newEcKey("two"), claims -> claims);
    assertThat(isWelcome(token)).isTrue();
  }

  @Test
  void tokensThatAreNotSignedAreAskedAbout() throws IOException {
    String good =
        "{\"active\":true,\"aud\":[\"mail.example.org\"],\"scope\":\"mail\",\"email\":\"ann@example.org\"}";
    provider.opaque("opaque-good", good);
    provider.opaque("opaque-other", good.replace("mail.example.org", "other"));
    provider.opaque("opaque-scope", good.replace("\"mail\"", "\"files\""));
    provider.opaque("opaque-late", good.replace("}", ",\"exp\":1000}"));
    assertThat(isWelcome("opaque-good")).isTrue();
    assertThat(isWelcome("opaque-other")).isFalse();
    assertThat(isWelcome("opaque-scope")).isFalse();
    assertThat(isWelcome("opaque-late")).isFalse();
    assertThat(isWelcome("opaque-unknown")).isFalse();
  }

  @Test
  void whenTheProviderIsSilentPasswordsStillCount() throws Exception {
    String token = provider.token(key, claims -> claims);
    provider.close();
    try (WireClient imap = server.connect("imap")) {
      imap.line();
      assertThat(imap.tryImap("AUTHENTICATE OAUTHBEARER " + bearer(ANN, token)).getLast())
          .contains("NO [UNAVAILABLE]");
      assertThat(imap.tryImap("LOGIN ann@example.org secret").getLast()).contains("OK");
    }
  }

  @Test
  void whatIsNoMessageIsMalformed() throws IOException {
    try (WireClient imap = server.connect("imap")) {
      imap.line();
      for (String text : new String[] {"", "\1", "n,,", "x,,\1auth=Bearer x\1\1", "n,,auth"}) {
        assertThat(imap.tryImap("AUTHENTICATE OAUTHBEARER " + encodedOrEmpty(text)).getLast())
            .contains("BAD");
      }
    }
    try (WireClient imap = server.connect("imap")) {
      imap.line();
      imap.send("a AUTHENTICATE OAUTHBEARER " + encoded("n,,\1auth=Basic x\1\1"));
      assertThat(decoded(imap.line().substring(2))).contains("\"status\":\"invalid_request\"");
      imap.send("*");
      assertThat(imap.line()).startsWith("a BAD");
    }
  }

  private String with(UnaryOperator<JWTClaimsSet.Builder> change) throws JOSEException {
    return provider.token(key, change);
  }

  private static Date in(int seconds) {
    return Date.from(Instant.now().plusSeconds(seconds));
  }

  private boolean isWelcome(String token) throws IOException {
    try (WireClient imap = server.connect("imap")) {
      imap.line();
      imap.send("a AUTHENTICATE OAUTHBEARER " + bearer(ANN, token));
      String answer = imap.line();
      if (answer.startsWith("+ ")) {
        imap.send("AQ==");
        answer = imap.line();
      }
      return answer.startsWith("a OK");
    }
  }

  private static String bearer(String login, String token) {
    String header = login.isEmpty() ? "n,," : "n,a=" + login + ",";
    return encoded(header + "\1host=localhost\1port=143\1auth=Bearer " + token + "\1\1");
  }

  private static String old(String login, String token) {
    return encoded("user=" + login + "\1auth=Bearer " + token + "\1\1");
  }

  private static String encodedOrEmpty(String text) {
    return text.isEmpty() ? "=" : encoded(text);
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  private static String decoded(String base64) {
    return new String(Base64.getDecoder().decode(base64), UTF_8);
  }
}
