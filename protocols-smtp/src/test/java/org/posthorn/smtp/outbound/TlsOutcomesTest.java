package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.smtp.outbound.Loads.MESSAGE;
import static org.posthorn.smtp.outbound.Loads.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.DnsServer;
import org.posthorn.spool.Carrier;
import org.posthorn.spool.NewMail;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.queue.Wishes;
import org.posthorn.storage.remember.Memories;

/// What is counted of each connection (RFC 8460), by real servers, certificates, DNS and policies.
final class TlsOutcomesTest {
  private static final String HELLO =
      "S: 220 mx\nC: EHLO client.example\nS: 250-mx\nS: 250 STARTTLS\n";
  private static final String SHAKE = HELLO + "C: STARTTLS\nS: 220 go\nTLS\n";
  private static final String PLAIN = "S: 220 mx\nC: EHLO client.example\nS: 250 mx\n";
  private static final String QUIT = "C: QUIT\nS: 221 bye\n";
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
  private static final String SECURE = SHAKE + "C: EHLO client.example\nS: 250 mx\n" + MAIL;
  private static final String ZONE =
      """
      sts.example          IN MX 10 mx.sts.example.
      mx.sts.example       IN A 127.0.0.7
      mta-sts.sts.example  IN A 127.0.0.1
      """;
  private static final String PUBLISHED = ZONE + "_mta-sts.sts.example IN TXT \"v=STSv1; id=1;\"\n";
  private static final String POLICY =
      "version: STSv1\nmode: enforce\nmx: mx.sts.example\nmax_age: 86400\n";

  private final Authority authority = new Authority();
  private final Authority.Server good = authority.server("mx.sts.example");
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private DnsServer dns;
  private PolicyServer web;

  @BeforeEach
  void start() throws IOException {
    dns = DnsServer.with(ZONE);
    web = new PolicyServer(authority.server("mta-sts.sts.example").tls()).publishing(POLICY);
  }

  @AfterEach
  void stop() {
    web.close();
    dns.close();
  }

  @Test
  void withoutAPolicyItIsWhetherThereIsTls() throws Exception {
    send(new Authority().server("any.example"), SECURE);
    send(good, PLAIN + MAIL);
    send(good, HELLO + "C: STARTTLS\nS: 454 not now\n", PLAIN + MAIL);

    assertThat(heard)
        .containsExactly(
            "sts.example no-policy-found ok",
            "sts.example no-policy-found starttls-not-supported mx.sts.example 127.0.0.7",
            "sts.example no-policy-found validation-failure mx.sts.example 127.0.0.7");
  }

  @Test
  void withAPolicyItIsWhetherTheServerProvesItself() throws Exception {
    dns.become(PUBLISHED);
    send(good, SECURE);
    send(new Authority().server("mx.sts.example"), SHAKE);
    send(authority.server("other.example"), SHAKE);
    send(authority.server("mx.sts.example", Duration.ofHours(-1)), SHAKE);
    send(good, PLAIN + QUIT);
    web.publishing(POLICY.replace("mx.sts", "mail.sts"));
    send(good);

    assertThat(heard)
        .containsExactly(
            "sts.example sts ok",
            "sts.example sts certificate-not-trusted mx.sts.example 127.0.0.7",
            "sts.example sts certificate-host-mismatch mx.sts.example 127.0.0.7",
            "sts.example sts certificate-expired mx.sts.example 127.0.0.7",
            "sts.example sts starttls-not-supported mx.sts.example 127.0.0.7",
            "sts.example sts validation-failure mx.sts.example -");
  }

  /// That is what testing is for.
  @Test
  void aPolicyThatIsTriedOutIsJudgedAsIfItWereEnforced() throws Exception {
    dns.become(PUBLISHED);
    web.publishing(POLICY.replace("enforce", "testing"));
    send(good, SECURE);
    send(new Authority().server("mx.sts.example"), SECURE);
    send(authority.server("other.example"), SECURE);
    send(authority.server("mx.sts.example", Duration.ofHours(-1)), SECURE);
    web.publishing(POLICY.replace("enforce", "testing").replace("mx.sts", "mail.sts"));
    send(good, SECURE);

    assertThat(heard)
        .containsExactly(
            "sts.example sts ok",
            "sts.example sts certificate-not-trusted mx.sts.example 127.0.0.7",
            "sts.example sts certificate-host-mismatch mx.sts.example 127.0.0.7",
            "sts.example sts certificate-expired mx.sts.example 127.0.0.7",
            "sts.example sts validation-failure mx.sts.example 127.0.0.7");
  }

  @Test
  void aPolicyThatCannotBeHadIsCounted() throws Exception {
    dns.become(PUBLISHED);
    web.answering(404, "text/plain", /* inChunks= */ false);
    send(good, SECURE);
    web.answering(200, "text/plain", /* inChunks= */ false);
    web.publishing("version: STSv2\n");
    send(good, SECURE);
    web.close();
    web = new PolicyServer(new Authority().server("mta-sts.sts.example").tls()).publishing(POLICY);
    send(good, SECURE);

    assertThat(heard)
        .containsExactly(
            "sts.example sts sts-policy-fetch-error - -",
            "sts.example no-policy-found ok",
            "sts.example sts sts-policy-invalid - -",
            "sts.example no-policy-found ok",
            "sts.example sts sts-webpki-invalid - -",
            "sts.example no-policy-found ok");
  }

  /// Reports themselves go this way, so nothing is reported about reports.
  @Test
  void mailThatNeedsNoTlsIsNotCounted() throws Exception {
    dns.become(PUBLISHED);
    send(Wishes.Tls.OPTIONAL, good, SECURE);
    send(Wishes.Tls.OPTIONAL, good, PLAIN + MAIL);

    assertThat(heard).isEmpty();
  }

  private void send(Authority.Server certified, String... scripts) throws Exception {
    send(Wishes.Tls.USUAL, certified, scripts);
  }

  private void send(Wishes.Tls wish, Authority.Server certified, String... scripts)
      throws Exception {
    Memories memories = new Memories(new InMemoryEngine(), Instant::now);
    try (ScriptedServer mx =
        ScriptedServer.playingAt("127.0.0.7", 0, scripts).certified(certified.tls())) {
      OutboundConfig config = Loads.by(dns, mx.port());
      TlsClient tls =
          new TlsClient(Optional.of(authority.pem().getBytes(StandardCharsets.US_ASCII)));
      try (SmtpCarrier carrier =
          new SmtpCarrier(
              config,
              "client.example",
              SmtpCarrier.dns(config),
              tls,
              Optional.of(new SmtpCarrier.Kept(memories, Instant::now, web.port())),
              (domain, policy, failure) ->
                  heard.add(
                      domain
                          + " "
                          + policy.kind()
                          + " "
                          + failure.map(TlsOutcomesTest::text).orElse("ok")))) {
        var _ = Loads.carry(carrier, mail(wish));
      }
      mx.assertPlayed();
    }
  }

  private static String text(TlsOutcomes.Failure failure) {
    return failure.result()
        + " "
        + failure.server().orElse("-")
        + " "
        + failure.address().map(address -> address.getHostAddress()).orElse("-");
  }

  private static Carrier.Load mail(Wishes.Tls wish) {
    Carrier.Load load = load("sts.example", MESSAGE, "bob@sts.example");
    Wishes wishes = new Wishes(wish, 0, Optional.empty(), Optional.empty());
    var options = new NewMail.Options(false, false, Optional.empty(), Optional.empty(), wishes);
    return Loads.with(load, options, load.recipients());
  }
}
