package org.posthorn.mailets;

import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameters;
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

  static final class Factory implements MailetFactory {
    @Override
    public String name() {
      return "Drop";
    }

    @Override
    public Mailet create(Parameters parameters, Services services) {
      return new Drop(
          parameters.optionalText("reason").map(why -> "dropped: " + why).orElse("dropped"));
    }
  }
}
