package org.posthorn.mailets.content;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;

/// Makes several mails of one with many recipients: one for each domain, or each with at most so
/// many, or both. They go on to the next step one after the other and share the stored message.
/// Each gets the note `split.part`, which keeps them apart.
///
/// ```yaml
/// - mailet: SplitRecipients
///   at-most: 50
/// ```
final class SplitRecipients implements Mailet {
  private static final String PART = "split.part";

  private final Settings settings;

  private SplitRecipients(Settings settings) {
    this.settings = settings;
  }

  @Override
  public Outcome service(Mail mail) {
    List<List<Recipient>> groups = groups(mail.recipients());
    if (groups.size() <= 1) {
      return new Outcome.Continue(mail);
    }
    List<Outcome.Split.Part> parts = new ArrayList<>();
    for (List<Recipient> some : groups) {
      Mail part = mail.withRecipients(some).withAttribute(PART, String.valueOf(parts.size() + 1));
      parts.add(new Outcome.Split.Part(some, new Outcome.Continue(part)));
    }
    return new Outcome.Split(parts);
  }

  private List<List<Recipient>> groups(List<Recipient> all) {
    Map<String, List<Recipient>> domains = new LinkedHashMap<>();
    for (Recipient recipient : all) {
      String domain = settings.byDomain ? recipient.address().domain().toString() : "";
      domains.computeIfAbsent(domain, _ -> new ArrayList<>()).add(recipient);
    }
    List<List<Recipient>> groups = new ArrayList<>();
    for (List<Recipient> same : domains.values()) {
      int atMost = settings.atMost.orElse(same.size());
      for (int from = 0; from < same.size(); from += atMost) {
        groups.add(same.subList(from, Math.min(same.size(), from + atMost)));
      }
    }
    return groups;
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(
              value = "How many recipients one mail has at most.",
              min = 1,
              max = 1_000,
              example = "50")
          Optional<Integer> atMost,
      @Parameter(
              value = "Whether recipients in different domains are in different mails.",
              otherwise = "false")
          boolean byDomain) {
    Settings {
      if (atMost.isEmpty() && !byDomain) {
        throw new ParameterException("one of the parameters 'at-most' and 'by-domain' is needed");
      }
    }
  }

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "SplitRecipients",
        "Makes several mails of one with many recipients.",
        Settings.class,
        (settings, _) -> new SplitRecipients(settings));
  }
}
