package org.posthorn.mailets.content;

import java.util.List;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.message.HeaderField;

/// Takes all header fields out of the message whose names begin with a prefix, in any case.
///
/// ```yaml
/// - mailet: RemoveHeadersByPrefix
///   prefixes: [X-Internal-]
/// ```
final class RemoveHeadersByPrefix implements Mailet {
  private final List<String> prefixes;

  private RemoveHeadersByPrefix(List<String> prefixes) {
    this.prefixes = List.copyOf(prefixes);
  }

  @Override
  public Outcome service(Mail mail) {
    return new Outcome.Continue(mail.withMessage(mail.message().withoutHeaders(this::isMatch)));
  }

  private boolean isMatch(HeaderField field) {
    return prefixes.stream()
        .anyMatch(prefix -> field.name().regionMatches(true, 0, prefix, 0, prefix.length()));
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(value = "How the names begin, in any case.", min = 1, example = "[X-Internal-]")
          List<String> prefixes) {
    Settings {
      if (prefixes.stream().anyMatch(String::isBlank)) {
        throw new ParameterException("parameter 'prefixes' has an empty one: it would take all");
      }
    }
  }

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "RemoveHeadersByPrefix",
        "Takes out header fields whose names begin with a prefix.",
        Settings.class,
        (settings, _) -> new RemoveHeadersByPrefix(settings.prefixes));
  }
}
