package org.example.hello;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherContract;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.RandomMails;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;

final class OnWeekdayTest implements MatcherContract {
  @Override
  public Matcher matcher() {
    return make("UTC", "sunday");
  }

  /// Random mails come in on 22 November 2026 at noon, a Sunday.
  @Test
  void choosesByTheDayInTheZone() {
    Mail mail = new RandomMails(1, HeapMessage::of).next();
    assertThat(matcher().match(mail)).isEqualTo(mail.recipients());
    assertThat(make("UTC", "monday", "Saturday").match(mail)).isEmpty();
    assertThat(make("Pacific/Kiritimati", "Monday").match(mail)).isEqualTo(mail.recipients());
  }

  @Test
  void refusesWhatIsNoDay() {
    assertThatThrownBy(() -> make("UTC", "caturday"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("caturday");
    assertThatThrownBy(() -> make("UTC")).hasMessageContaining("'days' is missing");
  }

  private static Matcher make(String zone, String... days) {
    return TestParameters.matcher(
        new OnWeekday.Factory(),
        Map.of("zone", zone, "days", List.of(days)),
        new TestServices());
  }
}
