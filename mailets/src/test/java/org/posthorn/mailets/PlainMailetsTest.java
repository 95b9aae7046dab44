package org.posthorn.mailets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;

/// Mailets that need nothing but the mail.
final class PlainMailetsTest {
  private static final Mail MAIL =
      MailHouse.mail(
          HeapMessage.of("A: 1\nb: 2\nX-Sp\u00e4m: 3\n\nbody\n"),
          List.of(Recipient.of(MailHouse.address("ann@example.org"))));

  @Nested
  final class AddHeaderTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return make(new AddHeader.Factory(), Map.of("name", "X-New", "value", "h\u00e9llo"));
    }

    @Test
    void putsTheFieldOnTop() {
      assertThat(text(mailet().service(MAIL)))
          .startsWith("X-New: =?")
          .endsWith("A: 1\r\nb: 2\r\nX-Sp\u00e4m: 3\r\n\r\nbody\r\n");
    }

    @Test
    void refusesWhatIsNoField() {
      refuses(new AddHeader.Factory(), Map.of("name", "X New", "value", "x"), "header field");
      refuses(new AddHeader.Factory(), Map.of("name", "X", "value", "a\r\nBcc: b"), "header field");
      refuses(new AddHeader.Factory(), Map.of("name", "X"), "'value' is missing");
    }
  }

  @Nested
  final class RemoveHeaderTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return make(new RemoveHeader.Factory(), Map.of("names", List.of("a", "B")));
    }

    @Test
    void takesAllFieldsOfTheNamesAway() {
      assertThat(text(mailet().service(MAIL))).isEqualTo("X-Sp\u00e4m: 3\r\n\r\nbody\r\n");
    }

    @Test
    void refusesToRemoveNothing() {
      refuses(new RemoveHeader.Factory(), Map.of(), "'names' is missing");
    }
  }

  @Nested
  final class DropTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return make(new Drop.Factory(), Map.of("reason", "noise"));
    }

    @Test
    void endsTheWayAndSaysWhy() {
      assertThat(mailet().service(MAIL)).isEqualTo(new Outcome.Finish("dropped: noise"));
      assertThat(make(new Drop.Factory(), Map.of()).service(MAIL))
          .isEqualTo(new Outcome.Finish("dropped"));
    }
  }

  @Nested
  final class ToProcessorTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return make(new ToProcessor.Factory(), Map.of("processor", "local"));
    }

    @Test
    void goesOnThere() {
      assertThat(mailet().service(MAIL)).isEqualTo(new Outcome.Route(MAIL, "local"));
    }
  }

  @Nested
  final class ToRepositoryTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return make(
          new ToRepository.Factory(), Map.of("repository", "quarantine", "reason", "a virus"));
    }

    @Test
    void putsTheMailAside() {
      assertThat(mailet().service(MAIL))
          .isEqualTo(new Outcome.Park(MAIL, "quarantine", "a virus", Optional.empty()));
      Mailet named =
          make(new ToRepository.Factory(), Map.of("repository", "odd", "processor", "local"));
      assertThat(named.service(MAIL))
          .isEqualTo(new Outcome.Park(MAIL, "odd", "the chain says so", Optional.of("local")));
      refuses(new ToRepository.Factory(), Map.of("repository", "My Quarantine"), "lower-case");
    }
  }

  @Nested
  final class LogTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return make(new Log.Factory(), Map.of("text", "seen", "level", "debug"));
    }

    @Test
    void changesNothing() {
      assertThat(mailet().service(MAIL)).isEqualTo(new Outcome.Continue(MAIL));
      refuses(new Log.Factory(), Map.of("level", "loud"), "'level' is 'loud'");
    }
  }

  private static Mailet make(MailetFactory<?> factory, Map<String, ?> parameters) {
    return TestParameters.mailet(factory, parameters, new TestServices());
  }

  private static void refuses(MailetFactory<?> factory, Map<String, ?> parameters, String why) {
    assertThatThrownBy(() -> make(factory, parameters))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining(why);
  }

  private static String text(Outcome outcome) {
    return ((Outcome.Continue) outcome).mail().message().toString();
  }
}
