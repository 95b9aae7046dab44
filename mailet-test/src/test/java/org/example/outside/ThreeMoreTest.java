package org.example.outside;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateContract;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.Http;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherContract;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.RandomMails;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;
import org.posthorn.mailet.Verdict;
import org.posthorn.message.MailAddress;

final class ThreeMoreTest {
  private final RandomMails mails = new RandomMails(1, HeapMessage::of);

  private Mail mail(String text, String... recipients) {
    return mails
        .next()
        .withRecipients(
            List.of(recipients).stream().map(MailAddress::of).map(Recipient::of).toList())
        .withMessage(HeapMessage.of(text));
  }

  @Nested
  final class NumberDomainsTest implements MailetContract {
    private final TestServices services = new TestServices();

    @Override
    public Mailet mailet() {
      return TestParameters.mailet(
          new NumberDomains(),
          Map.of("header", "X-Number", "report-to", "boss@example.org"),
          services);
    }

    @Test
    void eachDomainHasItsNumbersAndEachDayItsReport() {
      Mailet mailet = mailet();
      Mail both = mail("a\n", "a@one.example", "b@two.example", "c@one.example");
      assertThat(numbers(mailet.service(both))).containsExactly("1", "1");
      assertThat(numbers(mailet.service(both))).containsExactly("1", "1");
      assertThat(numbers(mailet.service(mail("bb\n", "a@one.example")))).containsExactly("2");
      assertThat(services.submitted()).isEmpty();

      services.pass(Duration.ofDays(1));
      Mail next = mail("ccc\n", "b@two.example");
      assertThat(numbers(mailet.service(next))).containsExactly("2");
      assertThat(numbers(mailet.service(next))).containsExactly("2");
      assertThat(numbers(mailet.service(mail("dddd\n", "a@one.example")))).containsExactly("3");
      assertThat(services.submitted()).hasSize(1);
      assertThat(services.submitted().getFirst().message().toString())
          .contains("Subject: Mail of 2026-11-22\r\n", "\r\none.example: 2\r\ntwo.example: 1\r\n");
    }

    private static List<String> numbers(Outcome outcome) {
      return ((Outcome.Split) outcome)
          .parts().stream()
              .map(part -> ((Outcome.Continue) part.outcome()).mail())
              .map(mail -> mail.message().headers().getFirst().value())
              .toList();
    }
  }

  @Nested
  final class ReputationTest implements GateContract {
    private static final String URL = "https://reputation.example/score/";
    private final TestServices services = new TestServices();

    @Override
    public Gate gate() {
      return TestParameters.gate(
          new Reputation(), Map.of("url", URL, "skip", "@example.net"), services);
    }

    @Test
    void aBadClientIsRefusedAndAskedForOnce() {
      services.http().with(URL + "192.0.2.7", 200, "99\n").with(URL + "192.0.2.8", 200, "3\n");
      Gate gate = gate();
      assertThat(asked(gate, "192.0.2.7")).isInstanceOf(Verdict.Refuse.class);
      assertThat(asked(gate, "192.0.2.7")).isInstanceOf(Verdict.Refuse.class);
      assertThat(services.http().sent()).hasSize(1);
      assertThat(asked(gate, "192.0.2.8"))
          .isEqualTo(Verdict.tag("example.score", "3", "score 3 of 80"));
      services.pass(Duration.ofHours(2));
      assertThat(asked(gate, "192.0.2.7")).isInstanceOf(Verdict.Refuse.class);
      assertThat(services.http().sent()).hasSize(3);
    }

    @Test
    void nobodyIsRefusedForAServiceThatIsAway() {
      services
          .http()
          .with(URL + "192.0.2.7", 200, "nonsense")
          .with(URL + "192.0.2.8", _ -> new Http.Failure(Http.Reason.TOO_SLOW, "too slow"));
      Gate gate = gate();
      for (String client : List.of("192.0.2.7", "192.0.2.8", "192.0.2.9")) {
        assertThat(asked(gate, client)).isInstanceOf(Verdict.Tag.class);
      }
      assertThat(services.http().sent().getFirst().request().uri())
          .isEqualTo(URI.create(URL + "192.0.2.7"));
    }

    private static Verdict asked(Gate gate, String client) {
      return gate.sender(
          GateContract.visitor(client),
          new IncomingMail(
              Optional.of(MailAddress.of("a@example.com")),
              List.of(),
              OptionalLong.empty(),
              Map.of()));
    }
  }

  @Nested
  final class OverdueTest implements MatcherContract {
    private final TestServices services = new TestServices();

    @Override
    public Matcher matcher() {
      return TestParameters.matcher(
          new Overdue(),
          Map.of(
              "deadlines",
              List.of(
                  Map.of("recipients", List.of("@example.org", "a@example.net"), "after", "2h"),
                  Map.of("recipients", "@example.com", "after", "5d"))),
          services);
    }

    @Test
    void eachHasItsTime() {
      Mail mail = mail("x\n", "a@example.org", "b@example.com", "b@example.net");
      Matcher matcher = matcher();
      Duration age = Duration.between(services.clock().instant(), mail.origin().received());
      services.pass(age.plusHours(1));
      assertThat(matcher.match(mail)).isEmpty();
      services.pass(Duration.ofHours(2));
      assertThat(matcher.match(mail)).containsExactly(mail.recipients().getFirst());
      services.pass(Duration.ofDays(5));
      assertThat(matcher.match(mail)).hasSize(2);
    }

    @Test
    void whatIsWrongIsNamedWithItsPlace() {
      assertThatThrownBy(() ->
              TestParameters.matcher(
                  new Overdue(), Map.of("deadlines", List.of(Map.of("after", "2h"))), services))
          .hasMessageContaining("in 'deadlines.1': parameter 'recipients' is missing: For whom");
    }
  }

  @Nested
  final class CsvToTableTest implements MailetContract {
    private static final String MAIL =
        """
        Subject: figures
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary=b

        --b

        See below.
        --b
        Content-Type: text/csv; charset=iso-8859-1
        Content-Disposition: attachment; filename=sales.csv
        Content-Transfer-Encoding: base64

        YTtiCuQ7PDE+Cg==
        --b
        Content-Type: text/csv

        x;y
        --b--
        """;

    @Override
    public Mailet mailet() {
      return TestParameters.mailet(new CsvToTable(), Map.of(), new TestServices());
    }

    @Test
    void everyCsvBecomesATable() {
      var outcome = (Outcome.Continue) mailet().service(mail(MAIL, "a@example.org"));
      assertThat(outcome.mail().message().toString())
          .contains("\r\n\r\nSee below.\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n")
          .contains("Content-Disposition: inline; filename=\"sales.csv.html\"\r\n")
          .contains("<tr><td>=C3=A4</td><td>&lt;1&gt;</td></tr>")
          .contains("<tr><td>x</td><td>y</td></tr>")
          .endsWith("\r\n--b--\r\n")
          .doesNotContain("text/csv");
    }

    @Test
    void whatIsSignedStays() {
      String signed = MAIL.replace("multipart/mixed", "multipart/signed");
      var outcome = (Outcome.Continue) mailet().service(mail(signed, "a@example.org"));
      assertThat(outcome.mail().message()).hasToString(signed.replace("\n", "\r\n"));
    }
  }
}
