package org.posthorn.mailets;

import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Services;
import org.posthorn.message.HeaderText;

/// Puts a header field on top of the message.
///
/// ```yaml
/// - mailet: AddHeader
///   name: X-Department
///   value: Sales
/// ```
public final class AddHeader implements Mailet {
  private final String name;
  private final String value;

  private AddHeader(String name, String value) {
    this.name = name;
    this.value = value;
  }

  @Override
  public Outcome service(Mail mail) {
    return new Outcome.Continue(mail.withMessage(mail.message().withHeader(name, value)));
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(value = "The name of the field.", example = "X-Department") String name,
      @Parameter(
              value = "Its value. Text outside ASCII is encoded, long lines are folded.",
              example = "Sales")
          String value) {
    Settings {
      try {
        var _ = HeaderText.line(name, value);
      } catch (IllegalArgumentException e) {
        throw new ParameterException(
            "parameters 'name' and 'value' do not make a header field: " + e.getMessage());
      }
    }
  }

  static final class Factory implements MailetFactory<Settings> {
    @Override
    public String name() {
      return "AddHeader";
    }

    @Override
    public String summary() {
      return "Puts a header field on top of the message.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Mailet create(Settings settings, Services services) {
      return new AddHeader(settings.name, settings.value);
    }
  }
}
