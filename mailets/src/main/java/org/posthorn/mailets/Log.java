package org.posthorn.mailets;

import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;
import org.slf4j.LoggerFactory;

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
    log.atLevel(org.slf4j.event.Level.valueOf(level.name()))
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

  enum Level {
    DEBUG,
    INFO,
    WARN
  }

  record Settings(
      @Parameter(value = "What to write.", example = "large mail") Optional<String> text,
      @Parameter(value = "How important it is.", otherwise = "info") Level level) {}

  static final class Factory implements MailetFactory<Settings> {
    @Override
    public String name() {
      return "Log";
    }

    @Override
    public String summary() {
      return "Writes a line into the log for each mail that passes.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Mailet create(Settings settings, Services services) {
      return new Log(settings.text.orElse(""), settings.level);
    }
  }
}
