package org.example.hello;

import java.time.DayOfWeek;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;

/// Mail that came in on one of these days: `OnWeekday(saturday, sunday)`. In the time zone of the
/// server, or in `zone`: `OnWeekday(zone=Europe/Berlin, sunday)`.
public final class OnWeekday implements Matcher {
  private final Set<DayOfWeek> days;
  private final ZoneId zone;

  private OnWeekday(Set<DayOfWeek> days, ZoneId zone) {
    this.days = Set.copyOf(days);
    this.zone = zone;
  }

  /// All recipients or none: the day is the same for all.
  @Override
  public List<Recipient> match(Mail mail) {
    DayOfWeek day = mail.origin().received().atZone(zone).getDayOfWeek();
    return days.contains(day) ? mail.recipients() : List.of();
  }

  /// What stands in the parentheses without a name fills the components from the first to the last;
  /// a list takes all that is left, so what comes behind it needs its name.
  record Settings(
      @Parameter(value = "The days.", min = 1, example = "saturday, sunday") List<DayOfWeek> days,
      @Parameter(value = "The time zone; without it the server's.", example = "zone=Europe/Berlin")
      Optional<ZoneId> zone) {}

  /// The server finds it through META-INF/services.
  public static final class Factory implements MatcherFactory<Settings> {
    @Override
    public String name() {
      return "OnWeekday";
    }

    @Override
    public String summary() {
      return "Mail that came in on one of these days of the week.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Matcher create(Settings settings, Services services) {
      return new OnWeekday(
          EnumSet.copyOf(settings.days), settings.zone.orElseGet(ZoneId::systemDefault));
    }
  }
}
