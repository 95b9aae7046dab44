package org.posthorn.mailets;

import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Parameters;
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

  static final class Factory implements MailetFactory {
    @Override
    public String name() {
      return "AddHeader";
    }

    @Override
    public Mailet create(Parameters parameters, Services services) {
      String name = parameters.text("name");
      String value = parameters.text("value");
      try {
        var _ = HeaderText.line(name, value);
      } catch (IllegalArgumentException e) {
        throw new ParameterException(
            "parameters 'name' and 'value' do not make a header field: " + e.getMessage());
      }
      return new AddHeader(name, value);
    }
  }
}
