package org.example.hello;

import java.time.DayOfWeek;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Parameters;
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

  /// The server finds it through META-INF/services.
  public static final class Factory implements MatcherFactory {
    @Override
    public String name() {
      return "OnWeekday";
    }

    /// What stands in the parentheses without a name fills the parameters in the order in which they
    /// are read; `texts` takes all that is left.
    @Override
    public Matcher create(Parameters parameters, Services services) {
      Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
      parameters.texts("days").forEach(day -> days.add(dayOf(day)));
      if (days.isEmpty()) {
        throw new ParameterException("parameter 'days' is missing, such as OnWeekday(sunday)");
      }
      return new OnWeekday(
          days,
          parameters.optionalText("zone").map(ZoneId::of).orElseGet(ZoneId::systemDefault));
    }

    private static DayOfWeek dayOf(String text) {
      try {
        return DayOfWeek.valueOf(text.toUpperCase(Locale.ROOT));
      } catch (IllegalArgumentException e) {
        throw new ParameterException("parameter 'days' is '" + text + "', which is no weekday");
      }
    }
  }
}
