package org.posthorn.mailets.content;

import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;

/// Makes sure that the message has exactly one header field of a name, with a value of yours:
/// fields of that name that it had are taken out. With `when: missing` a message that has one keeps
/// it.
///
/// ```yaml
/// - mailet: SetHeader
///   name: Organization
///   value: Example Ltd.
/// ```
final class SetHeader implements Mailet {
  private final Settings settings;

  private SetHeader(Settings settings) {
    this.settings = settings;
  }

  @Override
  public Outcome service(Mail mail) {
    if (settings.when == When.MISSING && Fields.has(mail.message(), settings.name)) {
      return new Outcome.Continue(mail);
    }
    return new Outcome.Continue(
        mail.withMessage(Fields.replaced(mail.message(), settings.name, settings.value)));
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  enum When {
    ALWAYS,
    MISSING
  }

  record Settings(
      @Parameter(value = "The name of the field.", example = "Organization") String name,
      @Parameter(
              value = "Its value. Text outside ASCII is encoded, long lines are folded.",
              example = "Example Ltd.")
          String value,
      @Parameter(
              value = "Whether a field that is there is replaced, or left as it is.",
              otherwise = "always")
          When when) {
    Settings {
      Fields.check("parameters 'name' and 'value' are", name, value);
    }
  }

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "SetHeader",
        "Sets a header field, instead of those of its name.",
        Settings.class,
        (settings, _) -> new SetHeader(settings));
  }
}
