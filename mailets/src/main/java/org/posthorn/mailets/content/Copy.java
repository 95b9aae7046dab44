package org.posthorn.mailets.content;

import java.util.List;
import java.util.Set;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ProcessorName;
import org.posthorn.mailet.Recipient;

/// Sends a copy of the mail, with its recipients, to another processor, while the mail goes on to
/// the next step. The copy shares the stored message. Nobody is told what becomes of it, and a copy
/// is not copied again to where it was sent, so a chain that goes in circles makes no flood.
///
/// ```yaml
/// - match: HostIs(example.org)
///   mailet: Copy
///   processor: archive
/// ```
final class Copy implements Mailet {
  /// Followed by the name of the processor.
  private static final String MARK = "copy.";

  private final String processor;

  private Copy(String processor) {
    this.processor = processor;
  }

  @Override
  public Outcome service(Mail mail) {
    String mark = MARK + processor;
    if (mail.recipients().isEmpty() || mail.attributes().containsKey(mark)) {
      return new Outcome.Continue(mail);
    }
    Mail copy =
        mail.withRecipients(mail.recipients().stream().map(Copy::silent).toList())
            .withAttribute(mark, "yes");
    return new Outcome.Split(
        List.of(
            new Outcome.Split.Part(mail.recipients(), new Outcome.Continue(mail)),
            new Outcome.Split.Part(List.of(), new Outcome.Route(copy, processor))));
  }

  private static Recipient silent(Recipient recipient) {
    return new Recipient(
        recipient.address(),
        recipient.originalRecipient(),
        Set.of(Recipient.Notify.NEVER),
        recipient.failure());
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(value = "Where the copy goes.", example = "local") ProcessorName processor) {}

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "Copy",
        "Sends a copy of the mail to another processor.",
        Settings.class,
        (settings, _) -> new Copy(settings.processor.value()));
  }
}
