package org.posthorn.mailets;

import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ProcessorName;
import org.posthorn.mailet.Services;

/// Goes on at the start of another processor.
///
/// ```yaml
/// - match: RecipientIsLocal
///   mailet: ToProcessor
///   processor: local
/// ```
public final class ToProcessor implements Mailet {
  private final String processor;

  private ToProcessor(String processor) {
    this.processor = processor;
  }

  @Override
  public Outcome service(Mail mail) {
    return new Outcome.Route(mail, processor);
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(value = "Where the mail goes on.", example = "local") ProcessorName processor) {}

  static final class Factory implements MailetFactory<Settings> {
    @Override
    public String name() {
      return "ToProcessor";
    }

    @Override
    public String summary() {
      return "Goes on at the start of another processor.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Mailet create(Settings settings, Services services) {
      return new ToProcessor(settings.processor.value());
    }
  }
}
