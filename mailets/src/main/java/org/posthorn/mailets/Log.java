package org.posthorn.mailets;

import java.util.Locale;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Services;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Writes a line into the server's log for each mail that passes: its id, size, number of
/// recipients, and `text`. `level` is `info` (if nothing is said), `warn` or `debug`.
///
/// ```yaml
/// - match: SizeOver(20MB)
///   mailet: Log
///   text: large mail
/// ```
public final class Log implements Mailet {
  private static final org.slf4j.Logger log = LoggerFactory.getLogger(Log.class);

  private final String text;
  private final Level level;

  private Log(String text, Level level) {
    this.text = text;
    this.level = level;
  }

  @Override
  public Outcome service(Mail mail) {
    log.atLevel(level)
        .addKeyValue("mail", mail.id())
        .addKeyValue("bytes", mail.message().sizeBytes())
        .addKeyValue("recipients", mail.recipients().size())
        .addKeyValue("text", text)
        .log("passed");
    return new Outcome.Continue(mail);
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  static final class Factory implements MailetFactory {
    @Override
    public String name() {
      return "Log";
    }

    @Override
    public Mailet create(Parameters parameters, Services services) {
      String level = parameters.optionalText("level").orElse("info");
      return new Log(
          parameters.optionalText("text").orElse(""),
          switch (level.toLowerCase(Locale.ROOT)) {
            case "info" -> Level.INFO;
            case "warn" -> Level.WARN;
            case "debug" -> Level.DEBUG;
            default ->
                throw new ParameterException(
                    "parameter 'level' is '" + level + "', but should be info, warn or debug");
          });
    }
  }
}
