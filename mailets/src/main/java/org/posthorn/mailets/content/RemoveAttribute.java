package org.posthorn.mailets.content;

import java.util.List;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;

/// Takes notes off the mail: those of some names, and those whose names begin with a prefix. The
/// prefix `""` takes all.
///
/// ```yaml
/// - mailet: RemoveAttribute
///   names: [example.score]
/// ```
final class RemoveAttribute implements Mailet {
  private final Settings settings;

  private RemoveAttribute(Settings settings) {
    this.settings = settings;
  }

  @Override
  public Outcome service(Mail mail) {
    Mail changed = mail;
    for (String name : mail.attributes().keySet()) {
      if (settings.names.contains(name) || settings.prefixes.stream().anyMatch(name::startsWith)) {
        changed = changed.withoutAttribute(name);
      }
    }
    return new Outcome.Continue(changed);
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(value = "The names of the notes.", example = "[example.score]") List<String> names,
      @Parameter("How other names begin; \"\" takes all notes.") List<String> prefixes) {
    Settings {
      if (names.isEmpty() && prefixes.isEmpty()) {
        throw new ParameterException("one of the parameters 'names' and 'prefixes' is needed");
      }
    }
  }

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "RemoveAttribute",
        "Takes notes of earlier steps off the mail.",
        Settings.class,
        (settings, _) -> new RemoveAttribute(settings));
  }
}
