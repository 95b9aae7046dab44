package org.example.outside;

import java.time.Duration;
import java.util.List;
import org.posthorn.mailet.AddressPattern;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;

/// Chooses the recipients whose mail is older than they want it.
final class Overdue implements MatcherFactory<Overdue.Settings> {
  record Settings(@Parameter(value = "What is late.", min = 1) List<Deadline> deadlines) {}

  record Deadline(
      @Parameter(value = "For whom.", min = 1) List<AddressPattern> recipients,
      @Parameter("After which time on the way.") Duration after) {}

  @Override
  public String name() {
    return "Overdue";
  }

  @Override
  public String summary() {
    return "Recipients whose mail is older than they want it.";
  }

  @Override
  public Class<Settings> parameters() {
    return Settings.class;
  }

  @Override
  public Matcher create(Settings settings, Services services) {
    return mail -> {
      Duration age = Duration.between(mail.origin().received(), services.clock().instant());
      return mail.recipients().stream()
          .filter(one -> settings.deadlines().stream().anyMatch(d -> isLate(d, one, age)))
          .toList();
    };
  }

  private static boolean isLate(Deadline deadline, Recipient recipient, Duration age) {
    return age.compareTo(deadline.after()) > 0
        && deadline.recipients().stream().anyMatch(one -> one.fits(recipient.address()));
  }
}
