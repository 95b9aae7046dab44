package org.posthorn.mailets;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.TestDns;
import org.posthorn.message.Domain;
import org.posthorn.message.HeaderField;
import org.posthorn.message.MailAddress;
import org.posthorn.senderauth.dkim.Algorithm;
import org.posthorn.senderauth.dkim.DkimResult;
import org.posthorn.senderauth.dkim.DkimVerifier;
import org.posthorn.senderauth.dkim.SigningKey;
import org.posthorn.storage.directory.DomainSettings;
import org.posthorn.storage.keys.DomainKey;
import org.posthorn.storage.keys.DomainKeys;
import org.posthorn.storage.keys.Keyring;

class DkimSignTest implements MailetContract {
  private static final Domain ORG = Domain.of("example.org");
  private static final String HELLO =
      "From: Ann <ann@example.org>\nTo: eve@example.net\nSubject: Hello\n\nHow are you?\n";

  private static final String STRANGER =
      "From: Eve <eve@example.net>\nTo: team@example.org\nSubject: Hello\n\nAll well?\n";

  private final MailHouse house = new MailHouse();
  private final DomainKeys keys = new DomainKeys(house.engine, Keyring.off(), house.clock);
  private final TestDns dns = house.services.dns();

  @AfterEach
  void close() {
    house.close();
  }

  @Override
  public Mailet mailet() {
    if (keys.of(ORG).isEmpty()) {
      add("r1", Algorithm.RSA_SHA256);
      add("e1", Algorithm.ED25519_SHA256);
      keys.move(ORG, "r1", DomainKey.State.SIGNING);
      keys.move(ORG, "e1", DomainKey.State.SIGNING);
    }
    return signing(Optional.empty());
  }

  @Override
  public Message message(byte[] bytes) {
    return house.message(bytes);
  }

  @Test
  void signsWithAllKeysInUseWhatAUserSends() {
    Mail signed = ((Outcome.Continue) mailet().service(from("ann", HELLO))).mail();
    assertThat(results(signed)).extracting(DkimResult::word).containsExactly("pass", "pass");
    assertThat(signatures(signed)).allMatch(value -> value.contains("d=example.org;"));
  }

  @Test
  void signsNothingBeforeTheKeyIsSeenOrAfterItHasRested() {
    add("r1", Algorithm.RSA_SHA256);
    Mailet mailet = signing(Optional.empty());
    for (DomainKey.State state : DomainKey.State.values()) {
      keys.move(ORG, "r1", state);
      Mail mail = ((Outcome.Continue) mailet.service(from("ann", HELLO))).mail();
      assertThat(signatures(mail)).hasSize(state == DomainKey.State.SIGNING ? 1 : 0);
    }
    keys.move(ORG, "r1", DomainKey.State.SIGNING);
    keys.remove(ORG, "r1");
    assertThat(signatures(((Outcome.Continue) mailet.service(from("ann", HELLO))).mail()))
        .isEmpty();
  }

  @Test
  void signsNothingThatStrangersSaidInOurName() {
    Mail forged = house.mail(HELLO, "bob@example.org");
    assertThat(signatures(serviced(remote(forged)))).isEmpty();
    Mail passedOn = house.mail("Received: from elsewhere\n" + HELLO, "bob@example.org");
    assertThat(signatures(serviced(passedOn))).isEmpty();
  }

  @Test
  void signsNothingOfADomainThatTheUserMayNotUse() {
    house.directory.domains().create(Domain.of("bank.example"), DomainSettings.STANDARD);
    Mailet mailet = mailet();
    SigningKey bank = SigningKey.generate("e1", Algorithm.ED25519_SHA256, 0);
    keys.add(Domain.of("bank.example"), "e1", bank.algorithm().toString(), bank.secret());
    keys.move(Domain.of("bank.example"), "e1", DomainKey.State.SIGNING);
    String forged = HELLO.replace("ann@example.org", "ceo@bank.example");
    assertThat(signatures(((Outcome.Continue) mailet.service(from("ann", forged))).mail()))
        .isEmpty();
    String two = HELLO.replace("ann@example.org>", "ann@example.org>, ceo@bank.example");
    assertThat(signatures(((Outcome.Continue) mailet.service(from("ann", two))).mail())).isEmpty();
  }

  @Test
  void signsWhatTheServerMakes() {
    assertThat(signatures(serviced(house.mail(HELLO, "eve@example.net")))).hasSize(2);
  }

  @Test
  void signsWhatTheServerMakesInItsOwnNameAsTheDomainAbove() {
    Mail bounce = house.mail(HELLO.replace("@example", "@mail.example"), "eve@example.net");
    assertThat(signatures(serviced(bounce)))
        .hasSize(2)
        .allMatch(it -> it.contains("d=example.org;"));
    Mail other = house.mail(HELLO.replace("@example.org", "@mail.example.com"), "eve@example.net");
    assertThat(signatures(serviced(other))).isEmpty();
    assertThat(
            signatures(
                ((Outcome.Continue)
                        mailet().service(from("ann", HELLO.replace("@example", "@mail.example"))))
                    .mail()))
        .isEmpty();
  }

  /// The server's reports say of themselves whether they are signed.
  @Test
  void saysWhetherItSignsWhatTheServerMakes() {
    Domain mail = Domain.of("mail.example.org");
    assertThat(DkimSign.signs(keys, house.directory, mail)).isFalse();
    var _ = mailet();
    assertThat(DkimSign.signs(keys, house.directory, mail)).isTrue();
    assertThat(DkimSign.signs(keys, house.directory, ORG)).isTrue();
    assertThat(DkimSign.signs(keys, house.directory, Domain.of("example.com"))).isFalse();
    // One of ours without a key: its mail is not signed as the domain above.
    house.directory.domains().create(mail, DomainSettings.STANDARD);
    assertThat(DkimSign.signs(keys, house.directory, mail)).isFalse();
    String report = HELLO.replace("@example", "@mail.example");
    assertThat(signatures(serviced(house.mail(report, "eve@example.net")))).isEmpty();
    keys.move(ORG, "r1", DomainKey.State.RESTING);
    keys.move(ORG, "e1", DomainKey.State.RESTING);
    assertThat(DkimSign.signs(keys, house.directory, ORG)).isFalse();
  }

  @Test
  void signsNothingWithTwoFromFieldsForReadersMayShowTheOther() {
    String two = "From: ceo@example.org\n" + HELLO;
    assertThat(signatures(((Outcome.Continue) mailet().service(from("ann", two))).mail()))
        .isEmpty();
  }

  @Test
  void signsAListsCopiesOfWhatStrangersPostAsTheList() {
    Mail signed = serviced(copy(STRANGER));
    assertThat(signatures(signed)).hasSize(2).allMatch(it -> it.contains("d=example.org;"));
    assertThat(results(signed)).extracting(DkimResult::word).containsExactly("pass", "pass");
    Mail group =
        copy(STRANGER.replace("Eve <eve@example.net>", "us: eve@example.net, x@b.example;"));
    assertThat(signatures(serviced(group))).hasSize(2);
    Mail passedOn = remote(house.mail(STRANGER, "bob@example.com"));
    assertThat(signatures(serviced(passedOn))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ann@example.org",
        "Ann <ANN@EXAMPLE.ORG>",
        "team@example.org",
        "ann@mail.example.org",
        "ann@other.example",
        "eve@example.net, ann@example.org",
        "us: eve@example.net, ann@example.org;",
        "ann@example.org <eve@example.net>",
        "eve@example.net (ann@example.org), <ann@example.org>",
        "eve@example.net\nFrom: ann@example.org",
        "eve@example.net\nFrom : ann@example.org",
        "eve@example.net\nFROM:ann@example.org",
        "ann",
        ""
      })
  void signsNoCopyWhoseAuthorCouldBeOneOfOurs(String from) {
    house.directory.domains().create(Domain.of("other.example"), DomainSettings.STANDARD);
    Mail forged = copy(STRANGER.replace("Eve <eve@example.net>", from));
    assertThat(signatures(serviced(forged))).isEmpty();
    assertThat(signatures(serviced(forged.withAttribute("auth.dmarc", "fail")))).isEmpty();
    assertThat(signatures(serviced(forged.withAttribute("auth.author", "example.org")))).isEmpty();
  }

  @Test
  void signsNoCopyWhoseAuthorIsOfTheListsOrganization() {
    String team = "team@lists.example.co.uk";
    SigningKey key = SigningKey.generate("e1", Algorithm.ED25519_SHA256, 0);
    Domain lists = Domain.of("lists.example.co.uk");
    keys.add(lists, "e1", key.algorithm().toString(), key.secret());
    keys.move(lists, "e1", DomainKey.State.SIGNING);
    assertThat(signatures(serviced(copy(STRANGER, team)))).hasSize(1);
    Mail above = copy(STRANGER.replace("example.net", "example.co.uk"), team);
    assertThat(signatures(serviced(above))).isEmpty();
    Mail other = copy(STRANGER.replace("example.net", "example2.co.uk"), team);
    assertThat(signatures(serviced(other))).isNotEmpty();
    dns.with("TXT", "_dmarc.co.uk", "v=DMARC1; p=none");
    assertThat(signatures(serviced(other))).isEmpty();
    dns.silentFor("_dmarc.example.net");
    assertThat(signatures(serviced(copy(STRANGER)))).isEmpty();
  }

  @Test
  void signsACopyWhoseAuthorIsProvenOrIsTheList() {
    Mail own = copy(STRANGER.replace("eve@example.net", "ann@example.org"));
    Mail proven = own.withAttribute("auth.dmarc", "pass");
    assertThat(signatures(serviced(proven))).isEmpty();
    assertThat(signatures(serviced(proven.withAttribute("auth.author", "example.net")))).isEmpty();
    assertThat(signatures(serviced(proven.withAttribute("auth.author", "example.org")))).hasSize(2);
    assertThat(signatures(serviced(own.withAttribute("list.login", "bob@other.example"))))
        .isEmpty();
    assertThat(signatures(serviced(own.withAttribute("list.login", "ann@example.org")))).hasSize(2);
    Mail ofList = copy(STRANGER.replace("eve@example.net", "team@example.org"));
    assertThat(signatures(serviced(ofList))).isEmpty();
    assertThat(signatures(serviced(ofList.withAttribute("list.from", "yes")))).hasSize(2);
  }

  @Test
  void signsAnythingAsTheDomainThatIsNamed() {
    mailet();
    Mailet always = signing(Optional.of(ORG));
    Mail list = house.mail(HELLO.replace("example.org", "example.com"), "bob@example.org");
    Mail signed = ((Outcome.Continue) always.service(list)).mail();
    assertThat(results(signed)).extracting(DkimResult::word).containsExactly("pass", "pass");
  }

  private Mail serviced(Mail mail) {
    return ((Outcome.Continue) mailet().service(mail)).mail();
  }

  private void add(String selector, Algorithm algorithm) {
    SigningKey key = SigningKey.generate(selector, algorithm, 2048);
    keys.add(ORG, selector, algorithm.toString(), key.secret());
    dns.with("TXT", selector + "._domainkey.example.org", key.record());
  }

  private Mailet signing(Optional<Domain> always) {
    var factory =
        new DkimSign.Factory(new DkimSign.Rooms(new SigningDomains(keys), house.directory));
    return factory.create(new DkimSign.Settings(always), house.services);
  }

  private Mail from(String user, String text) {
    var login = Optional.of(MailAddress.of(user + "@example.org"));
    var origin =
        new Origin(
            Optional.of(InetAddress.ofLiteral("192.0.2.1")),
            "client.example",
            login,
            "ESMTPSA",
            "c1",
            MailHouse.NOW);
    return withOrigin(house.mail("Received: from ann\n" + text, "eve@example.net"), origin);
  }

  /// What a stranger has sent.
  private static Mail remote(Mail mail) {
    return withOrigin(
        mail,
        new Origin(
            Optional.of(InetAddress.ofLiteral("192.0.2.1")),
            "client.example",
            Optional.empty(),
            "ESMTP",
            "c1",
            MailHouse.NOW));
  }

  /// A copy that a member gets of what a stranger has posted.
  private Mail copy(String text) {
    return copy(text, "team@example.org");
  }

  private Mail copy(String text, String list) {
    Domain domain = MailAddress.of(list).domain();
    if (!house.directory.isLocal(domain)) {
      house.directory.domains().create(domain, DomainSettings.STANDARD);
    }
    return remote(house.mail("Received: from eve\n" + text, "bob@example.com"))
        .withAttribute("list.address", list);
  }

  private static Mail withOrigin(Mail mail, Origin origin) {
    return new Mail(
        mail.id(), mail.sender(), mail.recipients(), mail.message(), origin, mail.attributes());
  }

  private static List<String> signatures(Mail mail) {
    return mail.message().headers().stream()
        .filter(field -> field.is("DKIM-Signature"))
        .map(HeaderField::value)
        .toList();
  }

  private List<DkimResult> results(Mail mail) {
    try (InputStream message = mail.message().open()) {
      return new DkimVerifier(dns, house.clock).verify(message);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
