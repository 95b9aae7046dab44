package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.posthorn.smtp.outbound.Loads.MESSAGE;
import static org.posthorn.smtp.outbound.Loads.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.posthorn.mailet.DnsServer;
import org.posthorn.message.Domain;
import org.posthorn.smtp.outbound.OutboundConfig.Dnssec;
import org.posthorn.spool.Carrier;
import org.posthorn.spool.NewMail;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.queue.Wishes;
import org.posthorn.storage.remember.Memories;
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
  private static final String HELLO =
      """
      S: 220 mx
      C: EHLO client.example
      S: 250-mx
      S: 250 STARTTLS
      C: STARTTLS
      S: 220 go
      TLS
      """;

  private static final String SECURE_HELLO = HELLO + "C: EHLO client.example\nS: 250 mx\n";
  private static final String PLAIN_HELLO = "S: 220 mx\nC: EHLO client.example\nS: 250 mx\n";
  private static final String REFUSED = "C: QUIT\nS: 221 bye\n";

  private static final String MAIL =
      """
      C: MAIL FROM:<ann@example.org>
      S: 250 ok
      C: RCPT TO:<bob@%s>
      S: 250 ok
      C: DATA
      S: 354 go
      DATA
      S: 250 taken
      C: QUIT
      S: 221 bye
      """;

  /// `PORT` is that of the server, `PIN` what the DNS says of its certificate.
  private static final String ZONE =
      """
      dane.example                    IN MX 10 mx.dane.example.
      mx.dane.example                 IN A 127.0.0.6
      _PORT._tcp.mx.dane.example      IN TLSA PIN
      itself.example                  IN A 127.0.0.6
      _PORT._tcp.itself.example       IN TLSA PIN
      alias.example                   IN MX 10 mx.alias.example.
      mx.alias.example                IN CNAME mx.dane.example.
      none.example                    IN MX 10 mx.none.example.
      mx.none.example                 IN A 127.0.0.6
      half.example                    IN MX 10 mx.plain.example.
      mx.plain.example                IN A 127.0.0.6
      _PORT._tcp.mx.plain.example     IN TLSA PIN
      plain.example                   IN MX 10 mx.dane.example.
      leads.example                   IN MX 10 mx.leads.example.
      mx.leads.example                IN CNAME mx.plain.example.
      _PORT._tcp.mx.leads.example     IN TLSA PIN
      leads-on.example                IN MX 10 mx.leads-on.example.
      mx.leads-on.example             IN CNAME mx.plain.example.
      with-broken.example             IN MX 10 mx.broken.example.
      mx.broken.example               IN A 127.0.0.6
      stripped.example                IN MX 10 mx.bogus.example.
      mx.bogus.example                IN A 127.0.0.6
      _PORT._tcp.mx.bogus.example     IN TLSA PIN
      other-name.example              IN CNAME dane.example.
      mta-sts.dane.example            IN A 127.0.0.1
      _mta-sts.dane.example           IN TXT "v=STSv1; id=1;"
      """;

  private final Authority authority = new Authority();
  private final Authority.Server server = authority.server("mx.dane.example");
  private final SignedZone signed = new SignedZone();
  private DnsServer dns;
  private String tlsa = "";
  private int policyPort = 1;

  private final List<String> heard = new CopyOnWriteArrayList<>();

  /// Whether the next answer that names servers is a lie.
  private final AtomicBoolean forged = new AtomicBoolean();

  @BeforeEach
  void start() throws Exception {
    dns =
        DnsServer.with("")
            .signing(reply -> {
              if (reply.getQuestion().getType() == Type.MX && forged.getAndSet(false)) {
                forge(reply);
              } else {
                signed.sign(reply);
              }
            });
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

  @AfterEach
  void stop() {
    dns.close();
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
      assertThat(sent(mode, "dane.example", SECURE_HELLO)).endsWith("250 taken");
      assertThat(refused(mode, new Authority().server("mx.dane.example"), HELLO))
          .contains("deferred 4.7.5")
          .contains("TLSA");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"RESOLVER", "OWN"})
  void needsNoOtherProofThanTheRecord(Dnssec mode) throws Exception {
    Authority.Server expired = authority.server("other.example", Duration.ofHours(-1));
    tlsa = "3 1 1 " + data(expired.certificate(), 1, 1);
    assertThat(sent(mode, Wishes.Tls.USUAL, expired, "dane.example", SECURE_HELLO))
        .endsWith("250 taken");
    tlsa = "2 1 1 " + data(authority.certificate(), 1, 1);
    assertThat(refused(mode, expired, HELLO)).contains("deferred 4.7.5");
    assertThat(refused(mode, authority.server("other.example"), HELLO)).contains("deferred 4.7.5");
    Authority.Server forDomain = authority.server("dane.example");
    assertThat(sent(mode, Wishes.Tls.USUAL, forDomain, "dane.example", SECURE_HELLO))
        .endsWith("250 taken");
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
                  Wishes.Tls.USUAL,
                  authority.server(name),
                  "other-name.example",
                  taken ? SECURE_HELLO : HELLO))
          .contains(taken ? "delivered" : "deferred 4.7.5");
    }
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
      assertThat(sent(mode, "dane.example", taken ? SECURE_HELLO : HELLO))
          .contains(taken ? "delivered" : "deferred 4.7.5");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"RESOLVER", "OWN"})
  void doesNotSendInPlainTextWhereThereIsARecord(Dnssec mode) throws Exception {
    assertThat(refused(mode, server, PLAIN_HELLO + REFUSED))
        .contains("deferred 4.7.4")
        .contains("DANE");
    // Records that mail servers cannot use still say that there is TLS.
    for (String unusable : List.of("0 0 1 " + "00".repeat(32), "3 1 1 0000", "3 1 9 00")) {
      tlsa = unusable;
      assertThat(refused(mode, server, PLAIN_HELLO + REFUSED)).contains("deferred 4.7.4");
      assertThat(sent(mode, "dane.example", SECURE_HELLO)).endsWith("250 taken");
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
    assertThat(sent(mode, domain, SECURE_HELLO)).endsWith("250 taken");
    assertThat(
            sent(mode, Wishes.Tls.USUAL, new Authority().server("mx.dane.example"), domain, HELLO))
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
    assertThat(sent(mode, domain, PLAIN_HELLO)).endsWith("250 taken");
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
    String requiring = HELLO + "C: EHLO client.example\nS: 250-mx\nS: 250 REQUIRETLS\n";
    Authority.Server stranger = new Authority().server("mx.dane.example");
    assertThat(sent(mode, Wishes.Tls.REQUIRED, stranger, "dane.example", HELLO))
        .contains("failed 5.7.10");
    assertThat(sent(mode, Wishes.Tls.REQUIRED, server, "dane.example", requiring))
        .endsWith("250 taken");
  }

  @ParameterizedTest
  @EnumSource(names = {"RESOLVER", "OWN"})
  void recordsOfNoUseLeaveTheDomainsPolicyInForce(Dnssec mode) throws Exception {
    tlsa = "3 1 1 0000";
    try (PolicyServer web =
        new PolicyServer(authority.server("mta-sts.dane.example").tls())
            .publishing("version: STSv1\nmode: enforce\nmx: mx.dane.example\nmax_age: 86400\n")) {
      policyPort = web.port();
      assertThat(refused(mode, new Authority().server("mx.dane.example"), HELLO))
          .contains("deferred 4.7.5");
      assertThat(sent(mode, "dane.example", SECURE_HELLO)).endsWith("250 taken");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"RESOLVER", "OWN"})
  void goesBeforeMtaSts(Dnssec mode) throws Exception {
    try (PolicyServer web =
        new PolicyServer(authority.server("mta-sts.dane.example").tls())
            .publishing("version: STSv1\nmode: enforce\nmx: other.example\nmax_age: 86400\n")) {
      policyPort = web.port();
      assertThat(sent(mode, "dane.example", SECURE_HELLO)).endsWith("250 taken");
      assertThat(web.requests()).isZero();
      assertThat(sent(Dnssec.NONE, "dane.example")).contains("deferred 4.7.5");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"RESOLVER", "OWN"})
  void vouchesForServersOfMailThatRequiresTls(Dnssec mode) throws Exception {
    String requiring = HELLO + "C: EHLO client.example\nS: 250-mx\nS: 250 REQUIRETLS\n";
    assertThat(sent(mode, Wishes.Tls.REQUIRED, server, "dane.example", requiring))
        .endsWith("250 taken");
    assertThat(
            sent(
                mode,
                Wishes.Tls.REQUIRED,
                authority.server("mx.none.example"),
                "none.example",
                requiring))
        .endsWith("250 taken");
    assertThat(sent(mode, Wishes.Tls.REQUIRED, server, "none.example", HELLO))
        .contains("failed 5.7.10");
    assertThat(sent(mode, Wishes.Tls.REQUIRED, server, "half.example", HELLO))
        .contains("failed 5.7.10");
    assertThat(sent(mode, Wishes.Tls.REQUIRED, server, "plain.example")).contains("failed 5.7.10");
    assertThat(sent(mode, Wishes.Tls.OPTIONAL, server, "dane.example", PLAIN_HELLO))
        .endsWith("250 taken");
  }

  /// RFC 8460 §4: the recipient's domain hears it, of the server that has published the records.
  @ParameterizedTest
  @EnumSource(names = {"RESOLVER", "OWN"})
  void whatCameOfItIsReported(Dnssec mode) throws Exception {
    String good = tlsa;
    tlsa = good + "\n_PORT._tcp.mx.dane.example IN TLSA 0 0 1 " + "00".repeat(32);
    sent(mode, "alias.example", SECURE_HELLO);
    tlsa = good;
    refused(mode, new Authority().server("mx.dane.example"), HELLO);
    refused(mode, server, PLAIN_HELLO + REFUSED);
    tlsa = "3 1 1 0000";
    sent(mode, "dane.example", SECURE_HELLO);
    String ofAuthority = "2 1 1 " + data(authority.certificate(), 1, 1);
    tlsa = ofAuthority;
    refused(mode, authority.server("other.example"), HELLO);
    refused(mode, authority.server("dane.example", Duration.ofHours(-1)), HELLO);
    refused(mode, new Authority().server("dane.example"), HELLO);

    assertThat(heard)
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
    assertThat(heard)
        .containsExactly(
            "with-broken.example tlsa mx.broken.example [] dnssec-invalid",
            "dane.example tlsa dane.example [] dnssec-invalid");
  }

  private String sent(Dnssec mode, String domain, String... hello) throws Exception {
    return sent(mode, Wishes.Tls.USUAL, server, domain, hello);
  }

  /// Sends a mail to a server that says `hello` and, if that does not end, takes the mail.
  private String sent(
      Dnssec mode, Wishes.Tls wish, Authority.Server certified, String domain, String... hello)
      throws Exception {
    String taking =
        wish == Wishes.Tls.REQUIRED
            ? MAIL.replace("<ann@example.org>", "<ann@example.org> REQUIRETLS")
            : MAIL;
    String[] scripts =
        hello.length == 0 || hello[0].equals(HELLO) || hello[0].endsWith(REFUSED)
            ? hello
            : new String[] {hello[0] + taking.formatted(domain)};
    try (ScriptedServer mx =
        ScriptedServer.playingAt("127.0.0.6", 0, scripts).certified(certified.tls())) {
      dns.become(ZONE.replace("PIN", tlsa).replace("PORT", Integer.toString(mx.port())));
      String answer = carry(mode, wish, domain, mx.port());
      mx.assertPlayed();
      return answer;
    }
  }

  private String refused(Dnssec mode, Authority.Server certified, String script) throws Exception {
    return sent(mode, Wishes.Tls.USUAL, certified, "dane.example", script);
  }

  private String carry(Dnssec mode, Wishes.Tls wish, String domain, int port) throws IOException {
    OutboundConfig config =
        Loads.trusting(
            Loads.by(dns, port),
            new OutboundConfig.Trust(true, mode, List.of(signed.anchor()), Optional.empty(), true));
    Memories memories = new Memories(new InMemoryEngine(), Instant::now);
    try (SmtpCarrier carrier =
        new SmtpCarrier(
            config,
            "client.example",
            SmtpCarrier.dns(config),
            new TlsClient(Optional.of(authority.pem().getBytes(StandardCharsets.US_ASCII))),
            Optional.of(new SmtpCarrier.Kept(memories, Instant::now, policyPort)),
            (recipients, policy, failure) ->
                heard.add(
                    "%s %s %s %s %s"
                        .formatted(
                            recipients,
                            policy.kind(),
                            policy.base().map(Domain::ascii).orElse("-"),
                            policy.lines(),
                            failure.map(one -> one.result().toString()).orElse("ok"))))) {
      Carrier.Load load = load(domain, MESSAGE, "bob@" + domain);
      Wishes wishes = new Wishes(wish, 0, Optional.empty(), Optional.empty());
      var options = new NewMail.Options(false, false, Optional.empty(), Optional.empty(), wishes);
      return Loads.carry(carrier, Loads.with(load, options, load.recipients()));
    }
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
