package org.posthorn.mailets.content;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;

/// Lets mail wait, durably, for a time or until a time of day, and then go on at the next step. The
/// queue shows until when and why; an operator can let it go earlier (`posthorn queue retry`).
///
/// ```yaml
/// - match: not DuringHours(08:00, 18:00, Europe/Berlin, monday, tuesday, wednesday, thursday, friday)
///   mailet: Delay
///   until: "08:00"
///   zone: Europe/Berlin
///   days: [monday, tuesday, wednesday, thursday, friday]
///   reason: outside office hours
/// ```
final class Delay implements Mailet {
  private final Settings settings;
  private final InstantSource clock;

  private Delay(Settings settings, InstantSource clock) {
    this.settings = settings;
    this.clock = clock;
  }

  @Override
  public Outcome service(Mail mail) {
    Instant now = clock.instant();
    Instant until =
        settings.until.map(time -> next(time, now)).orElseGet(() -> settings.waited(now));
    return new Outcome.Wait(mail, until, settings.reason, Optional.empty());
  }

  /// The next time that it is so late on one of the days.
  private Instant next(LocalTime time, Instant now) {
    ZonedDateTime there = now.atZone(settings.zone);
    LocalDate day = there.toLocalDate();
    ZonedDateTime next = day.atTime(time).atZone(settings.zone);
    while (!next.isAfter(there) || !isOn(next.getDayOfWeek())) {
      day = day.plusDays(1);
      next = day.atTime(time).atZone(settings.zone);
    }
    return next.toInstant();
  }

  private boolean isOn(DayOfWeek day) {
    return settings.days.isEmpty() || settings.days.contains(day);
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(
              value = "How long it waits, from when it comes to the step.",
              min = 1_000,
              max = 366 * 86_400_000L,
              example = "10m")
          Optional<Duration> time,
      @Parameter(
              value = "Or until what time of day, such as 08:00: the next time that it is so late.")
          Optional<LocalTime> until,
      @Parameter(value = "Where it is that time.", otherwise = "UTC") ZoneId zone,
      @Parameter("On which days of the week it may be that time; on all if none is named.")
          List<DayOfWeek> days,
      @Parameter(value = "Why, for the queue and the story.", otherwise = "the chain says so")
          String reason) {
    Settings {
      if (time.isPresent() == until.isPresent()) {
        throw new ParameterException("one of the parameters 'time' and 'until' is needed");
      }
    }

    private Instant waited(Instant now) {
      return now.plus(time.orElse(Duration.ZERO));
    }
  }

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "Delay",
        "Lets mail wait for a time or until a time of day.",
        Settings.class,
        (settings, services) -> new Delay(settings, services.clock()));
  }
}
