package org.posthorn.mailets.content;

import java.util.List;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.slf4j.LoggerFactory;

/// Writes header fields of each mail that passes into the server's log, with its id: the fields
/// that you name, the first 20 of them, of each at most 200 characters. Never anything of the body.
///
/// ```yaml
/// - match: HasHeader(X-Spam-Score)
///   mailet: LogHeaders
///   names: [X-Spam-Score, X-Mailer]
/// ```
final class LogHeaders implements Mailet {
  private static final org.slf4j.Logger log = LoggerFactory.getLogger(LogHeaders.class);
  private static final int FIELDS_MAX = 20;
  private static final int VALUE_MAX = 200;

  private final List<String> names;

  private LogHeaders(List<String> names) {
    this.names = List.copyOf(names);
  }

  @Override
  public Outcome service(Mail mail) {
    mail.message().headers().stream()
        .filter(field -> names.stream().anyMatch(field::is))
        .limit(FIELDS_MAX)
        .forEach(field ->
            log.atInfo()
                .addKeyValue("mail", mail.id())
                .addKeyValue("field", field.name())
                .addKeyValue("value", shortened(field.value()))
                .log("header"));
    return new Outcome.Continue(mail);
  }

  private static String shortened(String value) {
    String line = Fields.oneLine(value);
    return line.length() <= VALUE_MAX ? line : line.substring(0, VALUE_MAX) + "…";
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(
              value = "The names of the fields, in any case.",
              min = 1,
              example = "[X-Spam-Score, X-Mailer]")
          List<String> names) {}

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "LogHeaders",
        "Writes header fields that you name into the log.",
        Settings.class,
        (settings, _) -> new LogHeaders(settings.names));
  }
}
