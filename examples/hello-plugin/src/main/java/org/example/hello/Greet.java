package org.example.hello;

import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
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

  /// What the operator writes; the server reads it, and refuses what is no text.
  record Settings(
      @Parameter(value = "The greeting.", example = "Hello from our server") String text,
      @Parameter(value = "The header field that it is put in.", otherwise = "X-Greeting")
      String header) {
    /// What makes no sense is refused here, and the server does not start with it.
    Settings {
      if (text.isBlank()) {
        throw new ParameterException("parameter 'text' is empty: what is the greeting?");
      }
    }
  }

  /// The server finds it through META-INF/services and makes a mailet for each step that names it.
  public static final class Factory implements MailetFactory<Settings> {
    @Override
    public String name() {
      return "Greet";
    }

    @Override
    public String summary() {
      return "Puts a greeting on top of the message.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Mailet create(Settings settings, Services services) {
      return new Greet(settings.header, settings.text);
    }
  }
}
