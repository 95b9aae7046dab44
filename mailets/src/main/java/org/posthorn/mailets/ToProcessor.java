package org.posthorn.mailets;

import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameters;
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

  static final class Factory implements MailetFactory {
    @Override
    public String name() {
      return "ToProcessor";
    }

    @Override
    public Mailet create(Parameters parameters, Services services) {
      return new ToProcessor(parameters.processor("processor"));
    }
  }
}
