package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.smtp.outbound.ScriptedServer.IN_CLEAR;
import static org.posthorn.smtp.outbound.ScriptedServer.OFFERING_TLS;
import static org.posthorn.smtp.outbound.ScriptedServer.SHAKING_HANDS;
import static org.posthorn.smtp.outbound.ScriptedServer.UNDER_TLS;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.message.Domain;
import org.posthorn.smtp.outbound.OutboundConfig.Dnssec;
import org.posthorn.smtp.outbound.OutboundConfig.Trust;
import org.posthorn.spool.Carrier.Answer;
import org.posthorn.storage.queue.Wishes;
import org.xbill.DNS.DClass;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// Certificates that are named in a signed DNS (RFC 7672): believed by the server's word, and by
/// the signatures of a zone that is really signed.
final class DaneTest {
  private static final String MAIL = mail("dane.example");
  private static final String REQUIRING_TLS = SHAKING_HANDS + "EHLO REQUIRETLS\n";

  /// `PIN` is what the DNS says of the certificate.
  private static final String ZONE =
      """
      dane.example                    IN MX 10 mx.dane.example.
      mx.dane.example                 IN A 127.0.0.5
      _PORT._tcp.mx.dane.example      IN TLSA PIN
      itself.example                  IN A 127.0.0.5
      _PORT._tcp.itself.example       IN TLSA PIN
      alias.example                   IN MX 10 mx.alias.example.
      mx.alias.example                IN CNAME mx.dane.example.
      none.example                    IN MX 10 mx.none.example.
      mx.none.example                 IN A 127.0.0.5
      half.example                    IN MX 10 mx.plain.example.
      mx.plain.example                IN A 127.0.0.5
      _PORT._tcp.mx.plain.example     IN TLSA PIN
      plain.example                   IN MX 10 mx.dane.example.
      leads.example                   IN MX 10 mx.leads.example.
      mx.leads.example                IN CNAME mx.plain.example.
      _PORT._tcp.mx.leads.example     IN TLSA PIN
      leads-on.example                IN MX 10 mx.leads-on.example.
      mx.leads-on.example             IN CNAME mx.plain.example.
      with-broken.example             IN MX 10 mx.broken.example.
      mx.broken.example               IN A 127.0.0.5
      stripped.example                IN MX 10 mx.bogus.example.
      mx.bogus.example                IN A 127.0.0.5
      _PORT._tcp.mx.bogus.example     IN TLSA PIN
      other-name.example              IN CNAME dane.example.
      mta-sts.dane.example            IN A 127.0.0.1
      _mta-sts.dane.example           IN TXT "v=STSv1; id=1;"
      """;

  private final SignedZone signed = new SignedZone();

  /// Whether the next answer that names servers is a lie.
  private final AtomicBoolean forged = new AtomicBoolean();

  @AutoClose
  private final SendingMta mta =
      SendingMta.in("")
          .signing(reply -> {
            if (reply.getQuestion().getType() == Type.MX && forged.getAndSet(false)) {
              forge(reply);
            } else {
              signed.sign(reply);
            }
          });

  private final Authority authority = mta.authority;
  private final Authority.Server server = authority.server("mx.dane.example");
  private String tlsa = "";

  @BeforeEach
  void pin() throws Exception {
    tlsa = "3 1 1 " + data(server.certificate(), 1, 1);
  }

  private static void forge(Message reply) {
    reply.getHeader().setRcode(Rcode.NOERROR);
    reply.removeAllRecords(Section.ANSWER);
    reply.removeAllRecords(Section.AUTHORITY);
    reply.addRecord(
        new MXRecord(
            reply.getQuestion().getName(),
            DClass.IN,
            60,
            10,
            Name.fromConstantString("mx.none.example.")),
        Section.ANSWER);
  }

  @ParameterizedTest
  @CsvSource({
    "3, 1, 1", "3, 0, 1", "3, 1, 2", "3, 0, 2", "3, 1, 0", "3, 0, 0", "2, 0, 1", "2, 1, 1",
    "2, 1, 2", "2, 0, 0"
  })
  void sendsToTheServerWhoseCertificateTheDnsNames(int usage, int selector, int matching)
      throws Exception {
    X509Certificate named = usage == 2 ? authority.certificate() : server.certificate();
    tlsa = usage + " " + selector + " " + matching + " " + data(named, selector, matching);
    for (Dnssec mode : List.of(Dnssec.RESOLVER, Dnssec.OWN)) {
      assertThat(sent(mode, "dane.example", UNDER_TLS + MAIL)).endsWith("250 taken");
      assertThat(sent(mode, new Authority().server("mx.dane.example"), SHAKING_HANDS))
          .contains("deferred 4.7.5")
          .contains("TLSA");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"RESOLVER", "OWN"})
  void needsNoOtherProofThanTheRecord(Dnssec mode) throws Exception {
    Authority.Server expired = authority.server("other.example", Duration.ofHours(-1));
    tlsa = "3 1 1 " + data(expired.certificate(), 1, 1);
    assertThat(sent(mode, expired, UNDER_TLS + MAIL)).endsWith("250 taken");
    tlsa = "2 1 1 " + data(authority.certificate(), 1, 1);
    assertThat(sent(mode, expired, SHAKING_HANDS)).contains("deferred 4.7.5");
    assertThat(sent(mode, authority.server("other.example"), SHAKING_HANDS))
        .contains("deferred 4.7.5");
    Authority.Server forDomain = authority.server("dane.example");
    assertThat(sent(mode, forDomain, UNDER_TLS + MAIL)).endsWith("250 taken");
  }

  /// RFC 7672 §3.2.2: of the server, of the domain, and of what the domain is another name of.
  @ParameterizedTest
  @CsvSource({
    "mx.dane.example, true",
    "dane.example, true",
    "other-name.example, true",
    "*.dane.example, true",
    "mx.none.example, false",
  })
  void aCertificateByTheAuthorityIsForOneOfTheNames(String name, boolean taken) throws Exception {
    tlsa = "2 1 1 " + data(authority.certificate(), 1, 1);
    for (Dnssec mode : List.of(Dnssec.RESOLVER, Dnssec.OWN)) {
      assertThat(
              sent(
                  mode,
                  to("other-name.example"),
                  authority.server(name),
                  taken ? UNDER_TLS + mail("other-name.example") : SHAKING_HANDS))
          .contains(taken ? "delivered" : "deferred 4.7.5");
    }
  }

  /// RFC 7672 §3.2.3: the subject's name counts where there is no other.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "O=Somebody,CN=MX.dane.example||true",
        "CN=*.dane.example||true",
        "CN=mx.dane.example|other.example|false",
        "CN=mx.dane.example,CN=mx.none.example||false",
        "CN=mx.none.example||false",
        "O=mx.dane.example||false",
      })
  void aCertificateWithoutOtherNamesIsForItsSubject(String subject, String other, boolean taken)
      throws Exception {
    tlsa = "2 1 1 " + data(authority.certificate(), 1, 1);
    assertThat(
            sent(
                Dnssec.RESOLVER,
                authority.server(subject, Optional.ofNullable(other)),
                taken ? UNDER_TLS + MAIL : SHAKING_HANDS))
        .contains(taken ? "delivered" : "deferred 4.7.5");
  }

  /// RFC 7671 §9: of one usage and selector the strongest digest counts, and only that.
  @ParameterizedTest
  @CsvSource({"1, 2, false", "2, 1, true", "0, 2, true"})
  void weakDigestsDoNotCountBesideStrongOnes(int right, int wrong, boolean taken) throws Exception {
    tlsa =
        "3 1 %d %s\n_PORT._tcp.mx.dane.example IN TLSA 3 1 %d %s"
            .formatted(
                right,
                data(server.certificate(), 1, right),
                wrong,
                data(authority.certificate(), 1, wrong));
    for (Dnssec mode : List.of(Dnssec.RESOLVER, Dnssec.OWN)) {
      assertThat(sent(mode, "dane.example", taken ? UNDER_TLS + MAIL : SHAKING_HANDS))
          .contains(taken ? "delivered" : "deferred 4.7.5");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"RESOLVER", "OWN"})
  void doesNotSendInPlainTextWhereThereIsARecord(Dnssec mode) throws Exception {
    assertThat(sent(mode, server, IN_CLEAR + "QUIT")).contains("deferred 4.7.4").contains("DANE");
    // Records that mail servers cannot use still say that there is TLS.
    for (String unusable : List.of("0 0 1 " + "00".repeat(32), "3 1 1 0000", "3 1 9 00")) {
      tlsa = unusable;
      assertThat(sent(mode, server, IN_CLEAR + "QUIT")).contains("deferred 4.7.4");
      assertThat(sent(mode, "dane.example", UNDER_TLS + MAIL)).endsWith("250 taken");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "RESOLVER, itself.example",
    "OWN, itself.example",
    "RESOLVER, alias.example",
    "OWN, alias.example",
    "RESOLVER, leads.example",
    "OWN, leads.example",
  })
  void findsTheRecordOfADomainWithoutMxAndBehindAnAlias(Dnssec mode, String domain)
      throws Exception {
    assertThat(sent(mode, domain, UNDER_TLS + mail(domain))).endsWith("250 taken");
    assertThat(sent(mode, to(domain), new Authority().server("mx.dane.example"), SHAKING_HANDS))
        .contains("deferred 4.7.5");
  }

  @ParameterizedTest
  @CsvSource({
    "RESOLVER, none.example",
    "OWN, none.example",
    "RESOLVER, half.example",
    "OWN, half.example",
    "RESOLVER, leads-on.example",
    "OWN, leads-on.example",
    "RESOLVER, plain.example",
    "OWN, plain.example",
    "NONE, dane.example",
  })
  void doesNotMindWhatIsNotSignedOrNotThere(Dnssec mode, String domain) throws Exception {
    assertThat(sent(mode, domain, IN_CLEAR + mail(domain))).endsWith("250 taken");
  }

  @ParameterizedTest
  @CsvSource({
    "OWN, stripped.example",
    "RESOLVER, with-broken.example",
    "OWN, with-broken.example",
  })
  void waitsWhereTheDnsDoesNotAnswerAsItMust(Dnssec mode, String domain) throws Exception {
    assertThat(sent(mode, domain)).contains("deferred 4.4.3");
  }

  /// Nor will the next mail be, but for one that asks for less.
  @Test
  void holdsUpAllThatAsksForDaneWhereTheDnsIsBroken() throws Exception {
    mta.zone(ZONE.replace("PIN", tlsa))
        .trusting(new Trust(true, Dnssec.OWN, List.of(signed.anchor()), Optional.empty(), true));
    String domain = "with-broken.example";
    try (ScriptedServer server =
            ScriptedServer.playingAt(SendingMta.MX_ADDRESS, 0, IN_CLEAR + mail(domain));
        SmtpCarrier carrier = mta.carrier(server.port(), mta.memories())) {
      assertThat(carrier.carry(to(domain).load()).values())
          .singleElement()
          .isInstanceOfSatisfying(
              Answer.Deferred.class,
              answer -> assertThat(answer.came()).isEqualTo(Answer.Extent.DOOR));
      assertThat(carrier.carry(to(domain).wishing(Wishes.Tls.OPTIONAL).load()).values())
          .singleElement()
          .isInstanceOf(Answer.Delivered.class);
      server.assertPlayed();
    }
  }

  /// Mail that asks for less can go to the first, so it is not that nobody could be reached.
  @ParameterizedTest
  @ValueSource(ints = {5, 20})
  void holdsUpOnlyWhatAsksForDaneThoughTheOtherServerIsDown(int preference) throws Exception {
    String others =
        """
        with-broken.example             IN MX %d mx.down.example.
        mx.down.example                 IN A 127.0.0.7
        """
            .formatted(preference);
    assertThat(came(to("with-broken.example"), others, "")).isEqualTo(Answer.Extent.DOOR);
  }

  /// The same where the other server takes only this mail not, for its time limit.
  @Test
  void holdsUpOnlyWhatAsksForDaneThoughTheOtherServerTakesNotThisMail() throws Exception {
    var inAnHour = new Wishes.DeliverBy(Instant.now().plus(Duration.ofHours(1)), true, false);
    var limited = new Wishes(Wishes.Tls.USUAL, 0, Optional.empty(), Optional.of(inAnHour));
    assertThat(
            came(
                to("with-broken.example").wishing(limited),
                "with-broken.example IN MX 20 mx.none.example.\n",
                IN_CLEAR + "QUIT"))
        .isEqualTo(Answer.Extent.DOOR);
  }

  private Answer.Extent came(OutgoingMail mail, String others, String script) throws Exception {
    mta.zone(ZONE.replace("PIN", tlsa) + others)
        .trusting(new Trust(true, Dnssec.OWN, List.of(signed.anchor()), Optional.empty(), true));
    String[] scripts = script.isEmpty() ? new String[0] : new String[] {script};
    try (ScriptedServer playing = ScriptedServer.playingAt(SendingMta.MX_ADDRESS, 0, scripts);
        SmtpCarrier carrier = mta.carrier(playing.port(), mta.memories())) {
      var answer = (Answer.Deferred) carrier.carry(mail.load()).values().iterator().next();
      playing.assertPlayed();
      return answer.came();
    }
  }

  /// The MX are looked up without proof: somebody in between may name a server of theirs.
  @ParameterizedTest
  @EnumSource(names = {"RESOLVER", "OWN"})
  void waitsWhereTheSignedMxDoNotNameTheServer(Dnssec mode) throws Exception {
    for (String domain : List.of("dane.example", "itself.example")) {
      forged.set(true);
      assertThat(sent(mode, domain)).contains("deferred 4.4.3").contains("mx.none.example");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"RESOLVER", "OWN"})
  void mailThatRequiresTlsIsNotSentToAServerThatProvesNothing(Dnssec mode) throws Exception {
    tlsa = "3 1 1 0000"; // Of no use.
    Authority.Server stranger = new Authority().server("mx.dane.example");
    assertThat(required(mode, "dane.example", stranger, SHAKING_HANDS)).contains("failed 5.7.10");
    assertThat(
            required(
                mode, "dane.example", server, REQUIRING_TLS + mailRequiringTls("dane.example")))
        .endsWith("250 taken");
  }

  @ParameterizedTest
  @EnumSource(names = {"RESOLVER", "OWN"})
  void mailThatRequiresTlsGoesBackAtOnceFromAServerThatTheRecordsDoNotName(Dnssec mode)
      throws Exception {
    Authority.Server stranger = new Authority().server("mx.dane.example");
    assertThat(required(mode, "dane.example", stranger, SHAKING_HANDS))
        .contains("failed 5.7.10 (mx.dane.example)")
        .contains("REQUIRETLS");
    assertThat(required(mode, "dane.example", server, IN_CLEAR + "QUIT"))
        .contains("failed 5.7.10 (mx.dane.example)");
  }

  /// The next try may find what the sender wants.
  @ParameterizedTest
  @EnumSource(names = {"RESOLVER", "OWN"})
  void mailThatRequiresTlsWaitsForAServerWhoseTlsFailsForTheMoment(Dnssec mode) throws Exception {
    for (String fault : List.of("454 4.7.0 Not now", "220 go\nCLOSE")) {
      assertThat(required(mode, "dane.example", server, OFFERING_TLS + "C: STARTTLS\nS: " + fault))
          .contains("deferred 4.7.5");
    }
    assertThat(
            required(mode, "dane.example", server, OFFERING_TLS + "C: STARTTLS\nS: 554 5.7.0 No"))
        .contains("failed 5.7.10");
  }

  @ParameterizedTest
  @EnumSource(names = {"RESOLVER", "OWN"})
  void recordsOfNoUseLeaveTheDomainsPolicyInForce(Dnssec mode) throws Exception {
    tlsa = "3 1 1 0000";
    mta.publishing(
        "mta-sts.dane.example",
        "version: STSv1\nmode: enforce\nmx: mx.dane.example\nmax_age: 86400\n");
    assertThat(sent(mode, new Authority().server("mx.dane.example"), SHAKING_HANDS))
        .contains("deferred 4.7.5");
    assertThat(sent(mode, "dane.example", UNDER_TLS + MAIL)).endsWith("250 taken");
  }

  @ParameterizedTest
  @EnumSource(names = {"RESOLVER", "OWN"})
  void goesBeforeMtaSts(Dnssec mode) throws Exception {
    mta.publishing(
        "mta-sts.dane.example",
        "version: STSv1\nmode: enforce\nmx: other.example\nmax_age: 86400\n");
    assertThat(sent(mode, "dane.example", UNDER_TLS + MAIL)).endsWith("250 taken");
    assertThat(mta.web().requests()).isZero();
    assertThat(sent(Dnssec.NONE, "dane.example")).contains("deferred 4.7.5");
  }

  @ParameterizedTest
  @EnumSource(names = {"RESOLVER", "OWN"})
  void vouchesForServersOfMailThatRequiresTls(Dnssec mode) throws Exception {
    assertThat(
            required(
                mode, "dane.example", server, REQUIRING_TLS + mailRequiringTls("dane.example")))
        .endsWith("250 taken");
    assertThat(
            required(
                mode,
                "none.example",
                authority.server("mx.none.example"),
                REQUIRING_TLS + mailRequiringTls("none.example")))
        .endsWith("250 taken");
    assertThat(required(mode, "none.example", server, SHAKING_HANDS)).contains("failed 5.7.10");
    assertThat(required(mode, "half.example", server, SHAKING_HANDS)).contains("failed 5.7.10");
    assertThat(required(mode, "plain.example", server)).contains("failed 5.7.10");
    assertThat(sent(mode, to("dane.example").wishing(Wishes.Tls.OPTIONAL), server, IN_CLEAR + MAIL))
        .endsWith("250 taken");
  }

  /// RFC 8460 §4: the recipient's domain hears it, of the server that has published the records.
  @ParameterizedTest
  @EnumSource(names = {"RESOLVER", "OWN"})
  void whatCameOfItIsReported(Dnssec mode) throws Exception {
    String good = tlsa;
    tlsa = good + "\n_PORT._tcp.mx.dane.example IN TLSA 0 0 1 " + "00".repeat(32);
    sent(mode, "alias.example", UNDER_TLS + mail("alias.example"));
    tlsa = good;
    sent(mode, new Authority().server("mx.dane.example"), SHAKING_HANDS);
    sent(mode, server, IN_CLEAR + "QUIT");
    tlsa = "3 1 1 0000";
    sent(mode, "dane.example", UNDER_TLS + MAIL);
    String ofAuthority = "2 1 1 " + data(authority.certificate(), 1, 1);
    tlsa = ofAuthority;
    sent(mode, authority.server("other.example"), SHAKING_HANDS);
    sent(mode, authority.server("dane.example", Duration.ofHours(-1)), SHAKING_HANDS);
    sent(mode, new Authority().server("dane.example"), SHAKING_HANDS);

    assertThat(heard())
        .containsExactly(
            "alias.example tlsa mx.dane.example [0 0 1 %s, %s] ok".formatted("00".repeat(32), good),
            "dane.example tlsa mx.dane.example [%s] certificate-not-trusted".formatted(good),
            "dane.example tlsa mx.dane.example [%s] starttls-not-supported".formatted(good),
            "dane.example sts - [] sts-policy-fetch-error",
            "dane.example tlsa mx.dane.example [3 1 1 0000] tlsa-invalid",
            "dane.example tlsa mx.dane.example [%s] certificate-host-mismatch"
                .formatted(ofAuthority),
            "dane.example tlsa mx.dane.example [%s] certificate-expired".formatted(ofAuthority),
            "dane.example tlsa mx.dane.example [%s] certificate-not-trusted"
                .formatted(ofAuthority));
  }

  /// Though the domain may have an MTA-STS policy, it is not what is broken.
  @ParameterizedTest
  @EnumSource(names = {"RESOLVER", "OWN"})
  void brokenSignaturesAreReportedUnderDane(Dnssec mode) throws Exception {
    sent(mode, "with-broken.example");
    forged.set(true);
    sent(mode, "dane.example");
    assertThat(heard())
        .containsExactly(
            "with-broken.example tlsa mx.broken.example [] dnssec-invalid",
            "dane.example tlsa dane.example [] dnssec-invalid");
  }

  private String required(Dnssec mode, String domain, Authority.Server certified, String... scripts)
      throws Exception {
    return sent(mode, to(domain).wishing(Wishes.Tls.REQUIRED), certified, scripts);
  }

  private String sent(Dnssec mode, String domain, String... scripts) throws Exception {
    return sent(mode, to(domain), server, scripts);
  }

  private String sent(Dnssec mode, Authority.Server certified, String... scripts) throws Exception {
    return sent(mode, to("dane.example"), certified, scripts);
  }

  private String sent(Dnssec mode, OutgoingMail mail, Authority.Server certified, String... scripts)
      throws Exception {
    mta.zone(ZONE.replace("PIN", tlsa))
        .trusting(new Trust(true, mode, List.of(signed.anchor()), Optional.empty(), true));
    return mta.send(mail, certified, scripts);
  }

  private static OutgoingMail to(String domain) {
    return OutgoingMail.to("bob@" + domain);
  }

  private static String mail(String domain) {
    return "MAIL bob@%s\nDATA\nS: 250 taken\nQUIT\n".formatted(domain);
  }

  private static String mailRequiringTls(String domain) {
    return mail(domain).replace("MAIL", "MAIL REQUIRETLS");
  }

  private List<String> heard() {
    return mta.sessions().stream()
        .map(session ->
            "%s %s %s %s %s"
                .formatted(
                    session.domain(),
                    session.policy().kind(),
                    session.policy().base().map(Domain::ascii).orElse("-"),
                    session.policy().lines(),
                    session.failure().map(one -> one.result().toString()).orElse("ok")))
        .toList();
  }

  private static String data(X509Certificate certificate, int selector, int matching)
      throws GeneralSecurityException {
    byte[] selected =
        selector == 0 ? certificate.getEncoded() : certificate.getPublicKey().getEncoded();
    return HexFormat.of()
        .formatHex(
            switch (matching) {
              case 1 -> MessageDigest.getInstance("SHA-256").digest(selected);
              case 2 -> MessageDigest.getInstance("SHA-512").digest(selected);
              default -> selected;
            });
  }
}
