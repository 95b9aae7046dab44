package org.posthorn.mailets.content;

import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Outcome;

/// Gives a message that has no `Message-ID`, or an empty one, an id made of the id of the mail and
/// the name of this server: the same one whenever the step is repeated.
///
/// ```yaml
/// - match: IsAuthenticated
///   mailet: AddMessageId
/// ```
final class AddMessageId implements Mailet {
  private static final String NAME = "Message-ID";

  private final String hostname;

  private AddMessageId(String hostname) {
    this.hostname = hostname;
  }

  @Override
  public Outcome service(Mail mail) {
    if (Fields.first(mail.message(), NAME).filter(id -> !id.isBlank()).isPresent()) {
      return new Outcome.Continue(mail);
    }
    String id =
        "<%s.%d@%s>".formatted(mail.id(), mail.origin().received().getEpochSecond(), hostname);
    return new Outcome.Continue(mail.withMessage(Fields.replaced(mail.message(), NAME, id)));
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  static MailetFactory<NoParameters> factory() {
    return new Made<>(
        "AddMessageId",
        "Adds a Message-ID where there is none.",
        NoParameters.class,
        (_, services) -> new AddMessageId(services.hostname()));
  }
}
