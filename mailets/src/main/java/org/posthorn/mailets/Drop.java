package org.posthorn.mailets;

import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;

/// Ends the way of a mail: nobody gets it and nobody is told. `reason` is for the log.
///
/// ```yaml
/// - match: SenderIs(noise@example.com)
///   mailet: Drop
///   reason: noise
/// ```
public final class Drop implements Mailet {
  private final String reason;

  private Drop(String reason) {
    this.reason = reason;
  }

  @Override
  public Outcome service(Mail mail) {
    return new Outcome.Finish(reason);
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(@Parameter(value = "For the log.", example = "noise") Optional<String> reason) {}

  static final class Factory implements MailetFactory<Settings> {
    @Override
    public String name() {
      return "Drop";
    }

    @Override
    public String summary() {
      return "Ends the way of a mail: nobody gets it, nobody is told.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Mailet create(Settings settings, Services services) {
      return new Drop(settings.reason.map(why -> "dropped: " + why).orElse("dropped"));
    }
  }
}
