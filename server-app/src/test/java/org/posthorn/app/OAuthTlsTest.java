package org.posthorn.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.RSAKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.app.oauth.IdentityProvider;
import org.posthorn.storage.directory.OAuthConfig;
import org.posthorn.storage.directory.TokenCheck.Answer;

/// An identity provider over https, as it mostly is: who vouches for it, and what it may do to us.
@Timeout(120)
class OAuthTlsTest {
  private static final String HERE = "127.0.0.1";
  private final Authority authority = new Authority("CN=Ours");
  @TempDir private Path data;
  private ToyProvider provider;
  private RSAKey key;
  private Instant now = Instant.now();

  @BeforeEach
  void start() throws Exception {
    Files.writeString(data.resolve("ca.pem"), authority.pem());
    Files.writeString(data.resolve("secret"), "s3cret\n");
    begin(ToyProvider.tls(authority.server(HERE, 60)));
  }

  private void begin(ToyProvider another) throws Exception {
    provider = another;
    key = provider.newRsaKey("one");
  }

  @AfterEach
  void stop() {
    provider.close();
  }

  private IdentityProvider client(Optional<String> authorities) throws IOException {
    var config =
        new OAuthConfig(
            provider.issuer(),
            List.of("mail.example.org"),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(provider.issuer() + "/introspect"),
            Optional.of("posthorn"),
            Optional.of("secret"),
            authorities);
    return IdentityProvider.of(config, data, () -> now);
  }

  private IdentityProvider client() throws IOException {
    return client(Optional.of("ca.pem"));
  }

  private Answer signed(IdentityProvider client) throws Exception {
    return client.check(provider.token(key, claims -> claims));
  }

  @Test
  void discoveryKeysAndQuestionsGoOverTls() throws Exception {
    provider.opaque(
        "opaque", "{\"active\":true,\"aud\":\"mail.example.org\",\"email\":\"ann@example.org\"}");
    IdentityProvider client = client();

    assertThat(signed(client)).isEqualTo(new Answer.Good("ann@example.org"));
    assertThat(client.check("opaque")).isEqualTo(new Answer.Good("ann@example.org"));
    assertThat(client.check("other")).isInstanceOf(Answer.Bad.class);
  }

  @Test
  void whoIsNotWhomWeAskIsNotBelieved() throws Exception {
    assertThat(signed(client(Optional.empty()))).isInstanceOf(Answer.Unknown.class);
    for (var certificate :
        List.of(
            new Authority("CN=Ours").server(HERE, 60),
            authority.server("127.0.0.2", 60),
            authority.server(HERE, -60))) {
      provider.close();
      begin(ToyProvider.tls(certificate));
      IdentityProvider client = client();
      assertThat(signed(client)).isInstanceOf(Answer.Unknown.class);
      assertThat(client.check("opaque")).isInstanceOf(Answer.Unknown.class);
    }
  }

  @Test
  void authoritiesThatCannotBeReadAreToldAtTheStart() throws IOException {
    assertThatThrownBy(() -> client(Optional.of("nowhere.pem")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("storage.logins.oauth.authorities-file: cannot read");
    assertThatThrownBy(() -> client(Optional.of("secret")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("storage.logins.oauth.authorities-file: ");
  }

  /// The other end would get our secret, or choose the keys.
  @Test
  void redirectionsAreNotFollowed() throws Exception {
    try (var thief = ToyProvider.tls(authority.server(HERE, 60))) {
      RSAKey stolen = thief.newRsaKey("one");
      for (String path : List.of("/.well-known/openid-configuration", "/jwks", "/introspect")) {
        provider.answers(
            path,
            exchange -> {
              exchange.getResponseHeaders().add("Location", thief.issuer() + path);
              exchange.sendResponseHeaders(307, -1);
              exchange.close();
            });
      }
      thief.opaque("opaque", "{\"active\":true,\"email\":\"ann@example.org\"}");
      IdentityProvider client = client();
      assertThat(client.check(provider.token(stolen, claims -> claims)))
          .isInstanceOf(Answer.Unknown.class);
      assertThat(client.check("opaque")).isInstanceOf(Answer.Unknown.class);
      assertThat(thief.keysRead()).isZero();
    }
  }

  @Test
  void keysOfAnotherIssuerOrWithoutTlsAreNotRead() throws Exception {
    for (String document :
        List.of(
            "{\"issuer\":\"https://other.example\",\"jwks_uri\":\"%s/jwks\"}",
            "{\"issuer\":\"%s\",\"jwks_uri\":\"http://id.example/jwks\"}",
            "{\"issuer\":\"%s\"}",
            "<html>",
            "{")) {
      provider.answers(
          "/.well-known/openid-configuration",
          exchange -> ToyProvider.answer(exchange, document.replace("%s", provider.issuer())));
      assertThat(signed(client())).as(document).isInstanceOf(Answer.Unknown.class);
    }
    assertThat(provider.keysRead()).isZero();
  }

  @Test
  void endlessAnswersAreGivenUp() throws Exception {
    provider.answers(
        "/introspect",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          try (var out = exchange.getResponseBody()) {
            while (true) {
              out.write(new byte[64 * 1024]);
            }
          }
        });
    assertThat(client().check("opaque")).isInstanceOf(Answer.Unknown.class);
  }

  /// The JDK's own limit ends with the header: a body that drips must end too.
  @Test
  void slowAnswersAreGivenUp() throws Exception {
    var done = new CountDownLatch(1);
    provider.answers(
        "/introspect",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write('{');
          exchange.getResponseBody().flush();
          try {
            done.await();
          } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
          }
          exchange.close();
        });
    try {
      long begin = System.nanoTime();
      assertThat(client().check("opaque")).isInstanceOf(Answer.Unknown.class);
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(20));
    } finally {
      done.countDown();
    }
  }

  @Test
  void keysRotateAndThoseThatWereWithdrawnEndWithTheHour() throws Exception {
    IdentityProvider client = client();
    String old = provider.token(key, claims -> claims);
    assertThat(client.check(old)).isInstanceOf(Answer.Good.class);

    provider.forgetKeys();
    RSAKey next = provider.newRsaKey("two");
    now = now.plusSeconds(60);
    assertThat(client.check(provider.token(next, claims -> claims)))
        .isInstanceOf(Answer.Good.class);
    assertThat(client.check(old)).isInstanceOf(Answer.Bad.class);
    assertThat(provider.keysRead()).isEqualTo(2);
  }

  @Test
  void keysThatAreKnownGoOnWhileTheProviderIsDown() throws Exception {
    IdentityProvider client = client();
    String token = provider.token(key, claims -> claims);
    assertThat(client.check(token)).isInstanceOf(Answer.Good.class);
    provider.close();

    now = now.plus(Duration.ofHours(2));
    assertThat(client.check(token)).isInstanceOf(Answer.Good.class);
    assertThat(client.check("opaque")).isInstanceOf(Answer.Unknown.class);
  }

  /// A clear word to try later in each protocol, and passwords go on to count.
  @Test
  void aProviderThatIsDownKeepsNobodyOutWhoHasAPassword() throws Exception {
    String token = provider.token(key, claims -> claims);
    String bearer =
        Base64.getEncoder().encodeToString(("n,,\1auth=Bearer " + token + "\1\1").getBytes(UTF_8));
    try (TestServer server =
        TestServer.start(
                data,
                "storage.logins.oauth.issuer=" + provider.issuer(),
                "storage.logins.oauth.audiences=[mail.example.org]",
                "storage.logins.oauth.authorities-file=ca.pem")
            .withUsers("ann")) {
      assertThat(login(server, "imap", "a AUTHENTICATE OAUTHBEARER " + bearer)).startsWith("a OK");
    }
    provider.close();
    try (TestServer server =
        TestServer.start(
            data,
            "storage.logins.oauth.issuer=" + provider.issuer(),
            "storage.logins.oauth.audiences=[mail.example.org]",
            "storage.logins.oauth.authorities-file=ca.pem")) {
      assertThat(login(server, "imap", "a AUTHENTICATE OAUTHBEARER " + bearer))
          .startsWith("a NO [UNAVAILABLE]");
      try (WireClient pop3 = server.connect("pop3")) {
        pop3.line();
        pop3.send("AUTH OAUTHBEARER");
        pop3.line();
        pop3.send(bearer);
        assertThat(pop3.line()).startsWith("-ERR [SYS/TEMP]");
      }
      try (WireClient smtp = server.connect("submission")) {
        smtp.reply();
        smtp.smtp("EHLO client.example");
        assertThat(smtp.smtp("AUTH OAUTHBEARER " + bearer)).startsWith("454 4.7.0");
      }
      assertThat(login(server, "imap", "a LOGIN ann@example.org secret")).startsWith("a OK");
    }
  }

  private static String login(TestServer server, String listener, String command)
      throws IOException {
    try (WireClient client = server.connect(listener)) {
      client.line();
      client.send(command);
      return client.line();
    }
  }
}
