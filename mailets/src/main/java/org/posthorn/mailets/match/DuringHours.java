package org.posthorn.mailets.match;

import java.time.DayOfWeek;
import java.time.InstantSource;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;

/// All mail while it is between two times of day: `DuringHours(08:00, 18:00, Europe/Berlin, monday,
/// tuesday)`. When the second time is the earlier one, that is over midnight, and the days are
/// those on which it begins. It is the time at which the mail comes to the step that counts.
final class DuringHours implements MatcherFactory<DuringHours.Settings> {
  record Settings(
      @Parameter(value = "The time of day from which on, such as 08:00.", example = "08:00")
          LocalTime from,
      @Parameter(value = "The time of day until which, such as 18:00.", example = "18:00")
          LocalTime until,
      @Parameter(value = "Where it is that time.", otherwise = "UTC", example = "Europe/Berlin")
          ZoneId zone,
      @Parameter(
              value = "On which days of the week; on all if none is named.",
              example = "monday, friday")
          List<DayOfWeek> days) {}

  @Override
  public String name() {
    return "DuringHours";
  }

  @Override
  public String summary() {
    return "All mail while it is between two times of day, on some days of the week.";
  }

  @Override
  public Class<Settings> parameters() {
    return Settings.class;
  }

  @Override
  public Matcher create(Settings settings, Services services) {
    LocalTime from = settings.from;
    LocalTime until = settings.until;
    InstantSource clock = services.clock();
    return Whole.matcher(_ -> {
      ZonedDateTime now = clock.instant().atZone(settings.zone);
      LocalTime time = now.toLocalTime();
      boolean begun = !time.isBefore(from);
      if (from.isBefore(until)) {
        return begun && time.isBefore(until) && isOn(settings.days, now.getDayOfWeek());
      }
      return begun
          ? isOn(settings.days, now.getDayOfWeek())
          : time.isBefore(until) && isOn(settings.days, now.getDayOfWeek().minus(1));
    });
  }

  private static boolean isOn(List<DayOfWeek> days, DayOfWeek day) {
    return days.isEmpty() || days.contains(day);
  }
}
