package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.posthorn.message.MailAddress;
import org.posthorn.smtp.wire.SmtpReply;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.remember.Memories;

class SendingBrakeTest {
  private static final MailAddress ANN = MailAddress.of("ann@example.org");

  private final InMemoryEngine engine = new InMemoryEngine();
  private final List<String> alarms = new ArrayList<>();
  private Instant now = Instant.parse("2026-01-01T10:00:00Z");
  private Memories memories = new Memories(engine, () -> now);

  @Test
  void stopsForTheRestOfTheHourAndTellsOnce() {
    SendingBrake brake = brake(new SendingLimits(3, 0, 0, List.of(), Optional.empty()));
    assertThat(sent(brake, 3)).isEqualTo(3);
    assertThat(brake.refusal(ANN).map(SmtpReply::format))
        .contains(
            "450 4.7.1 You have written to 3 recipients in an hour, try again later or ask your"
                + " administrator\r\n");
    assertThat(sent(brake, 5)).isZero();
    assertThat(alarms).singleElement().asString().startsWith("postmaster@example.org ann@example");
    assertThat(brake.uses())
        .containsExactly(
            new SendingBrake.Use(
                "ann@example.org", 3, 3, 0, Optional.of(now.plus(Duration.ofHours(1)))));
    now = now.plus(Duration.ofMinutes(59));
    assertThat(sent(brake, 1)).isZero();
    now = now.plus(Duration.ofMinutes(1));
    assertThat(sent(brake, 4)).isEqualTo(3);
    assertThat(alarms).hasSize(1);
    assertThat(sent(brake, 1, "bob@example.org")).isEqualTo(1);
  }

  @Test
  void countsADayOverRestarts() {
    var limits = new SendingLimits(0, 5, 0, List.of(), Optional.of("boss@example.net"));
    assertThat(sent(brake(limits), 4)).isEqualTo(4);
    memories.write();
    memories = new Memories(engine, () -> now);
    now = now.plus(Duration.ofHours(20));
    assertThat(sent(brake(limits), 4)).isEqualTo(1);
    assertThat(alarms).singleElement().asString().startsWith("boss@example.net ");
    memories.write();
    memories = new Memories(engine, () -> now);
    assertThat(sent(brake(limits), 1)).isZero();
    now = now.plus(Duration.ofHours(4));
    assertThat(sent(brake(limits), 6)).isEqualTo(5);
    // A day after the first note there is another.
    assertThat(alarms).hasSize(1);
    now = now.plus(Duration.ofHours(20));
    assertThat(sent(brake(limits), 1)).isZero();
    assertThat(alarms).hasSize(2);
  }

  @Test
  void tellsAlsoWhenTheClockWasAheadAtTheLastNote() {
    SendingBrake brake = brake(new SendingLimits(3, 0, 0, List.of(), Optional.empty()));
    now = now.plus(Duration.ofDays(400));
    assertThat(sent(brake, 4)).isEqualTo(3);
    now = now.minus(Duration.ofDays(399));
    assertThat(sent(brake, 4)).isEqualTo(3);
    assertThat(alarms).hasSize(2);
  }

  @Test
  void takesTooManyFailuresForASign() {
    SendingBrake brake = brake(new SendingLimits(0, 0, 2, List.of(), Optional.empty()));
    brake.failed(ANN);
    assertThat(sent(brake, 9)).isEqualTo(9);
    brake.failed(ANN);
    assertThat(brake.refusal(ANN).map(SmtpReply::format).orElseThrow())
        .startsWith("450 4.7.1 Too many of your recipients do not exist");
    assertThat(alarms).singleElement().asString().contains("2 recipients in an hour that failed");
    now = now.plus(Duration.ofHours(1));
    assertThat(sent(brake, 1)).isEqualTo(1);
  }

  @Test
  void letsGoWhenTheAdministratorSaysSo() {
    SendingBrake brake = brake(new SendingLimits(3, 5, 1, List.of(), Optional.empty()));
    assertThat(brake.release(ANN)).isFalse();
    brake.failed(ANN);
    assertThat(sent(brake, 1)).isZero();
    assertThat(brake.release(MailAddress.of("ANN@example.org"))).isTrue();
    assertThat(brake.uses()).isEmpty();
    assertThat(sent(brake, 9)).isEqualTo(3);
    // What was released is watched anew, and told of anew.
    assertThat(alarms).hasSize(2);
  }

  @Test
  void goesWithAUserWhoIsCalledOtherwise() {
    SendingBrake brake = brake(new SendingLimits(3, 0, 0, List.of(), Optional.empty()));
    var anna = MailAddress.of("Anna@example.org");
    assertThat(sent(brake, 1, "anna@example.org")).as("of somebody before").isEqualTo(1);
    assertThat(sent(brake, 5)).isEqualTo(3);
    brake.renamed(ANN, anna);
    assertThat(sent(brake, 1, "anna@example.org")).isZero();
    assertThat(alarms).as("told of once").hasSize(1);
    assertThat(brake.uses())
        .extracting(SendingBrake.Use::login)
        .containsExactly("anna@example.org");
    assertThat(sent(brake, 5)).as("whoever is called so next").isEqualTo(3);
    assertThat(brake.release(anna)).isTrue();
  }

  @Test
  void leavesSomeAlone() {
    var limits =
        new SendingLimits(1, 1, 1, List.of("Ann@example.org", "@news.example"), Optional.empty());
    SendingBrake brake = brake(limits);
    brake.failed(ANN);
    assertThat(sent(brake, 5)).isEqualTo(5);
    assertThat(sent(brake, 5, "x@news.example")).isEqualTo(5);
    assertThat(sent(brake, 5, "x@sub.news.example")).isEqualTo(1);
    assertThat(brake.uses()).hasSize(1);
  }

  @Test
  void refusesAConfigurationThatMakesNoSense() {
    assertThatThrownBy(() -> new SendingLimits(-1, 0, 0, List.of(), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new SendingLimits(0, 0, 0, List.of("example.org"), Optional.empty()))
        .hasMessageContaining("@example.org");
    assertThatThrownBy(() -> new SendingLimits(0, 0, 0, List.of(), Optional.of("boss")))
        .hasMessageContaining("alarm-to");
  }

  private SendingBrake brake(SendingLimits limits) {
    return new SendingBrake(
        limits,
        Optional.empty(),
        memories,
        (to, subject, text) -> alarms.add(to + " " + subject + " " + text),
        () -> now);
  }

  private static int sent(SendingBrake brake, int tries) {
    return sent(brake, tries, "ann@example.org");
  }

  private static int sent(SendingBrake brake, int tries, String login) {
    int sent = 0;
    for (int i = 0; i < tries; i++) {
      sent += brake.count(MailAddress.of(login)).isEmpty() ? 1 : 0;
    }
    return sent;
  }
}
