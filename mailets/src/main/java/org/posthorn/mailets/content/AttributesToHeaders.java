package org.posthorn.mailets.content;

import java.util.Map;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;

/// Writes notes of earlier steps into header fields, where people and their filters see them.
/// Fields of the same names that the message brought are taken out, whether or not the note is
/// there, so nobody outside can forge them.
///
/// ```yaml
/// - mailet: AttributesToHeaders
///   fields: {X-Score: example.score}
/// ```
final class AttributesToHeaders implements Mailet {
  private final Map<String, String> fields;

  private AttributesToHeaders(Map<String, String> fields) {
    this.fields = fields;
  }

  @Override
  public Outcome service(Mail mail) {
    Message message =
        mail.message().withoutHeaders(field -> fields.keySet().stream().anyMatch(field::is));
    for (Map.Entry<String, String> each : fields.entrySet()) {
      String value = mail.attributes().get(each.getValue());
      if (value != null) {
        message = message.withHeader(each.getKey(), Fields.oneLine(value));
      }
    }
    return new Outcome.Continue(mail.withMessage(message));
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(
              value = "The names of the fields, each with the name of the note.",
              min = 1,
              example = "{X-Score: example.score}")
          Map<String, String> fields) {
    Settings {
      fields.keySet().forEach(name -> Fields.check("parameter 'fields' has what is", name, ""));
    }
  }

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "AttributesToHeaders",
        "Writes notes of earlier steps into header fields.",
        Settings.class,
        (settings, _) -> new AttributesToHeaders(settings.fields));
  }
}
