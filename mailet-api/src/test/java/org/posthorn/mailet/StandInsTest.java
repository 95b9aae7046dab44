package org.posthorn.mailet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.posthorn.message.HeaderField;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;

final class StandInsTest {
  @Nested
  final class AMailetOfOneLine implements MailetContract {
    @Override
    public Mailet mailet() {
      return mail ->
          new Outcome.Continue(mail.withMessage(mail.message().withHeader("X-Seen-By", "stamp")));
    }
  }

  @Nested
  final class AMatcherOfOneLine implements MatcherContract {
    @Override
    public Matcher matcher() {
      return mail ->
          mail.recipients().stream()
              .filter(recipient -> recipient.address().localPart().length() > 5)
              .toList();
    }
  }

  /// Asks the web at an address of its own for each client and sender, and gives up without an
  /// answer.
  @Nested
  final class AGateThatFailsWithoutAnAnswer implements GateContract {
    private final TestServices services = new TestServices();

    @Override
    public Gate gate() {
      services.http().under("https://score.example/?", 200, "3");
      return asking();
    }

    private Gate asking() {
      return new Gate() {
        @Override
        public Verdict sender(Visitor visitor, IncomingMail mail) {
          String address = visitor.remote().getHostAddress().replace(':', '-');
          URI uri = URI.create("https://score.example/?ip=%s&from=x".formatted(address));
          return switch (services.http().send(Http.Request.get(uri))) {
            case Http.Response response -> Verdict.tag("acme.score", response.text(), "asked");
            case Http.Failure failure -> throw new IllegalStateException(failure.why());
          };
        }
      };
    }

    @Test
    void failsForTheOperatorToDecide() {
      assertThatThrownBy(() ->
              asking()
                  .sender(
                      GateContract.visitor("192.0.2.7"), GateContract.incoming("carl@example.net")))
          .hasMessage("nobody answers at https://score.example/?ip=192.0.2.7&from=x");
    }
  }

  @Nested
  final class AStoreForTests implements StoreContract {
    private final TestServices services = new TestServices();

    @Override
    public Store store() {
      return services.store("acme.test");
    }

    @Override
    public void pass(Duration time) {
      services.pass(time);
    }
  }

  @Nested
  final class ADirectoryForTests implements DirectoryContract {
    @Override
    public Directory directory() {
      return new TestDirectory()
          .withPerson("ann@example.org", "Ann Example")
          .withRoom("ann@example.org", new Directory.Room(0, 0, 1_000, 0))
          .withPerson("bob@example.org", "")
          .with(new Directory.Person(MailAddress.of("carl@example.org"), "", false, false))
          .withAlias(
              "team@example.org", "ann@example.org", "carl@example.org", "x@elsewhere.example")
          .withGroup("readers@example.org", "ann@example.org");
    }
  }

  @Nested
  final class MetricsForTests implements MetricsContract {
    private final TestMetrics metrics = new TestMetrics();

    @Override
    public Metrics metrics() {
      return metrics;
    }

    @Override
    public long shown(String name) {
      return metrics.counted(name) + metrics.shown(name) + metrics.timed(name).size();
    }
  }

  @Test
  void aWebForTestsAnswersWhatItWasToldAndRemembersWhatWasAsked() {
    var services = new TestServices();
    services.http().with("https://hook.example/", 201, "made");
    URI hook = URI.create("https://hook.example/");
    var post = Http.Request.post(hook, "text/plain", Http.Body.of("hello"));
    assertThat(services.http().send(post))
        .isInstanceOfSatisfying(
            Http.Response.class,
            response -> {
              assertThat(response.isSuccess()).isTrue();
              assertThat(response.text()).isEqualTo("made");
            });
    assertThat(services.http().sent().getFirst().text()).isEqualTo("hello");
    assertThat(services.http().send(post.upTo(3)))
        .isInstanceOfSatisfying(
            Http.Failure.class,
            failure -> assertThat(failure.reason()).isEqualTo(Http.Reason.TOO_LARGE));
    assertThat(services.http().send(Http.Request.get(URI.create("https://other.example/"))))
        .isInstanceOfSatisfying(
            Http.Failure.class, failure -> assertThat(failure.isWorthRepeating()).isTrue());
  }

  @Test
  void aSiteAnswersUnderAllItsAddressesTheMoreIsSaidOfThemTheSooner() {
    var http =
        new TestHttp()
            .under("https://crm.example/", 404, "")
            .under(
                "https://crm.example/who?", sent -> new Http.Response(200, Map.of(), sent.body()))
            .with("https://crm.example/who?id=7", 200, "seven");
    assertThat(answer(http, "https://crm.example/x?id=1").status()).isEqualTo(404);
    assertThat(answer(http, "https://crm.example/who?id=1").text()).isEqualTo("hello");
    assertThat(answer(http, "https://crm.example/who?id=7").text()).isEqualTo("seven");
    assertThat(http.send(Http.Request.get(URI.create("https://crm.example.net/"))))
        .isInstanceOf(Http.Failure.class);
    assertThat(http.sent()).hasSize(4);
  }

  private static Http.Response answer(TestHttp http, String uri) {
    var request = Http.Request.post(URI.create(uri), "text/plain", Http.Body.of("hello"));
    return (Http.Response) http.send(request);
  }

  @Test
  void aContentThatIsNoMimeIsFound() {
    MailetContract sound =
        () ->
            mail ->
                new Outcome.Continue(
                    mail.withMessage(
                        mail.message()
                            .withPart(
                                mail.message().structure().root(),
                                List.of(new HeaderField("Content-Type", "text/html")),
                                new byte[] {'x'})));
    assertThatCode(sound::saysThatItIsMimeWhereItWritesSo).doesNotThrowAnyException();
    MailetContract careless =
        () ->
            mail ->
                new Outcome.Continue(
                    mail.withMessage(mail.message().withHeader("Content-Type", "text/html")));
    assertThatThrownBy(careless::saysThatItIsMimeWhereItWritesSo)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("MIME-Version");
  }

  @Test
  void anOutcomeThatLosesARecipientIsFound() {
    Mail mail = new RandomMails(5, HeapMessage::of).next();
    Outcome loses =
        new Outcome.Split(
            List.of(
                new Outcome.Split.Part(
                    mail.recipients().subList(1, mail.recipients().size()),
                    new Outcome.Finish("done"))));
    assertThat(Fates.problems(mail, loses)).hasSize(1);
  }

  @Test
  void headersComeAndGoWithoutTouchingTheRest() {
    HeapMessage message = HeapMessage.of("A: 1\nB: 2\n  folded\nA: 3\n\nbody\n");
    assertThat(message.withHeader("C", "4").withoutHeaders(field -> field.is("a")).toString())
        .isEqualTo("C: 4\r\nB: 2\r\n  folded\r\n\r\nbody\r\n");
  }

  @Test
  void whatIsSubmittedTwiceForOnePurposeIsOneMail() {
    var services = new TestServices();
    MailId first = submit(services, "copy");
    assertThat(submit(services, "copy")).isEqualTo(first);
    assertThat(submit(services, "reply")).isNotEqualTo(first);
    assertThat(services.submitted()).hasSize(2);
  }

  @Test
  void parametersThatNobodyReadAreAnError() {
    MailetFactory<NoParameters> factory =
        new MailetFactory<>() {
          @Override
          public String name() {
            return "None";
          }

          @Override
          public String summary() {
            return "Does nothing.";
          }

          @Override
          public Class<NoParameters> parameters() {
            return NoParameters.class;
          }

          @Override
          public Mailet create(NoParameters none, Services services) {
            return Outcome.Continue::new;
          }
        };
    assertThatThrownBy(() -> TestParameters.mailet(factory, Map.of("x", "y"), new TestServices()))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("x");
  }

  @Test
  void aMailHasRoomForSomeAttributesOnly() {
    Mail mail = new RandomMails(5, HeapMessage::of).next();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> mail.withAttribute("x.y", "ä".repeat(9_000)))
        .withMessageContaining("attributes");
    assertThat(mail.withAttribute("x.y", "z").withoutAttribute("x.y")).isEqualTo(mail);
  }

  @Test
  void whoAskedForNothingHearsOfFailuresAndDelays() {
    Recipient plain = Recipient.of(MailAddress.of("ann@example.org"));
    assertThat(plain.wants(Recipient.Notify.FAILURE)).isTrue();
    assertThat(plain.wants(Recipient.Notify.DELAY)).isTrue();
    assertThat(plain.wants(Recipient.Notify.SUCCESS)).isFalse();
    var never = new Recipient(plain.address(), Optional.empty(), Set.of(Recipient.Notify.NEVER));
    assertThat(never.wants(Recipient.Notify.FAILURE)).isFalse();
  }

  private static MailId submit(TestServices services, String purpose) {
    InputStream message = new ByteArrayInputStream(new byte[0]);
    return services.submit(new MailId("m1"), purpose, Optional.empty(), List.of(), message);
  }
}
