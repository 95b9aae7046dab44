package org.example.hello;

import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Services;

/// Puts a greeting on top of the message.
///
/// ```yaml
/// - mailet: Greet
///   text: Hello from our server
///   header: X-Greeting        # this one, if nothing is said
/// ```
public final class Greet implements Mailet {
  private final String header;
  private final String text;

  private Greet(String header, String text) {
    this.header = header;
    this.text = text;
  }

  /// Called by many threads at once: what it needs is in final fields.
  @Override
  public Outcome service(Mail mail) {
    return new Outcome.Continue(mail.withMessage(mail.message().withHeader(header, text)));
  }

  /// It only computes, so the server need not note durably that it was done.
  @Override
  public boolean repeatable() {
    return true;
  }

  /// The server finds it through META-INF/services and makes a mailet for each step that names it.
  public static final class Factory implements MailetFactory {
    @Override
    public String name() {
      return "Greet";
    }

    /// What makes no sense is refused here, and the server does not start.
    @Override
    public Mailet create(Parameters parameters, Services services) {
      String text = parameters.text("text");
      if (text.isBlank()) {
        throw new ParameterException("parameter 'text' is empty: what is the greeting?");
      }
      return new Greet(parameters.optionalText("header").orElse("X-Greeting"), text);
    }
  }
}
