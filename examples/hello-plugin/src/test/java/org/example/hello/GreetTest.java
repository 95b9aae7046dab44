package org.example.hello;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.RandomMails;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;

/// The contract's tests come with the interface: any mail, nobody, many threads.
final class GreetTest implements MailetContract {
  @Override
  public Mailet mailet() {
    return make(Map.of("text", "Hello from our server"));
  }

  @Test
  void putsTheGreetingOnTop() {
    Mail mail = new RandomMails(1, HeapMessage::of).next();
    Outcome outcome = mailet().service(mail.withMessage(HeapMessage.of("Subject: hi\n\nbody\n")));
    assertThat(((Outcome.Continue) outcome).mail().message().toString())
        .isEqualTo("X-Greeting: Hello from our server\r\nSubject: hi\r\n\r\nbody\r\n");
  }

  @Test
  void refusesToGreetWithNothing() {
    assertThatThrownBy(() -> make(Map.of("text", " "))).isInstanceOf(ParameterException.class);
    assertThatThrownBy(() -> make(Map.of())).hasMessageContaining("'text' is missing");
  }

  private static Mailet make(Map<String, String> parameters) {
    return TestParameters.mailet(new Greet.Factory(), parameters, new TestServices());
  }
}
