package org.posthorn.mailets.match;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherContract;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;

final class MatchersTest {
  @Nested
  final class AllTest implements MatcherContract {
    @Override
    public Matcher matcher() {
      return make(new All(), Map.of());
    }

    @Test
    void choosesAll() {
      assertThat(chosen(matcher(), mail())).containsExactly("ann", "bob");
    }
  }

  @Nested
  final class RecipientIsTest implements MatcherContract {
    @Override
    public Matcher matcher() {
      return make(
          new RecipientIs(), Map.of("addresses", List.of("user1@example.org", "@example.net")));
    }

    @Test
    void choosesAddressesInAnyCaseAndWholeDomains() {
      assertThat(chosen(make(new RecipientIs(), Map.of("addresses", "ANN@Example.ORG")), mail()))
          .containsExactly("ann");
      assertThat(chosen(matcher(), mail())).containsExactly("bob");
      refuses(new RecipientIs(), Map.of(), "'addresses' is missing");
      refuses(new RecipientIs(), Map.of("addresses", "ann"), "'addresses' is 'ann'");
    }
  }

  @Nested
  final class HostIsTest implements MatcherContract {
    @Override
    public Matcher matcher() {
      return make(new HostIs(), Map.of("domains", List.of("EXAMPLE.net", "[192.0.2.1]")));
    }

    @Test
    void choosesByDomain() {
      assertThat(chosen(matcher(), mail())).containsExactly("bob");
      refuses(new HostIs(), Map.of(), "'domains' is missing");
      refuses(new HostIs(), Map.of("domains", "-"), "'domains' is '-'");
    }
  }

  @Nested
  final class SenderIsTest implements MatcherContract {
    @Override
    public Matcher matcher() {
      return make(new SenderIs(), Map.of("addresses", List.of("Sender@example.org")));
    }

    @Test
    void choosesAllOrNobody() {
      assertThat(chosen(matcher(), mail())).hasSize(2);
      assertThat(chosen(matcher(), mail().withSender(Optional.empty()))).isEmpty();
      assertThat(chosen(make(new SenderIs(), Map.of("addresses", "@example.net")), mail()))
          .isEmpty();
    }
  }

  @Nested
  final class SenderIsNullTest implements MatcherContract {
    @Override
    public Matcher matcher() {
      return make(new SenderIsNull(), Map.of());
    }

    @Test
    void choosesReports() {
      assertThat(chosen(matcher(), mail())).isEmpty();
      assertThat(chosen(matcher(), mail().withSender(Optional.empty()))).hasSize(2);
    }
  }

  @Nested
  final class SizeOverTest implements MatcherContract {
    @Override
    public Matcher matcher() {
      return make(new SizeOver(), Map.of("size", "1MB"));
    }

    @Test
    void choosesWhatIsLargerNotWhatIsAsLarge() {
      long size = mail().message().sizeBytes();
      assertThat(chosen(make(new SizeOver(), Map.of("size", size)), mail())).isEmpty();
      assertThat(chosen(make(new SizeOver(), Map.of("size", size - 1)), mail())).hasSize(2);
      refuses(new SizeOver(), Map.of(), "'size' is missing");
    }
  }

  @Nested
  final class HasHeaderTest implements MatcherContract {
    @Override
    public Matcher matcher() {
      return make(new HasHeader(), Map.of("name", "X-Loop"));
    }

    @Test
    void looksForTheFieldOrForATextInIt() {
      assertThat(chosen(matcher(), mail())).isEmpty();
      assertThat(chosen(make(new HasHeader(), Map.of("name", "SUBJECT")), mail())).hasSize(2);
      assertThat(
              chosen(make(new HasHeader(), Map.of("name", "Subject", "value", "INVOICE")), mail()))
          .hasSize(2);
      assertThat(chosen(make(new HasHeader(), Map.of("name", "Subject", "value", "x")), mail()))
          .isEmpty();
    }

    /// Whoever writes `Grüße` into it has all of it encoded.
    @Test
    void readsTheFieldAsPeopleSeeIt() {
      for (String subject :
          List.of(
              "=?utf-8?B?T3V0IG9mIG9mZmljZSwgR3LDvMOfZQ==?=",
              "=?utf-8?Q?Out_of_office,_Gr=C3=BC=C3=9Fe?=",
              "Out\n of office, Gr\u00FC\u00DFe")) {
        Mail mail = mail().withMessage(HeapMessage.of("Subject: " + subject + "\n\nbody\n"));
        for (String text : List.of("out of office", "gr\u00FC\u00DFe")) {
          assertThat(chosen(make(new HasHeader(), Map.of("name", "Subject", "value", text)), mail))
              .as("%s in %s", text, subject)
              .hasSize(2);
        }
      }
    }
  }

  @Nested
  final class IsAuthenticatedTest implements MatcherContract {
    @Override
    public Matcher matcher() {
      return make(new IsAuthenticated(), Map.of());
    }

    @Test
    void choosesWhatSomebodySubmitted() {
      assertThat(chosen(matcher(), mail())).hasSize(2);
      assertThat(chosen(matcher(), from(Optional.empty(), "192.0.2.1"))).isEmpty();
    }
  }

  @Nested
  final class RemoteAddressIsTest implements MatcherContract {
    @Override
    public Matcher matcher() {
      return make(
          new RemoteAddressIs(),
          Map.of(
              "networks", List.of("192.0.2.7", "198.51.100.0/25", "2001:db8::/33", "0.0.0.0/32")));
    }

    @Test
    void choosesByNetworkToTheBit() {
      assertThat(
              List.of("192.0.2.7", "198.51.100.0", "198.51.100.127", "2001:db8:7fff::1", "0.0.0.0")
                  .stream()
                  .filter(each -> !chosen(matcher(), from(Optional.empty(), each)).isEmpty()))
          .hasSize(5);
      assertThat(
              List.of("192.0.2.6", "198.51.100.128", "2001:db8:8000::", "::1").stream()
                  .filter(each -> !chosen(matcher(), from(Optional.empty(), each)).isEmpty()))
          .isEmpty();
    }

    @Test
    void refusesWhatIsNoNetwork() {
      for (String wrong : List.of("192.0.2.0/33", "example.org", "192.0.2.0/-1", "192.0.2.0/x")) {
        refuses(new RemoteAddressIs(), Map.of("networks", wrong), "'networks' is '" + wrong);
      }
      refuses(new RemoteAddressIs(), Map.of(), "'networks' is missing");
    }
  }

  private static Matcher make(MatcherFactory<?> factory, Map<String, ?> parameters) {
    return TestParameters.matcher(factory, parameters, new TestServices());
  }

  private static void refuses(MatcherFactory<?> factory, Map<String, ?> parameters, String why) {
    assertThatThrownBy(() -> make(factory, parameters))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining(why);
  }

  private static List<String> chosen(Matcher matcher, Mail mail) {
    return matcher.match(mail).stream().map(recipient -> recipient.address().localPart()).toList();
  }

  private static Mail mail() {
    return from(Optional.of(MailAddress.of("login@example.org")), "192.0.2.1");
  }

  private static Mail from(Optional<MailAddress> login, String remote) {
    return new Mail(
        new MailId("m1"),
        Optional.of(MailAddress.of("sender@Example.org")),
        Arrays.asList("ann@example.org", "bob@example.net").stream()
            .map(MailAddress::of)
            .map(Recipient::of)
            .toList(),
        HeapMessage.of("Subject: an invoice\n\nbody\n"),
        new Origin(
            Optional.of(InetAddress.ofLiteral(remote)),
            "client.example",
            login,
            "ESMTPA",
            "c1",
            Instant.parse("2026-11-22T12:00:00Z")),
        Map.of());
  }
}
