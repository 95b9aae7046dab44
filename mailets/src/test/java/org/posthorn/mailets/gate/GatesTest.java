package org.posthorn.mailets.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.MailAddress;

/// What the gates that ship decide.
class GatesTest {
  private static final Recipient BOB = Recipient.of(MailAddress.of("bob@example.org"));

  private final TestServices services = new TestServices();

  @Test
  void addsUpWhatListsSay() {
    services
        .dns()
        .with("A", "7.2.0.192.zen.example", "127.0.0.4")
        .with("A", "7.2.0.192.good.example", "127.0.9.1")
        .with("A", "8.2.0.192.zen.example", "127.255.255.254")
        .with("A", "9.2.0.192.good.example", "127.0.9.1")
        .silentFor("9.2.0.192.zen.example");
    Gate gate =
        gate(
            new DnsList.Factory(),
            Map.of("zones", Map.of("zen.example", "10", "good.example", "-5"), "accept-at", "5"));
    Verdict listed = gate.recipient(visitor("192.0.2.7"), mail("a@example.net"), BOB);
    assertThat(listed).isInstanceOf(Verdict.Tag.class);
    assertThat(gate.recipient(visitor("192.0.2.8"), mail("a@example.net"), BOB))
        .as("an answer that says that we may not ask")
        .isEqualTo(Verdict.pass());
    assertThat(gate.recipient(visitor("192.0.2.9"), mail("a@example.net"), BOB))
        .isInstanceOf(Verdict.Accept.class);
    Gate strict = gate(new DnsList.Factory(), Map.of("zones", Map.of("zen.example", "10")));
    assertThat(strict.recipient(visitor("192.0.2.7"), mail("a@example.net"), BOB))
        .isInstanceOfSatisfying(
            Verdict.Refuse.class, refuse -> assertThat(refuse.text()).contains("zen.example"));
    Recipient postmaster = Recipient.of(MailAddress.of("Postmaster@example.org"));
    assertThat(strict.recipient(visitor("192.0.2.7"), mail("a@example.net"), postmaster))
        .isEqualTo(Verdict.pass());
  }

  @Test
  void listsWeighByWhatTheyAnswer() {
    services
        .dns()
        .with("A", "7.2.0.192.list.example", "127.0.5.2")
        .with("A", "8.2.0.192.list.example", "127.0.5.3", "127.0.5.9")
        .with(
            "A",
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.list.example",
            "127.0.5.9");
    Gate gate =
        gate(
            new DnsList.Factory(),
            Map.of(
                "zones", Map.of("list.example=127.0.*.2-3", "3", "list.example=127.0.5.9", "20")));
    assertThat(gate.recipient(visitor("192.0.2.7"), mail("a@example.net"), BOB))
        .isEqualTo(
            Verdict.tag("dnslist.score", "3", "score 3: 192.0.2.7 on list.example=127.0.*.2-3"));
    assertThat(gate.recipient(visitor("192.0.2.8"), mail("a@example.net"), BOB))
        .isInstanceOfSatisfying(
            Verdict.Refuse.class,
            refuse ->
                assertThat(refuse.reason())
                    .isEqualTo(
                        "score 23: 192.0.2.8 on list.example=127.0.5.9, list.example=127.0.*.2-3"));
    assertThat(gate.recipient(visitor("2001:db8::1"), mail("a@example.net"), BOB))
        .isInstanceOf(Verdict.Refuse.class);
    for (String wrong :
        List.of(
            "list.example=127.0.0",
            "list.example=x.0.0.2",
            "list.example=127.0.0.300",
            "list.example=127.0.0.10-5",
            "list.example=10.0.0.2",
            "two words")) {
      assertThatThrownBy(() -> gate(new DnsList.Factory(), Map.of("zones", Map.of(wrong, "1"))))
          .isInstanceOf(ParameterException.class)
          .hasMessageContaining(wrong);
    }
  }

  /// As some do when they are given up (RFC 5782 §5): all mail would be refused, or let in.
  @Test
  void aListThatHasEverybodyOnItCountsNothing() {
    services
        .dns()
        .with("A", "7.2.0.192.dead.example", "127.0.0.2")
        .with("A", "7.2.0.192.zen.example", "127.0.0.4")
        .with("A", "invalid.dead.example", "127.0.0.2")
        .with("A", "good.example.dead.example", "127.0.0.2");
    Gate gate =
        gate(
            new DnsList.Factory(),
            Map.of("zones", Map.of("dead.example", "10", "zen.example", "5")));
    assertThat(recipient(gate, "bob@example.org"))
        .isEqualTo(Verdict.tag("dnslist.score", "5", "score 5: 192.0.2.7 on zen.example"));
    Gate allows = gate(new DnsList.Factory(), Map.of("zones", Map.of("dead.example", "-10")));
    assertThat(recipient(allows, "bob@example.org")).isEqualTo(Verdict.pass());
    Gate domains =
        gate(
            new DnsList.Factory(),
            Map.of("about", "sender", "zones", Map.of("dead.example", "10")));
    assertThat(domains.recipient(visitor("192.0.2.7"), mail("a@good.example"), BOB))
        .isEqualTo(Verdict.pass());
  }

  /// RFC 5782 §5: the name `invalid` is for lists of domains, and a list of addresses may know
  /// nothing but addresses.
  @Test
  void aListThatHasAllAddressesOnItCountsNothing() {
    services
        .dns()
        .with("A", "7.2.0.192.dead.example", "127.0.0.2")
        .with("A", "1.0.0.127.dead.example", "127.0.0.2")
        .with("A", DnsList.reversed(visitor("2001:db8::1").remote()) + "dead.example", "127.0.0.2")
        .with("A", "1.0.0.0.0.0.f.7.f.f.f.f." + "0.".repeat(20) + "dead.example", "127.0.0.2");
    Gate gate = gate(new DnsList.Factory(), Map.of("zones", Map.of("dead.example", "10")));
    for (String client : List.of("192.0.2.7", "2001:db8::1")) {
      assertThat(gate.recipient(visitor(client), mail("a@example.net"), BOB))
          .as(client)
          .isEqualTo(Verdict.pass());
    }
  }

  /// Else each of a hundred recipients would wait as long as the DNS may take.
  @Test
  void aListThatIsDownIsWaitedForOnceAndNotWithEachRecipient() {
    String down = "7.2.0.192.down.example";
    String other = "8.2.0.192.down.example";
    services.dns().silentFor(down).silentFor(other).with("A", "7.2.0.192.zen.example", "127.0.0.4");
    Gate gate =
        gate(
            new DnsList.Factory(),
            Map.of("zones", Map.of("down.example", "10", "zen.example", "5")));
    for (int i = 0; i < 100; i++) {
      assertThat(recipient(gate, "user" + i + "@example.org"))
          .isEqualTo(Verdict.tag("dnslist.score", "5", "score 5: 192.0.2.7 on zen.example"));
    }
    assertThat(services.dns().timesAsked(down)).isEqualTo(1);
    gate.recipient(visitor("192.0.2.8"), mail("a@example.net"), BOB);
    assertThat(services.dns().timesAsked(other)).as("what others ask about").isEqualTo(1);
    services.pass(Duration.ofMinutes(2));
    recipient(gate, "bob@example.org");
    assertThat(services.dns().timesAsked(down)).as("it may be there again").isEqualTo(2);
  }

  @Test
  void listsKnowDomainsToo() {
    services
        .dns()
        .with("A", "bad.example.dbl.example", "127.0.1.2")
        .with("A", "client.example.dbl.example", "127.0.1.4")
        .with("A", "192.0.2.7.dbl.example", "127.0.1.255");
    Map<String, String> zones = Map.of("dbl.example", "10");
    Gate sender = gate(new DnsList.Factory(), Map.of("about", "sender", "zones", zones));
    assertThat(sender.recipient(visitor("192.0.2.7"), mail("a@bad.example"), BOB))
        .isInstanceOfSatisfying(
            Verdict.Refuse.class,
            refuse ->
                assertThat(refuse.text()).isEqualTo("bad.example is on the list dbl.example"));
    assertThat(sender.recipient(visitor("192.0.2.7"), mail("a@good.example"), BOB))
        .isEqualTo(Verdict.pass());
    assertThat(sender.recipient(visitor("192.0.2.7"), mail(""), BOB)).isEqualTo(Verdict.pass());
    Gate helo = gate(new DnsList.Factory(), Map.of("about", "helo", "zones", zones));
    assertThat(helo.recipient(visitor("192.0.2.7"), mail("a@good.example"), BOB))
        .isInstanceOf(Verdict.Refuse.class);
    Gate name = gate(new DnsList.Factory(), Map.of("about", "client-name", "zones", zones));
    IncomingMail named = mail("a@good.example").withAttribute("rdns.name", "bad.example.");
    assertThat(name.recipient(visitor("192.0.2.7"), named, BOB)).isInstanceOf(Verdict.Refuse.class);
    assertThat(name.recipient(visitor("192.0.2.7"), mail("a@good.example"), BOB))
        .isEqualTo(Verdict.pass());
  }

  /// RFC 5782 §2.4.
  @Test
  void asksForIpv6ByNibbles() {
    assertThat(DnsList.reversed(InetAddress.ofLiteral("2001:db8::1")))
        .isEqualTo("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.");
  }

  @Test
  void looksAtTheNameInHello() {
    services.dns().with("A", "mx.example.net", "192.0.2.7");
    Gate gate = gate(new HelloCheck.Factory(), Map.of("unresolved", "defer"));
    assertThat(hello(gate, "mx.example.net")).isEqualTo(Verdict.pass());
    assertThat(hello(gate, "[192.0.2.7]")).isEqualTo(Verdict.pass());
    assertThat(hello(gate, "[192.0.2.9]")).isInstanceOf(Verdict.Refuse.class);
    assertThat(hello(gate, "localhost")).isInstanceOf(Verdict.Refuse.class);
    assertThat(hello(gate, "mail.example.org")).isInstanceOf(Verdict.Refuse.class);
    assertThat(hello(gate, "MAIL.example.org.")).isInstanceOf(Verdict.Refuse.class);
    assertThat(hello(gate, "no.example.net")).isInstanceOf(Verdict.Defer.class);
  }

  @Test
  void looksAtTheNameOfTheAddress() {
    services
        .dns()
        .with("PTR", "192.0.2.7", "mx.example.net")
        .with("A", "mx.example.net", "192.0.2.7", "2001:db8::7")
        .with("PTR", "192.0.2.8", "mx.example.net");
    Gate gate = gate(new ReverseDns.Factory(), Map.of("missing", "refuse"));
    assertThat(gate.hello(visitor("192.0.2.7")))
        .isEqualTo(Verdict.tag("rdns.name", "mx.example.net", "name mx.example.net"));
    assertThat(gate.hello(visitor("192.0.2.8")))
        .isInstanceOfSatisfying(
            Verdict.Tag.class,
            tag -> assertThat(tag.attributes()).containsEntry("rdns", "unconfirmed"));
    assertThat(gate.hello(visitor("192.0.2.9"))).isInstanceOf(Verdict.Refuse.class);
  }

  @Test
  void wantsSendersThatCouldGetAnAnswer() {
    services
        .dns()
        .with("MX", "example.net", "mx.example.net")
        .with("A", "plain.example", "192.0.2.1")
        .with("MX", "silent.example", ".")
        .silentFor("broken.example");
    Gate gate = gate(new SenderDomain.Factory(), Map.of());
    assertThat(sender(gate, "a@example.net")).isEqualTo(Verdict.pass());
    assertThat(sender(gate, "a@plain.example")).isEqualTo(Verdict.pass());
    assertThat(sender(gate, "a@[192.0.2.1]")).isEqualTo(Verdict.pass());
    assertThat(sender(gate, "")).isEqualTo(Verdict.pass());
    assertThat(sender(gate, "a@silent.example"))
        .isInstanceOfSatisfying(
            Verdict.Refuse.class, refuse -> assertThat(refuse.status()).isEqualTo("5.7.27"));
    assertThat(sender(gate, "a@nowhere.example")).isInstanceOf(Verdict.Refuse.class);
    assertThat(sender(gate, "a@broken.example")).isInstanceOf(Verdict.Defer.class);
  }

  @Test
  void countsConnectionsThatAreOpen() {
    Gate gate = gate(new Concurrency.Factory(), Map.of("max", "1"));
    assertThat(gate.connection(visitor("2001:db8::1"))).isEqualTo(Verdict.pass());
    assertThat(gate.connection(visitor("2001:db8::2"))).isInstanceOf(Verdict.Defer.class);
    assertThat(gate.connection(visitor("2001:db8:0:1::2"))).isEqualTo(Verdict.pass());
    gate.gone(visitor("2001:db8::1"));
    gate.gone(visitor("2001:db8::2"));
    assertThat(gate.connection(visitor("2001:db8::3"))).isEqualTo(Verdict.pass());
  }

  @Test
  void asksStrangersToComeAgain() {
    Gate gate = gate(new Greylist.Factory(), Map.of("delay", "5m", "accept-after", "2"));
    Visitor stranger = visitor("192.0.2.7");
    assertThat(gate.recipient(stranger, mail("a1@example.net"), BOB))
        .isInstanceOf(Verdict.Defer.class);
    services.pass(Duration.ofMinutes(4));
    assertThat(gate.recipient(stranger, mail("a1@example.net"), BOB))
        .isInstanceOf(Verdict.Defer.class);
    services.pass(Duration.ofMinutes(1));
    assertThat(gate.recipient(visitor("192.0.2.99"), mail("a2@example.net"), BOB))
        .as("from the same network, with another number in the sender")
        .isInstanceOf(Verdict.Tag.class);
    assertThat(gate.recipient(stranger, mail("a1@example.net"), BOB)).isEqualTo(Verdict.pass());
    assertThat(gate.recipient(stranger, mail("x@example.net"), BOB))
        .isInstanceOf(Verdict.Defer.class);
    services.pass(Duration.ofMinutes(5));
    assertThat(gate.recipient(stranger, mail("x@example.net"), BOB))
        .isInstanceOf(Verdict.Tag.class);
    assertThat(gate.recipient(stranger, mail("y@example.net"), BOB))
        .as("a network that came again often enough")
        .isEqualTo(Verdict.pass());
  }

  @Test
  void asksOnceForARecipientWhateverTheDetail() {
    services.directory().withPerson("ann@example.org", "Ann");
    Gate gate = gate(new Greylist.Factory(), Map.of("delay", "5m"));
    assertThat(recipient(gate, "ann+1@example.org")).isInstanceOf(Verdict.Defer.class);
    services.pass(Duration.ofMinutes(5));
    assertThat(recipient(gate, "Ann+2@example.org")).isInstanceOf(Verdict.Tag.class);
    assertThat(recipient(gate, "ann@example.org")).isEqualTo(Verdict.pass());
  }

  @Test
  void remembersOnlySoManyStrangersOfANetwork() {
    Gate gate = gate(new Greylist.Factory(), Map.of("delay", "5m", "strangers-max", "2"));
    for (String sender : List.of("a@example.net", "b@example.net", "c@example.net")) {
      assertThat(gate.recipient(visitor("192.0.2.7"), mail(sender), BOB))
          .isInstanceOf(Verdict.Defer.class);
    }
    assertThat(gate.recipient(visitor("198.51.100.7"), mail("c@example.net"), BOB))
        .isInstanceOf(Verdict.Defer.class);
    services.pass(Duration.ofMinutes(5));
    assertThat(gate.recipient(visitor("192.0.2.8"), mail("c@example.net"), BOB))
        .as("was not remembered")
        .isInstanceOf(Verdict.Defer.class);
    assertThat(gate.recipient(visitor("192.0.2.8"), mail("a@example.net"), BOB))
        .isInstanceOf(Verdict.Tag.class);
    assertThat(gate.recipient(visitor("198.51.100.7"), mail("c@example.net"), BOB))
        .as("another network")
        .isInstanceOf(Verdict.Tag.class);
    services.pass(Duration.ofHours(1));
    assertThat(gate.recipient(visitor("192.0.2.8"), mail("c@example.net"), BOB))
        .isInstanceOf(Verdict.Defer.class);
    services.pass(Duration.ofMinutes(5));
    assertThat(gate.recipient(visitor("192.0.2.8"), mail("c@example.net"), BOB))
        .isInstanceOf(Verdict.Tag.class);
  }

  @Test
  void letsInWhoCameWhileTheClockWasAhead() {
    Gate gate = gate(new Greylist.Factory(), Map.of("delay", "5m"));
    services.pass(Duration.ofDays(1));
    assertThat(recipient(gate, "bob@example.org")).isInstanceOf(Verdict.Defer.class);
    services.pass(Duration.ofDays(-1));
    assertThat(recipient(gate, "bob@example.org")).isInstanceOf(Verdict.Defer.class);
    services.pass(Duration.ofMinutes(5));
    assertThat(recipient(gate, "bob@example.org")).isInstanceOf(Verdict.Tag.class);
  }

  @Test
  void forgetsWhoDidNotComeAgain() {
    Gate gate = gate(new Greylist.Factory(), Map.of("window", "1h"));
    assertThat(gate.recipient(visitor("192.0.2.7"), mail("a@example.net"), BOB))
        .isInstanceOf(Verdict.Defer.class);
    services.pass(Duration.ofHours(2));
    assertThat(gate.recipient(visitor("192.0.2.7"), mail("a@example.net"), BOB))
        .isInstanceOf(Verdict.Defer.class);
  }

  /// Whoever is forgotten before the time has come for the second try stays a stranger for ever.
  @Test
  void remembersStrangersForLongerThanTheyWait() {
    for (Map<String, String> wrong :
        List.of(
            Map.of("delay", "10m", "window", "5m"),
            Map.of("delay", "5m", "window", "5m"),
            Map.of("window", "1m"))) {
      assertThatThrownBy(() -> gate(new Greylist.Factory(), wrong))
          .isInstanceOf(ParameterException.class)
          .hasMessageContaining("delay")
          .hasMessageContaining("window");
    }
  }

  @Test
  void limitsHowMuchALoginSendsAndRaisesAnAlarmOnce() {
    Gate gate =
        gate(
            new RateLimit.Factory(),
            Map.of("per", "login", "count", "2", "every", "1h", "alarm-to", "admin@example.org"));
    Visitor ann = loggedIn("ann@example.org");
    assertThat(gate.sender(ann, mail("ann@example.org"))).isEqualTo(Verdict.pass());
    assertThat(gate.sender(ann, mail("ann@example.org"))).isEqualTo(Verdict.pass());
    assertThat(gate.sender(ann, mail("ann@example.org")))
        .isInstanceOfSatisfying(
            Verdict.Defer.class,
            defer ->
                assertThat(defer.reason())
                    .isEqualTo("ann@example.org has more than 2 messages in 1h"));
    assertThat(gate.sender(ann, mail("ann@example.org"))).isInstanceOf(Verdict.Defer.class);
    assertThat(gate.sender(loggedIn("bob@example.org"), mail("bob@example.org")))
        .isEqualTo(Verdict.pass());
    assertThat(services.told())
        .containsExactly("admin@example.org: Too much mail from ann@example.org");
    services.pass(Duration.ofMinutes(30));
    assertThat(gate.sender(ann, mail("ann@example.org"))).isEqualTo(Verdict.pass());
    assertThat(gate.sender(ann, mail("ann@example.org"))).isInstanceOf(Verdict.Defer.class);
    assertThat(services.told()).hasSize(1);
  }

  /// Its time to fill is more than can be counted in milliseconds.
  @Test
  void aBucketThatTakesAgesToFillIsNotAlwaysFull() {
    for (long days : List.of(50_000_000_000L, 200_000_000_000L)) {
      var bucket =
          new Bucket(services.memory("b" + days), services.clock(), 1, Duration.ofDays(days), 3);
      assertThat(Stream.generate(() -> bucket.take("ann")).limit(5))
          .containsExactly(true, true, true, false, false);
    }
  }

  @Test
  void tellsOfTooMuchMailEachDayThatItGoesOn() {
    Gate gate =
        gate(
            new RateLimit.Factory(),
            Map.of("per", "login", "count", "1", "every", "1h", "alarm-to", "admin@example.org"));
    Visitor ann = loggedIn("ann@example.org");
    for (int hour = 0; hour <= 50; hour++) {
      for (int i = 0; i < 3; i++) {
        gate.sender(ann, mail("ann@example.org"));
      }
      services.pass(Duration.ofHours(1));
    }
    assertThat(services.told()).hasSize(3);
  }

  @Test
  void namesTheCommandOnlyForALogin() {
    List<String> texts = new ArrayList<>();
    var listening =
        (Services)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Services.class},
                (_, method, arguments) -> {
                  if (method.getName().equals("tell")) {
                    texts.add((String) arguments[2]);
                  }
                  return method.invoke(services, arguments);
                });
    for (String per : List.of("login", "sender")) {
      Gate gate =
          TestParameters.gate(
              new RateLimit.Factory(),
              Map.of("per", per, "count", "1", "every", "1h", "alarm-to", "admin@example.org"),
              listening);
      Visitor ann = loggedIn("ann@example.org");
      gate.sender(ann, mail("eve@example.net"));
      gate.sender(ann, mail("eve@example.net"));
    }
    assertThat(texts.getFirst()).contains("posthorn user disable ann@example.org");
    assertThat(texts.getLast())
        .contains("eve@example.net has sent more than 1 message in 1h")
        .contains("was told to try again later")
        .doesNotContain("posthorn user");
    Gate recipients =
        TestParameters.gate(
            new RateLimit.Factory(),
            Map.ofEntries(
                Map.entry("per", "recipient"),
                Map.entry("what", "recipients"),
                Map.entry("count", "1"),
                Map.entry("over", "refuse"),
                Map.entry("alarm-to", "admin@example.org")),
            listening);
    recipient(recipients, "bob@example.org");
    recipient(recipients, "bob@example.org");
    assertThat(texts.getLast())
        .contains("bob@example.org gets more than 1 message in 1h", "was refused")
        .doesNotContain("try again");
    assertThat(services.told().getLast())
        .isEqualTo("admin@example.org: Too much mail for bob@example.org");
  }

  /// A few in a minute and many in a day, say: each limit has something to tell.
  @Test
  void eachRateLimitRaisesItsOwnAlarm() {
    var factory = new RateLimit.Factory();
    List<Gate> gates =
        Stream.of("2", "2", "3")
            .map(count ->
                gate(
                    factory,
                    Map.of("per", "login", "count", count, "alarm-to", "admin@example.org")))
            .toList();
    Visitor ann = loggedIn("ann@example.org");
    for (int i = 0; i < 5; i++) {
      gates.forEach(gate -> gate.sender(ann, mail("ann@example.org")));
    }
    assertThat(services.told())
        .hasSize(3)
        .containsOnly("admin@example.org: Too much mail from ann@example.org");
  }

  @Test
  void knowsRecipientsByWhateverAddress() {
    services
        .directory()
        .withPerson("ann@example.org", "Ann")
        .withAlias("all@example.org", "ann@example.org");
    Gate internal =
        gate(new AccessList.Factory(), Map.of("recipients", List.of("all@example.org")));
    Gate limit =
        gate(
            new RateLimit.Factory(),
            Map.of("per", "recipient", "what", "recipients", "count", "2", "every", "1h"));
    assertThat(recipient(internal, "all+x@example.org")).isInstanceOf(Verdict.Refuse.class);
    assertThat(recipient(internal, "ann+all@example.org")).isEqualTo(Verdict.pass());
    assertThat(recipient(limit, "ann@example.org")).isEqualTo(Verdict.pass());
    assertThat(recipient(limit, "Ann+1@example.org")).isEqualTo(Verdict.pass());
    assertThat(recipient(limit, "ann+2@example.org")).isInstanceOf(Verdict.Defer.class);
    assertThat(recipient(limit, "bob@example.org")).isEqualTo(Verdict.pass());
  }

  @Test
  void limitsWithTheSameFiguresCountEachForItself() {
    var made = new RateLimit.Factory();
    Map<String, Object> figures = Map.of("per", "address", "count", "2");
    Gate first = gate(made, figures);
    Gate second = gate(made, figures);
    Visitor client = visitor("192.0.2.7");
    for (int i = 0; i < 2; i++) {
      assertThat(first.sender(client, mail("a@example.net"))).isEqualTo(Verdict.pass());
      assertThat(second.sender(client, mail("a@example.net"))).isEqualTo(Verdict.pass());
    }
    assertThat(first.sender(client, mail("a@example.net"))).isInstanceOf(Verdict.Defer.class);
    services.pass(Duration.ofMinutes(30));
    assertThat(first.sender(client, mail("a@example.net"))).isEqualTo(Verdict.pass());
    // As after a restart.
    var madeAgain = new RateLimit.Factory();
    assertThat(gate(madeAgain, figures).sender(client, mail("a@example.net")))
        .isInstanceOf(Verdict.Defer.class);
    assertThat(gate(madeAgain, figures).sender(client, mail("a@example.net")))
        .isEqualTo(Verdict.pass());
  }

  /// Whoever is refused for good does not try again, and need not be the one who has too many.
  @Test
  void saysWhatBecomesOfWhatIsOverALimit() {
    Gate deferring = gate(new RateLimit.Factory(), Map.of("per", "address", "count", "1"));
    Gate refusing =
        gate(new RateLimit.Factory(), Map.of("per", "network", "count", "1", "over", "refuse"));
    Gate forOne =
        gate(
            new RateLimit.Factory(),
            Map.of("per", "recipient", "what", "recipients", "count", "1", "over", "defer"));
    Visitor visitor = visitor("192.0.2.7");
    for (Gate gate : List.of(deferring, refusing)) {
      assertThat(gate.sender(visitor, mail("a@example.net"))).isEqualTo(Verdict.pass());
    }
    assertThat(toBob(forOne, visitor)).isEqualTo(Verdict.pass());
    assertThat(deferring.sender(visitor, mail("a@example.net")))
        .isInstanceOfSatisfying(
            Verdict.Defer.class,
            defer -> assertThat(defer.text()).isEqualTo("Too much from you, try again later"));
    assertThat(refusing.sender(visitor, mail("a@example.net")))
        .isInstanceOfSatisfying(
            Verdict.Refuse.class,
            refuse -> assertThat(refuse.text()).isEqualTo("Too much from you"));
    assertThat(toBob(forOne, visitor))
        .isInstanceOfSatisfying(
            Verdict.Defer.class,
            defer ->
                assertThat(defer.text()).isEqualTo("Too much for this recipient, try again later"));
  }

  private static Verdict toBob(Gate gate, Visitor visitor) {
    return gate.recipient(visitor, mail("a@example.net"), BOB);
  }

  @Test
  void refusesLimitsThatMakeNoSense() {
    assertThatThrownBy(
            () -> gate(new RateLimit.Factory(), Map.of("per", "login", "what", "connections")))
        .isInstanceOf(ParameterException.class);
    assertThatThrownBy(() -> gate(new RateLimit.Factory(), Map.of("per", "moon")))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("address, network, login");
  }

  @Test
  void knowsWhomTheOperatorHasNamed() {
    Gate gate =
        gate(
            new AccessList.Factory(),
            Map.of(
                "clients",
                List.of("192.0.2.0/24"),
                "senders",
                "@bad.example\n# people\n.worse.example # all below\nnews*@example.*\n/x[0-9]+@.*/",
                "then",
                "defer"));
    assertThat(sender(gate, "a@bad.example")).isInstanceOf(Verdict.Defer.class);
    assertThat(sender(gate, "a@very.worse.example")).isInstanceOf(Verdict.Defer.class);
    assertThat(sender(gate, "News-7@example.com")).isInstanceOf(Verdict.Defer.class);
    assertThat(sender(gate, "x123@example.net")).isInstanceOf(Verdict.Defer.class);
    assertThat(sender(gate, "a@verybad.example")).isEqualTo(Verdict.pass());
    assertThat(gate.sender(visitor("198.51.100.1"), mail("a@bad.example")))
        .isEqualTo(Verdict.pass());
    assertThatThrownBy(() -> gate(new AccessList.Factory(), Map.of()))
        .isInstanceOf(ParameterException.class);
  }

  /// A bare domain, as other servers' access maps have it, is no address: it would fit nobody, and
  /// the list would be open without a word.
  @Test
  void refusesPatternsThatFitNoAddress() {
    for (String parameter : List.of("senders", "recipients")) {
      assertThatThrownBy(() ->
              gate(
                  new AccessList.Factory(),
                  Map.of(parameter, "ann@example.org\nspam.example # all of them")))
          .isInstanceOf(ParameterException.class)
          .hasMessageContaining("'" + parameter + "'")
          .hasMessageContaining("@spam.example");
      assertThatThrownBy(() -> gate(new AccessList.Factory(), Map.of(parameter, "bob")))
          .isInstanceOf(ParameterException.class)
          .hasMessageContaining("bob@");
      gate(
          new AccessList.Factory(),
          Map.of(parameter, "*\n*.example\nbob@*\n.example.org\n@example.org\n/bob.*/\n<>"));
    }
    gate(new AccessList.Factory(), Map.of("names", "mail.example.org\nlocalhost"));
  }

  /// Clients choose their names, and some expressions take hours with some of them.
  @Test
  void givesUpAnExpressionThatTakesTooLong() {
    Gate gate = gate(new AccessList.Factory(), Map.of("names", "/.*-.*-.*-.*-.*-.*\\.dyn\\..*/"));
    assertThat(hello(gate, "1-2-3-4-5-6.DYN.example")).isInstanceOf(Verdict.Refuse.class);
    assertThat(hello(gate, "x.1-2-3-4-5-6.dyn.example")).isInstanceOf(Verdict.Refuse.class);
    assertThat(hello(gate, "1-2-3-4-5-6.static.example")).isEqualTo(Verdict.pass());
    assertTimeoutPreemptively(
        Duration.ofSeconds(2),
        () ->
            assertThatThrownBy(() -> hello(gate, "-".repeat(255)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("takes too long"));
  }

  @Test
  void readsDomainsAsPeopleWriteThem() {
    Gate gate =
        gate(
            new AccessList.Factory(),
            Map.of(
                "senders",
                List.of(
                    "@m\u00FCller.example",
                    "ann@B\u00DCCHER.example",
                    ".k\u00E4se.example",
                    "info@*.stra\u00DFe.example",
                    "*.caf\u00E9.example",
                    "j\u00F6rg@*",
                    "@plain.example")));
    for (String sender :
        List.of(
            "a@m\u00FCller.example",
            "a@xn--mller-kva.example",
            "ann@b\u00FCcher.example",
            "a@x.k\u00E4se.example",
            "info@a.b.stra\u00DFe.example",
            "a@x.caf\u00E9.example",
            "j\u00F6rg@example.net",
            "a@plain.example")) {
      assertThat(sender(gate, sender)).as(sender).isInstanceOf(Verdict.Refuse.class);
    }
    for (String sender :
        List.of("bob@b\u00FCcher.example", "a@muller.example", "info@strasse.example")) {
      assertThat(sender(gate, sender)).as(sender).isEqualTo(Verdict.pass());
    }
    Gate names = gate(new AccessList.Factory(), Map.of("names", "m\u00FCller.example"));
    assertThat(hello(names, "xn--mller-kva.example")).isInstanceOf(Verdict.Refuse.class);
    for (String wrong : List.of("@m\u00FC*.example", "ann@\u200Bx.example")) {
      assertThatThrownBy(() -> gate(new AccessList.Factory(), Map.of("senders", List.of(wrong))))
          .as(wrong)
          .isInstanceOf(ParameterException.class)
          .hasMessageContaining("'senders'");
    }
  }

  /// In EHLO too it is the same name with a dot at its end, and in the letters of people.
  @Test
  void knowsNamesHoweverClientsWriteThem() {
    Gate gate =
        gate(
            new AccessList.Factory(),
            Map.of("names", ".bad.example\nm\u00FCller.example\n/host-[0-9]+[.]dyn[.]example/"));
    for (String name :
        List.of(
            "mail.bad.example",
            "mail.bad.example.",
            "bad_host.BAD.example.",
            "M\u00FCller.example",
            "host-7.dyn.example.")) {
      assertThat(hello(gate, name)).as(name).isInstanceOf(Verdict.Refuse.class);
    }
    assertThat(hello(gate, "mail.good.example.")).isEqualTo(Verdict.pass());
  }

  @Test
  void doesTheStrictestOfWhatTheHeaderDeserves() {
    String twice = "Subject: a\nSubject: b\nDate: today\n";
    Gate tags = gate(new HeaderSanity.Factory(), Map.of("repeated", "tag"));
    assertThat(content(tags, twice + "\nx"))
        .isInstanceOfSatisfying(
            Verdict.Refuse.class, refuse -> assertThat(refuse.reason()).isEqualTo("no From"));
    assertThat(content(tags, twice + "From: a@b.example\n\nx"))
        .isEqualTo(Verdict.tag("header", "repeated", "repeated Subject"));
    Gate passes = gate(new HeaderSanity.Factory(), Map.of("repeated", "pass", "no-date", "defer"));
    assertThat(content(passes, "To: a\nTo: b\nFrom: a@b.example\n\nx"))
        .isInstanceOf(Verdict.Defer.class);
  }

  @Test
  void refusesHeadersThatReadersShowDifferently() {
    Gate gate = gate(new HeaderSanity.Factory(), Map.of("hops-max", "2"));
    assertThat(content(gate, "From: a@b.example\nDate: today\n\nx")).isEqualTo(Verdict.pass());
    assertThat(content(gate, "From: a@b.example\nfrom: c@d.example\nDate: today\n\nx"))
        .isInstanceOf(Verdict.Refuse.class);
    for (String hidden :
        List.of("From : c@d.example\n", "no field\nFrom: c@d.example\n", " \nFROM:\n")) {
      assertThat(content(gate, "From: a@b.example\n" + hidden + "Date: today\n\nx"))
          .as(hidden)
          .isInstanceOf(Verdict.Refuse.class);
    }
    assertThat(content(gate, "Date: today\n\nx")).isInstanceOf(Verdict.Refuse.class);
    assertThat(content(gate, "From: a@b.example\n\nx")).isInstanceOf(Verdict.Tag.class);
    assertThat(content(gate, "Received: a\nReceived: b\nReceived: c\nFrom: a@b.example\n\nx"))
        .isInstanceOf(Verdict.Refuse.class);
  }

  @Test
  void waitsNoLongerThanAClientWould() {
    assertThat(gate(new Tarpit.Factory(), Map.of()).connection(visitor("192.0.2.7")))
        .isEqualTo(Verdict.pass());
    assertThatThrownBy(() -> gate(new Tarpit.Factory(), Map.of("greeting", "1m")))
        .isInstanceOf(ParameterException.class);
  }

  private Gate gate(GateFactory<?> factory, Map<String, ?> parameters) {
    return TestParameters.gate(factory, parameters, services);
  }

  private static Verdict hello(Gate gate, String name) {
    return gate.hello(visitorAs("192.0.2.7", Optional.of(name), Optional.empty()));
  }

  private static Verdict sender(Gate gate, String sender) {
    return gate.sender(visitor("192.0.2.7"), mail(sender));
  }

  private static Verdict recipient(Gate gate, String address) {
    Recipient recipient = Recipient.of(MailAddress.of(address));
    return gate.recipient(visitor("192.0.2.7"), mail("a@example.net"), recipient);
  }

  private static Verdict content(Gate gate, String message) {
    return gate.content(visitor("192.0.2.7"), mail("a@example.net"), HeapMessage.of(message));
  }

  static Visitor visitor(String remote) {
    return visitorAs(remote, Optional.of("client.example"), Optional.empty());
  }

  private static Visitor loggedIn(String login) {
    return visitorAs("192.0.2.7", Optional.of("client.example"), Optional.of(login));
  }

  private static Visitor visitorAs(String remote, Optional<String> helo, Optional<String> login) {
    return new Visitor(
        InetAddress.ofLiteral(remote),
        "mx",
        "c1",
        helo,
        login.map(MailAddress::of),
        Optional.empty());
  }

  static IncomingMail mail(String sender) {
    return new IncomingMail(
        sender.isEmpty() ? Optional.empty() : Optional.of(MailAddress.of(sender)),
        List.of(BOB),
        OptionalLong.empty(),
        Map.of());
  }
}
