package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.posthorn.smtp.outbound.Loads.MESSAGE;
import static org.posthorn.smtp.outbound.Loads.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.DnsServer;
import org.posthorn.spool.Carrier;
import org.posthorn.spool.NewMail;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.queue.Wishes;
import org.posthorn.storage.remember.Memories;

/// Policies of the recipient's domain (RFC 8461), and what the sender wants of TLS (RFC 8689): by a
/// real DNS, a real web server, and mail servers with real certificates.
final class MtaStsTest {
  private static final String HELLO =
      """
      S: 220 mx
      C: EHLO client.example
      S: 250-mx
      S: 250 STARTTLS
      """;

  private static final String SHAKE = HELLO + "C: STARTTLS\nS: 220 go\nTLS\n";

  private static final String SECURE_HELLO =
      SHAKE
          + """
          C: EHLO client.example
          S: 250 mx
          """;

  private static final String PLAIN_HELLO =
      """
      S: 220 mx
      C: EHLO client.example
      S: 250 mx
      """;

  private static final String MAIL =
      """
      C: MAIL FROM:<ann@example.org>
      S: 250 ok
      C: RCPT TO:<bob@sts.example>
      S: 250 ok
      C: DATA
      S: 354 go
      DATA
      S: 250 taken
      C: QUIT
      S: 221 bye
      """;

  private static final String REFUSED = "C: QUIT\nS: 221 bye\n";

  private static final String ZONE =
      """
      sts.example          IN MX 10 mx.sts.example.
      mx.sts.example       IN A 127.0.0.5
      mta-sts.sts.example  IN A 127.0.0.1
      """;

  private static final String PUBLISHED = ZONE + "_mta-sts.sts.example IN TXT \"v=STSv1; id=1;\"\n";

  private static final String ENFORCE =
      "version: STSv1\nmode: enforce\nmx: mx.sts.example\nmax_age: 86400\n";

  private final InMemoryEngine engine = new InMemoryEngine();
  private final Authority authority = new Authority();
  private final AtomicInteger sessions = new AtomicInteger();
  private Instant now = Instant.now();
  private DnsServer dns;
  private PolicyServer web;

  @BeforeEach
  void start() throws IOException {
    dns = DnsServer.with(PUBLISHED);
    web = new PolicyServer(authority.server("mta-sts.sts.example").tls()).publishing(ENFORCE);
  }

  @AfterEach
  void stop() {
    web.close();
    dns.close();
  }

  @Test
  void sendsToTheServerThatThePolicyNamesUnderTls() throws Exception {
    assertThat(sent(SECURE_HELLO + MAIL)).contains("delivered").endsWith("250 taken");
    assertThat(web.requests()).isEqualTo(1);
  }

  @Test
  void readsAPolicyThatComesInChunks() throws Exception {
    web.answering(200, "text/plain", /* inChunks= */ true);
    assertThat(sent(PLAIN_HELLO + REFUSED)).contains("deferred 4.7.4");
  }

  @Test
  void doesNotSendInPlainTextWhereThePolicyWantsTls() throws Exception {
    assertThat(sent(PLAIN_HELLO + REFUSED))
        .contains("deferred 4.7.4 (mx.sts.example)")
        .contains("does not offer STARTTLS")
        .contains("MTA-STS policy");
    assertThat(sent(HELLO + "C: STARTTLS\nS: 454 no")).contains("deferred 4.7.5");
    assertThat(sent(HELLO + "C: STARTTLS\nS: 220 go\nGARBAGE")).contains("deferred 4.7.5");
  }

  @Test
  void doesNotSendToAServerWhoseCertificateIsNotValid() throws Exception {
    assertThat(sent(new Authority().server("mx.sts.example"), SHAKE))
        .isEqualTo(
            "bob@sts.example: deferred 4.7.5 (mx.sts.example) TLS failed: no authority that is"
                + " trusted here vouches for its certificate; the MTA-STS policy of the recipient's"
                + " domain requires it");
    assertThat(sent(authority.server("other.example"), SHAKE))
        .contains("deferred 4.7.5")
        .contains("TLS failed: No subject alternative DNS name matching mx.sts.example found");
    assertThat(sent(authority.server("mx.sts.example", Duration.ofHours(-1)), SHAKE))
        .contains("deferred 4.7.5")
        .contains("its certificate has expired");
  }

  @Test
  void doesNotEvenAskAServerThatThePolicyDoesNotName() throws Exception {
    web.publishing(ENFORCE.replace("mx.sts", "mail.sts"));
    assertThat(sent())
        .isEqualTo(
            "bob@sts.example: deferred 4.7.5 (-) The MTA-STS policy of sts.example does not name"
                + " its mail server mx.sts.example");
  }

  @ParameterizedTest
  @ValueSource(strings = {"testing", "none"})
  void onlyEnforcesWhatIsToBeEnforced(String mode) throws Exception {
    web.publishing(ENFORCE.replace("enforce", mode).replace("mx.sts", "mail.sts"));
    assertThat(sent(PLAIN_HELLO + MAIL)).endsWith("250 taken");
  }

  @ParameterizedTest
  @CsvSource({"301, text/plain", "404, text/plain", "200, text/html", "200, ''"})
  void takesNoPolicyThatIsNotPublishedAsItMustBe(int status, String type) throws Exception {
    web.answering(status, type, /* inChunks= */ false);
    assertThat(sent(PLAIN_HELLO + MAIL)).endsWith("250 taken");
    assertThat(web.requests()).isEqualTo(1);
  }

  @Test
  void takesNoPolicyThatIsTooLargeOrOfAnotherServer() throws Exception {
    web.publishing(ENFORCE + "x: y\n".repeat(20_000));
    assertThat(sent(PLAIN_HELLO + MAIL)).endsWith("250 taken");
    web.answering(200, "text/plain", /* inChunks= */ true);
    assertThat(sent(PLAIN_HELLO + MAIL)).endsWith("250 taken");
    web.close();
    web = new PolicyServer(authority.server("sts.example").tls()).publishing(ENFORCE);
    assertThat(sent(PLAIN_HELLO + MAIL)).endsWith("250 taken");
  }

  /// RFC 8461 §3.3 thinks of 64 KiB.
  @Test
  void obeysAndKeepsPoliciesOfManyServers() throws Exception {
    for (String id : List.of("2", "3", "4")) {
      web.publishing(
          "version: STSv1\nmode: enforce\n%smx: mx.sts.example\nmax_age: 86400\n"
              .formatted(manyServers(id)));
      dns.become(PUBLISHED.replace("id=1", "id=" + id));
      assertThat(sent(PLAIN_HELLO + REFUSED)).contains("deferred 4.7.4");
      dns.become(ZONE);
      assertThat(sent(PLAIN_HELLO + REFUSED)).contains("deferred 4.7.4");
      assertThat(sent(SECURE_HELLO + MAIL)).endsWith("250 taken");
    }
    assertThat(web.requests()).isEqualTo(3);
  }

  private static String manyServers(String kind) {
    return IntStream.range(0, 1_500)
        .mapToObj(n -> "mx: mx%d.of-many-%s.sts.example\n".formatted(n, kind))
        .collect(Collectors.joining());
  }

  @Test
  void keepsAPolicyOverARestartThoughDnsAndWebServerAreGone() throws Exception {
    assertThat(sent(SECURE_HELLO + MAIL)).endsWith("250 taken");
    dns.become(ZONE);
    web.answering(500, "text/plain", /* inChunks= */ false);
    assertThat(sent(PLAIN_HELLO + REFUSED)).contains("deferred 4.7.4");
    now = now.plus(Duration.ofDays(1));
    assertThat(sent(PLAIN_HELLO + MAIL)).endsWith("250 taken");
  }

  @Test
  void keepsAPolicyWhenTheNextOneCannotBeHad() throws Exception {
    assertThat(sent(SECURE_HELLO + MAIL)).endsWith("250 taken");
    dns.become(PUBLISHED.replace("id=1", "id=2"));
    web.answering(500, "text/plain", /* inChunks= */ false);
    assertThat(sent(PLAIN_HELLO + REFUSED)).contains("deferred 4.7.4");
    assertThat(web.requests()).isEqualTo(2);
  }

  @Test
  void takesANewPolicyWhenTheDomainPublishesANewId() throws Exception {
    assertThat(sent(SECURE_HELLO + MAIL)).endsWith("250 taken");
    web.publishing(ENFORCE.replace("enforce", "none"));
    assertThat(sent(PLAIN_HELLO + REFUSED)).contains("deferred 4.7.4");
    dns.become(PUBLISHED.replace("id=1", "id=2"));
    assertThat(sent(PLAIN_HELLO + MAIL)).endsWith("250 taken");
  }

  @Test
  void fetchesAPolicyAgainBeforeItIsOver() throws Exception {
    assertThat(sent(SECURE_HELLO + MAIL)).endsWith("250 taken");
    Memories memories = new Memories(engine, () -> now);
    var policies = policies(memories);
    policies.refresh();
    assertThat(web.requests()).isEqualTo(1);
    now = now.plus(Duration.ofHours(13));
    policies.refresh();
    assertThat(web.requests()).isEqualTo(2);
    now = now.plus(Duration.ofHours(13));
    web.answering(500, "text/plain", /* inChunks= */ false);
    policies.refresh();
    assertThat(web.requests()).isEqualTo(3);
    assertThat(sessions).as("no connection was made").hasValue(0);
    assertThat(policies.of("sts.example")).isPresent();
    now = now.plus(Duration.ofHours(13));
    assertThat(policies.of("sts.example")).isEmpty();
  }

  @Test
  void goesToNoMachineInsideForAPolicy() throws Exception {
    var fetch =
        new StsFetch(Loads.dns(dns), new OwnHosts(List.of(), false)::mayReach, tls(), web.port());
    assertThat(catchThrowable(() -> fetch.fetch("sts.example")))
        .hasMessageContaining("no address that we may go to");
    assertThat(web.requests()).isZero();
  }

  @Test
  void obeysNoPolicyWhenTheSenderSaysThatTlsIsNotRequired() throws Exception {
    assertThat(sent(Wishes.Tls.OPTIONAL, authority.server("mx.sts.example"), PLAIN_HELLO + MAIL))
        .endsWith("250 taken");
  }

  @Test
  void sendsWhatRequiresTlsWhereTheServerPromisesTheSame() throws Exception {
    String requiring =
        SHAKE
            + "C: EHLO client.example\nS: 250-mx\nS: 250 REQUIRETLS\n"
            + MAIL.replace("<ann@example.org>", "<ann@example.org> REQUIRETLS");
    assertThat(sent(Wishes.Tls.REQUIRED, authority.server("mx.sts.example"), requiring))
        .endsWith("250 taken");
  }

  @Test
  void givesBackAtOnceWhatRequiresTlsThatIsNotToBeHad() throws Exception {
    assertThat(required(SECURE_HELLO + REFUSED)).contains("failed 5.7.30");
    assertThat(required(PLAIN_HELLO + REFUSED)).contains("failed 5.7.10");
    assertThat(sent(Wishes.Tls.REQUIRED, new Authority().server("mx.sts.example"), SHAKE))
        .contains("failed 5.7.10");
    web.publishing(ENFORCE.replace("enforce", "none"));
    dns.become(PUBLISHED.replace("id=1", "id=2"));
    assertThat(required()).contains("failed 5.7.10").contains("sts.example");
  }

  private String required(String... scripts) throws Exception {
    return sent(Wishes.Tls.REQUIRED, authority.server("mx.sts.example"), scripts);
  }

  private String sent(String... scripts) throws Exception {
    return sent(authority.server("mx.sts.example"), scripts);
  }

  private String sent(Authority.Server certified, String... scripts) throws Exception {
    return sent(Wishes.Tls.USUAL, certified, scripts);
  }

  /// Sends a mail with a server program that has just started, to a server that plays `scripts`.
  private String sent(Wishes.Tls wish, Authority.Server certified, String... scripts)
      throws Exception {
    Memories memories = new Memories(engine, () -> now);
    try (ScriptedServer mx =
        ScriptedServer.playingAt("127.0.0.5", 0, scripts).certified(certified.tls())) {
      OutboundConfig config = Loads.by(dns, mx.port());
      String answer;
      try (SmtpCarrier carrier =
          new SmtpCarrier(
              config,
              "client.example",
              SmtpCarrier.dns(config),
              tls(),
              Optional.of(new SmtpCarrier.Kept(memories, () -> now, web.port())))) {
        answer = Loads.carry(carrier, mail(wish));
      }
      mx.assertPlayed();
      return answer;
    } finally {
      memories.write();
    }
  }

  private static Carrier.Load mail(Wishes.Tls wish) {
    Carrier.Load load = load("sts.example", MESSAGE, "bob@sts.example");
    Wishes wishes = new Wishes(wish, 0, Optional.empty(), Optional.empty());
    var options = new NewMail.Options(false, false, Optional.empty(), Optional.empty(), wishes);
    return Loads.with(load, options, load.recipients());
  }

  private StsPolicies policies(Memories memories) throws IOException {
    DnsClient client = Loads.dns(dns);
    var fetch = new StsFetch(client, _ -> true, tls(), web.port());
    return new StsPolicies(
        client, fetch, memories, () -> now, (_, _, _) -> sessions.incrementAndGet());
  }

  private TlsClient tls() {
    return new TlsClient(Optional.of(authority.pem().getBytes(StandardCharsets.US_ASCII)));
  }
}
