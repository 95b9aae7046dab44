package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.posthorn.smtp.outbound.PolicyServer.ENFORCE;
import static org.posthorn.smtp.outbound.PolicyServer.PUBLISHED;
import static org.posthorn.smtp.outbound.PolicyServer.ZONE;
import static org.posthorn.smtp.outbound.ScriptedServer.IN_CLEAR;
import static org.posthorn.smtp.outbound.ScriptedServer.OFFERING_TLS;
import static org.posthorn.smtp.outbound.ScriptedServer.SHAKING_HANDS;
import static org.posthorn.smtp.outbound.ScriptedServer.UNDER_TLS;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.spool.Carrier.Answer;
import org.posthorn.spool.Carrier.Answer.Extent;
import org.posthorn.storage.queue.Wishes;

/// Policies of the recipient's domain (RFC 8461), and what the sender wants of TLS (RFC 8689): by a
/// real DNS, a real web server, and mail servers with real certificates.
final class MtaStsTest {
  private static final OutgoingMail TO_BOB = OutgoingMail.to("bob@sts.example");
  private static final String MAIL = "MAIL bob@sts.example\nDATA\nS: 250 taken\nQUIT\n";

  @AutoClose
  private final SendingMta mta =
      SendingMta.in(PUBLISHED).publishing("mta-sts.sts.example", ENFORCE).remembering();

  private final Authority authority = mta.authority;

  @Test
  void sendsToTheServerThatThePolicyNamesUnderTls() throws Exception {
    assertThat(sent(UNDER_TLS + MAIL)).contains("delivered").endsWith("250 taken");
    assertThat(mta.web().requests()).isEqualTo(1);
  }

  @Test
  void readsAPolicyThatComesInChunks() throws Exception {
    mta.web().answering(200, "text/plain", /* inChunks= */ true);
    assertThat(sent(IN_CLEAR + "QUIT")).contains("deferred 4.7.4");
  }

  @Test
  void doesNotSendInPlainTextWhereThePolicyWantsTls() throws Exception {
    assertThat(sent(IN_CLEAR + "QUIT"))
        .contains("deferred 4.7.4 (mx.sts.example)")
        .contains("does not offer STARTTLS")
        .contains("MTA-STS policy");
    assertThat(sent(OFFERING_TLS + "C: STARTTLS\nS: 454 no")).contains("deferred 4.7.5");
    assertThat(sent(OFFERING_TLS + "C: STARTTLS\nS: 220 go\nGARBAGE")).contains("deferred 4.7.5");
  }

  @Test
  void doesNotSendToAServerWhoseCertificateIsNotValid() throws Exception {
    assertThat(sent(new Authority().server("mx.sts.example"), SHAKING_HANDS))
        .isEqualTo(
            "bob@sts.example: deferred 4.7.5 (mx.sts.example) TLS failed: no authority that is"
                + " trusted here vouches for its certificate; the MTA-STS policy of the recipient's"
                + " domain requires it");
    assertThat(sent(authority.server("other.example"), SHAKING_HANDS))
        .contains("deferred 4.7.5")
        .contains("TLS failed: No subject alternative DNS name matching mx.sts.example found");
    assertThat(sent(authority.server("mx.sts.example", Duration.ofHours(-1)), SHAKING_HANDS))
        .contains("deferred 4.7.5")
        .contains("its certificate has expired");
  }

  @Test
  void doesNotEvenAskAServerThatThePolicyDoesNotName() throws Exception {
    mta.web().publishing(ENFORCE.replace("mx.sts", "mail.sts"));
    assertThat(sent())
        .isEqualTo(
            "bob@sts.example: deferred 4.7.5 (-) The MTA-STS policy of sts.example does not name"
                + " its mail server mx.sts.example");
    // So it says nothing of the domain to mail for which TLS is not required.
    try (SmtpCarrier carrier = mta.carrier(25, mta.memories())) {
      assertThat(carrier.carry(TO_BOB.load()).values()).noneMatch(Answer::tried);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"testing", "none"})
  void onlyEnforcesWhatIsToBeEnforced(String mode) throws Exception {
    mta.web().publishing(ENFORCE.replace("enforce", mode).replace("mx.sts", "mail.sts"));
    assertThat(sent(IN_CLEAR + MAIL)).endsWith("250 taken");
  }

  @ParameterizedTest
  @CsvSource({"301, text/plain", "404, text/plain", "200, text/html", "200, ''"})
  void takesNoPolicyThatIsNotPublishedAsItMustBe(int status, String type) throws Exception {
    mta.web().answering(status, type, /* inChunks= */ false);
    assertThat(sent(IN_CLEAR + MAIL)).endsWith("250 taken");
    assertThat(mta.web().requests()).isEqualTo(1);
  }

  @Test
  void takesNoPolicyThatIsTooLargeOrOfAnotherServer() throws Exception {
    mta.web().publishing(ENFORCE + "x: y\n".repeat(20_000));
    assertThat(sent(IN_CLEAR + MAIL)).endsWith("250 taken");
    mta.web().answering(200, "text/plain", /* inChunks= */ true);
    assertThat(sent(IN_CLEAR + MAIL)).endsWith("250 taken");
    mta.publishing("sts.example", ENFORCE);
    assertThat(sent(IN_CLEAR + MAIL)).endsWith("250 taken");
  }

  /// RFC 8461 §3.3 thinks of 64 KiB.
  @Test
  void obeysAndKeepsPoliciesOfManyServers() throws Exception {
    for (String id : List.of("2", "3", "4")) {
      mta.web()
          .publishing(
              "version: STSv1\nmode: enforce\n%smx: mx.sts.example\nmax_age: 86400\n"
                  .formatted(manyServers(id)));
      mta.zone(PUBLISHED.replace("id=1", "id=" + id));
      assertThat(sent(IN_CLEAR + "QUIT")).contains("deferred 4.7.4");
      mta.zone(ZONE);
      assertThat(sent(IN_CLEAR + "QUIT")).contains("deferred 4.7.4");
      assertThat(sent(UNDER_TLS + MAIL)).endsWith("250 taken");
    }
    assertThat(mta.web().requests()).isEqualTo(3);
  }

  private static String manyServers(String kind) {
    return IntStream.range(0, 1_500)
        .mapToObj(n -> "mx: mx%d.of-many-%s.sts.example\n".formatted(n, kind))
        .collect(Collectors.joining());
  }

  @Test
  void keepsAPolicyOverARestartThoughDnsAndWebServerAreGone() throws Exception {
    assertThat(sent(UNDER_TLS + MAIL)).endsWith("250 taken");
    mta.zone(ZONE);
    mta.web().answering(500, "text/plain", /* inChunks= */ false);
    assertThat(sent(IN_CLEAR + "QUIT")).contains("deferred 4.7.4");
    mta.later(Duration.ofDays(1));
    assertThat(sent(IN_CLEAR + MAIL)).endsWith("250 taken");
  }

  @Test
  void keepsAPolicyWhenTheNextOneCannotBeHad() throws Exception {
    assertThat(sent(UNDER_TLS + MAIL)).endsWith("250 taken");
    mta.zone(PUBLISHED.replace("id=1", "id=2"));
    mta.web().answering(500, "text/plain", /* inChunks= */ false);
    assertThat(sent(IN_CLEAR + "QUIT")).contains("deferred 4.7.4");
    assertThat(mta.web().requests()).isEqualTo(2);
  }

  @Test
  void takesANewPolicyWhenTheDomainPublishesANewId() throws Exception {
    assertThat(sent(UNDER_TLS + MAIL)).endsWith("250 taken");
    mta.web().publishing(ENFORCE.replace("enforce", "none"));
    assertThat(sent(IN_CLEAR + "QUIT")).contains("deferred 4.7.4");
    mta.zone(PUBLISHED.replace("id=1", "id=2"));
    assertThat(sent(IN_CLEAR + MAIL)).endsWith("250 taken");
  }

  @Test
  void fetchesAPolicyAgainBeforeItIsOver() throws Exception {
    assertThat(sent(UNDER_TLS + MAIL)).endsWith("250 taken");
    var sessions = new AtomicInteger();
    DnsClient dns = mta.dnsClient();
    var policies =
        new StsPolicies(
            dns,
            new StsFetch(dns, _ -> true, mta.tls(), mta.web().port()),
            mta.memories(),
            mta::now,
            (_, _, _) -> sessions.incrementAndGet());
    policies.refresh();
    assertThat(mta.web().requests()).isEqualTo(1);
    mta.later(Duration.ofHours(13));
    policies.refresh();
    assertThat(mta.web().requests()).isEqualTo(2);
    mta.later(Duration.ofHours(13));
    mta.web().answering(500, "text/plain", /* inChunks= */ false);
    policies.refresh();
    assertThat(mta.web().requests()).isEqualTo(3);
    assertThat(sessions).as("no connection was made").hasValue(0);
    assertThat(policies.of("sts.example")).isPresent();
    mta.later(Duration.ofHours(13));
    assertThat(policies.of("sts.example")).isEmpty();
  }

  @Test
  void goesToNoMachineInsideForAPolicy() throws Exception {
    var fetch =
        new StsFetch(
            mta.dnsClient(), new OwnHosts(List.of(), false)::mayReach, mta.tls(), mta.web().port());
    assertThat(catchThrowable(() -> fetch.fetch("sts.example")))
        .hasMessageContaining("no address that we may go to");
    assertThat(mta.web().requests()).isZero();
  }

  /// Such as by a machine that starts with a wrong date, by which no certificate is valid.
  @Test
  void aClockThatIsSetBackLeavesNoPolicyAside() throws Exception {
    DnsClient dns = mta.dnsClient();
    var policies =
        new StsPolicies(
            dns,
            new StsFetch(dns, _ -> true, mta.tls(), mta.web().port()),
            mta.memories(),
            mta::now,
            TlsOutcomes.NONE);
    mta.web().answering(500, "text/plain", /* inChunks= */ false);
    mta.later(Duration.ofDays(700));
    assertThat(policies.of("sts.example")).isEmpty();
    mta.web().answering(200, "text/plain", /* inChunks= */ false);
    mta.later(Duration.ofDays(-700));
    assertThat(policies.of("sts.example")).isPresent();
    mta.later(Duration.ofDays(-10));
    int before = mta.web().requests();
    policies.refresh();
    assertThat(mta.web().requests()).as("kept since a day that is to come").isEqualTo(before + 1);
  }

  @Test
  void obeysNoPolicyWhenTheSenderSaysThatTlsIsNotRequired() throws Exception {
    assertThat(mta.send(TO_BOB.wishing(Wishes.Tls.OPTIONAL), IN_CLEAR + MAIL))
        .endsWith("250 taken");
  }

  @Test
  void sendsWhatRequiresTlsWhereTheServerPromisesTheSame() throws Exception {
    assertThat(
            required(
                SHAKING_HANDS
                    + """
                    EHLO REQUIRETLS
                    MAIL REQUIRETLS bob@sts.example
                    DATA
                    S: 250 taken
                    QUIT
                    """))
        .endsWith("250 taken");
  }

  /// RFC 8689 §5: it asks for the same as the mail that it is about, and is not lost without.
  @Test
  void aReportOfWhatRequiresTlsAsksForItWhereTheServerPromisesIt() throws Exception {
    OutgoingMail report = TO_BOB.wishing(Wishes.Tls.REQUIRED).asReport();
    Authority.Server server = authority.server("mx.sts.example");
    String from = "C: MAIL FROM:<>%s\nS: 250 ok\nC: RCPT TO:<bob@sts.example>\nS: 250 ok\n";
    String text = "C: DATA\nS: 354 go\nDATA\nS: 250 taken\nQUIT\n";
    assertThat(
            mta.send(
                report,
                server,
                SHAKING_HANDS + "EHLO REQUIRETLS\n" + from.formatted(" REQUIRETLS") + text))
        .endsWith("250 taken");
    assertThat(mta.send(report, server, UNDER_TLS + from.formatted("") + text))
        .endsWith("250 taken");
  }

  /// The next mail would find the same, unless a server could do better in a moment.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|QUIT|DOOR",
        "STARTTLS|C: STARTTLS\\nS: 554 5.7.0 No|DOOR",
        "STARTTLS|STARTTLS|DOOR",
        "STARTTLS|C: STARTTLS\\nS: 454 4.7.0 Not now|SERVER",
        "STARTTLS|C: STARTTLS\\nS: 220 go\\nCLOSE|SERVER",
      })
  void whatAServerDoesNotProveIsTheSameForTheNextMail(String offer, String then, Extent came)
      throws Exception {
    String script = IN_CLEAR.replace("EHLO", ("EHLO " + offer).strip()) + then.replace("\\n", "\n");
    try (ScriptedServer server =
            ScriptedServer.playingAt(SendingMta.MX_ADDRESS, 0, script)
                .certified(new Authority().server("mx.sts.example").tls());
        SmtpCarrier carrier = mta.carrier(server.port(), mta.memories())) {
      assertThat(came(carrier, TO_BOB)).isEqualTo(came);
      server.assertPlayed();
    }
  }

  /// One of two servers may still take it, whichever was asked first.
  @ParameterizedTest
  @CsvSource({"127.0.0.5, 127.0.0.6", "127.0.0.6, 127.0.0.5"})
  void anotherServerThatSaysLaterMayTakeTheNextMail(String good, String bad) throws Exception {
    mta.web().publishing(ENFORCE.replace("mx.sts", "*.sts"));
    mta.zone(
        PUBLISHED
            + """
            sts.example          IN MX 20 other.sts.example.
            other.sts.example    IN A 127.0.0.6
            """);
    String later = UNDER_TLS + "C: MAIL FROM:<ann@example.org>\nS: 451 4.3.0 later\nC: RSET\n";
    try (ScriptedServer says =
            ScriptedServer.playingAt(good, 0, later + "S: 250 ok\nQUIT")
                .certified(authority.server("*.sts.example").tls());
        ScriptedServer does =
            ScriptedServer.playingAt(bad, says.port(), IN_CLEAR + "QUIT")
                .certified(authority.server("*.sts.example").tls());
        SmtpCarrier carrier = mta.carrier(says.port(), mta.memories())) {
      assertThat(came(carrier, TO_BOB)).isEqualTo(Extent.SERVER);
      says.assertPlayed();
      does.assertPlayed();
    }
  }

  /// As one with a time limit, which the server that proves itself does not know: others have none.
  @ParameterizedTest
  @CsvSource({"127.0.0.5, 127.0.0.6", "127.0.0.6, 127.0.0.5"})
  void anotherServerThatProvesItselfMayTakeTheNextMailThoughNotThisOne(String good, String bad)
      throws Exception {
    mta.web().publishing(ENFORCE.replace("mx.sts", "*.sts"));
    mta.zone(
        PUBLISHED
            + """
            sts.example          IN MX 20 other.sts.example.
            other.sts.example    IN A 127.0.0.6
            """);
    var inAnHour = new Wishes.DeliverBy(Instant.now().plus(Duration.ofHours(1)), true, false);
    OutgoingMail limited =
        TO_BOB.wishing(new Wishes(Wishes.Tls.USUAL, 0, Optional.empty(), Optional.of(inAnHour)));
    try (ScriptedServer proves =
            ScriptedServer.playingAt(good, 0, UNDER_TLS + "QUIT")
                .certified(authority.server("*.sts.example").tls());
        ScriptedServer does =
            ScriptedServer.playingAt(bad, proves.port(), IN_CLEAR + "QUIT")
                .certified(authority.server("*.sts.example").tls());
        SmtpCarrier carrier = mta.carrier(proves.port(), mta.memories())) {
      assertThat(came(carrier, limited)).isEqualTo(Extent.SERVER);
      proves.assertPlayed();
      does.assertPlayed();
    }
  }

  private static Extent came(SmtpCarrier carrier, OutgoingMail mail) throws Exception {
    return carrier.carry(mail.load()).values().stream()
        .map(Answer.Deferred.class::cast)
        .findFirst()
        .orElseThrow()
        .came();
  }

  @Test
  void givesBackAtOnceWhatRequiresTlsThatIsNotToBeHad() throws Exception {
    assertThat(required(UNDER_TLS + "QUIT")).contains("failed 5.7.30 (mx.sts.example)");
    assertThat(required(IN_CLEAR + "QUIT")).contains("failed 5.7.10 (mx.sts.example)");
    assertThat(
            mta.send(
                TO_BOB.wishing(Wishes.Tls.REQUIRED),
                new Authority().server("mx.sts.example"),
                SHAKING_HANDS))
        .contains("failed 5.7.10");
    mta.web().publishing(ENFORCE.replace("mx.sts", "mail.sts"));
    mta.zone(PUBLISHED.replace("id=1", "id=2"));
    assertThat(required()).contains("failed 5.7.10").contains("does not name");
    mta.web().publishing(ENFORCE.replace("enforce", "none"));
    mta.zone(PUBLISHED.replace("id=1", "id=3"));
    assertThat(required()).contains("failed 5.7.10").contains("sts.example");
  }

  private String required(String... scripts) throws Exception {
    return mta.send(
        TO_BOB.wishing(Wishes.Tls.REQUIRED), authority.server("mx.sts.example"), scripts);
  }

  /// Each time by a server program that has just started.
  private String sent(String... scripts) throws Exception {
    return sent(authority.server("mx.sts.example"), scripts);
  }

  private String sent(Authority.Server certified, String... scripts) throws Exception {
    return mta.send(TO_BOB, certified, scripts);
  }
}
