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
/// the next step. The copy shares the stored message. Nobody is told what becomes of it. Neither it
/// nor the mail is copied again to where it was sent, so a chain that goes in circles makes no
/// flood.
///
/// ```yaml
/// - match: HostIs(example.org)
///   mailet: Copy
///   processor: archive
/// ```
final class Copy implements Mailet {
  private final String processor;

  private Copy(String processor) {
    this.processor = processor;
  }

  @Override
  public Outcome service(Mail mail) {
    if (mail.recipients().isEmpty() || CopyMarks.isCopied(mail, processor)) {
      return new Outcome.Continue(mail);
    }
    Mail original = CopyMarks.onOriginal(mail, processor);
    Mail copy =
        CopyMarks.onCopy(mail, processor)
            .withRecipients(mail.recipients().stream().map(Copy::silent).toList());
    return new Outcome.Split(
        List.of(
            new Outcome.Split.Part(mail.recipients(), new Outcome.Continue(original)),
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
