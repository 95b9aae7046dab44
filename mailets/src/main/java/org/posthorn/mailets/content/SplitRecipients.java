package org.posthorn.mailets.content;

import java.util.ArrayList;
import java.util.List;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Recipient;

/// Makes several mails of one with many recipients, each with at most so many. They go on to the
/// next step one after the other and share the stored message. Each gets the note `split.part`,
/// which keeps them apart.
///
/// ```yaml
/// - mailet: SplitRecipients
///   at-most: 50
/// ```
final class SplitRecipients implements Mailet {
  private static final String PART = "split.part";

  private final int atMost;

  private SplitRecipients(int atMost) {
    this.atMost = atMost;
  }

  @Override
  public Outcome service(Mail mail) {
    List<Recipient> all = mail.recipients();
    if (all.size() <= atMost) {
      return new Outcome.Continue(mail);
    }
    List<Outcome.Split.Part> parts = new ArrayList<>();
    for (int from = 0; from < all.size(); from += atMost) {
      List<Recipient> some = all.subList(from, Math.min(all.size(), from + atMost));
      Mail part = mail.withRecipients(some).withAttribute(PART, String.valueOf(parts.size() + 1));
      parts.add(new Outcome.Split.Part(some, new Outcome.Continue(part)));
    }
    return new Outcome.Split(parts);
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(value = "How many recipients one mail has.", min = 1, max = 1_000, example = "50")
          int atMost) {}

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "SplitRecipients",
        "Makes several mails of one with many recipients.",
        Settings.class,
        (settings, _) -> new SplitRecipients(settings.atMost));
  }
}
