package org.posthorn.mailets.content;

import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;

/// Leaves a note on the mail for later steps. Notes survive a restart and never leave the server.
///
/// ```yaml
/// - match: RemoteAddressIs(192.0.2.0/24)
///   mailet: SetAttribute
///   name: example.from-branch
///   value: berlin
/// ```
final class SetAttribute implements Mailet {
  private final Settings settings;

  private SetAttribute(Settings settings) {
    this.settings = settings;
  }

  @Override
  public Outcome service(Mail mail) {
    return new Outcome.Continue(mail.withAttribute(settings.name, settings.value));
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(value = "The name of the note, such as example.score.", example = "example.branch")
          String name,
      @Parameter(value = "What it says; at most 4000 characters.", example = "berlin")
          String value) {
    Settings {
      if (name.isBlank() || name.length() > 200 || value.length() > 4_000) {
        throw new ParameterException(
            "parameter 'name' has 1 to 200 characters, and 'value' at most 4000");
      }
    }
  }

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "SetAttribute",
        "Leaves a note on the mail for later steps.",
        Settings.class,
        (settings, _) -> new SetAttribute(settings));
  }
}
