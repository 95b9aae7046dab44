package org.posthorn.mailets.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.TestServices;

/// Mailets that say when a mail goes on.
final class WaitingMailetsTest {
  private static final Mail MAIL = Making.mail("Subject: hi\n\nbody\n", "ann@example.org");

  @Nested
  final class SetPriorityTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return Making.mailet("SetPriority", Map.of("priority", "-4"));
    }

    @Test
    void leavesANoteForTheQueue() {
      assertThat(Making.goesOn(mailet(), MAIL).attributes())
          .containsEntry("posthorn.priority", "-4");
      Making.refuses("SetPriority", Map.of("priority", "10"), "from -9 to 9");
      Making.refuses("SetPriority", Map.of("priority", "-10"), "from -9 to 9");
    }
  }

  @Nested
  final class DelayTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return Making.mailet("Delay", Map.of("time", "10m"));
    }

    @Test
    void waitsForATime() {
      var services = new TestServices();
      Mailet delay = Making.mailet("Delay", Map.of("time", "10m", "reason", "slowly"), services);
      assertThat(delay.service(MAIL))
          .isEqualTo(
              new Outcome.Wait(
                  MAIL,
                  services.clock().instant().plus(Duration.ofMinutes(10)),
                  "slowly",
                  Optional.empty()));
      Making.refuses("Delay", Map.of(), "'time' and 'until'");
      Making.refuses("Delay", Map.of("time", "1h", "until", "08:00"), "'time' and 'until'");
      Making.refuses("Delay", Map.of("until", "8 o'clock"), "time of day");
    }

    /// The 27th of November 2026 is a Friday; clocks in Berlin went forward on 28 March 2027.
    @ParameterizedTest
    @CsvSource({
      "2026-11-27T05:00:00Z, 08:00, Europe/Berlin, '', 2026-11-27T07:00:00Z",
      "2026-11-27T07:00:00Z, 08:00, Europe/Berlin, '', 2026-11-28T07:00:00Z",
      "2026-11-27T17:00:00Z, 08:00, Europe/Berlin, monday friday, 2026-11-30T07:00:00Z",
      "2026-11-27T23:30:00Z, 00:00, UTC, saturday, 2026-11-28T00:00:00Z",
      "2027-03-27T23:30:00Z, 02:30, Europe/Berlin, '', 2027-03-28T01:30:00Z",
    })
    void waitsUntilATimeOfDay(
        Instant now, String until, String zone, String days, Instant expected) {
      var services = new TestServices();
      services.pass(Duration.between(services.clock().instant(), now));
      Mailet delay =
          Making.mailet(
              "Delay",
              Map.of(
                  "until",
                  until,
                  "zone",
                  zone,
                  "days",
                  days.isEmpty() ? List.of() : List.of(days.split(" "))),
              services);
      assertThat(((Outcome.Wait) delay.service(MAIL)).until()).isEqualTo(expected);
    }
  }

  @Nested
  final class RequeueTest implements MailetContract {
    @Override
    public Mailet mailet() {
      return Making.mailet("Requeue", Map.of("processor", "scan", "after", List.of("5m", "1h")));
    }

    @Test
    void goesBackSoManyTimesAndThenOn() {
      var services = new TestServices();
      Mailet requeue =
          Making.mailet(
              "Requeue", Map.of("processor", "scan", "after", List.of("5m", "1h")), services);
      Mail mail = MAIL;
      for (Duration after : List.of(Duration.ofMinutes(5), Duration.ofHours(1))) {
        var wait = (Outcome.Wait) requeue.service(mail);
        assertThat(wait.until()).isEqualTo(services.clock().instant().plus(after));
        assertThat(wait.processor()).contains("scan");
        assertThat(wait.reason()).contains("round").contains("of 2");
        mail = wait.mail();
      }
      assertThat(requeue.service(mail)).isEqualTo(new Outcome.Continue(mail));
      Mail odd = MAIL.withAttribute("requeue." + "scan", "often");
      assertThat(requeue.service(odd)).isEqualTo(new Outcome.Continue(odd));
      Making.refuses("Requeue", Map.of("processor", "scan"), "'after' is missing");
      Making.refuses(
          "Requeue", Map.of("processor", "scan", "after", List.of("0s")), "at most 100 times");
    }
  }
}
