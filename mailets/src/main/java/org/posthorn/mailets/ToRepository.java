package org.posthorn.mailets;

import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.ProcessorName;
import org.posthorn.mailet.Services;

/// Puts mail aside into a repository, where it stays until an operator looks at it.
///
/// ```yaml
/// - match: HasHeader(X-Virus)
///   mailet: ToRepository
///   repository: quarantine
///   reason: a virus
///   processor: transport
/// ```
final class ToRepository implements Mailet {
  private final Settings settings;

  private ToRepository(Settings settings) {
    this.settings = settings;
  }

  @Override
  public Outcome service(Mail mail) {
    return new Outcome.Park(
        mail, settings.repository, settings.reason, settings.processor.map(ProcessorName::value));
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(
              value = "The repository: up to 50 lower-case letters, digits and dashes.",
              example = "quarantine")
          String repository,
      @Parameter(
              value = "Why, for who looks at it.",
              otherwise = "the chain says so",
              example = "a virus")
          String reason,
      @Parameter("Where the mail goes on when it is run again; else the operator has to say.")
          Optional<ProcessorName> processor) {}

  static final class Factory implements MailetFactory<Settings> {
    @Override
    public String name() {
      return "ToRepository";
    }

    @Override
    public String summary() {
      return "Puts mail aside into a repository, where it stays until an operator looks at it.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Mailet create(Settings settings, Services services) {
      if (!Outcome.Park.isName(settings.repository)) {
        throw new ParameterException(
            "parameter 'repository' is '%s', but should be up to 50 lower-case letters, digits and dashes"
                .formatted(settings.repository));
      }
      return new ToRepository(settings);
    }
  }
}
