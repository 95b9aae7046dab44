package org.posthorn.mailets.content;

import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Metrics;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;

/// Counts what passes, for `posthorn status` and the metrics of the server. The mail goes on.
///
/// ```yaml
/// - match: SenderIs(news@example.org)
///   mailet: Count
///   name: example.newsletter
///   what: recipients
/// ```
final class Count implements Mailet {
  private final Metrics.Counter counter;
  private final What what;

  private Count(Metrics.Counter counter, What what) {
    this.counter = counter;
    this.what = what;
  }

  @Override
  public Outcome service(Mail mail) {
    counter.add(
        switch (what) {
          case MAILS -> 1;
          case RECIPIENTS -> mail.recipients().size();
          case BYTES -> mail.message().sizeBytes();
        });
    return new Outcome.Continue(mail);
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  enum What {
    MAILS,
    RECIPIENTS,
    BYTES
  }

  record Settings(
      @Parameter(
              value =
                  "The name of the figure: at most 80 lower-case letters, digits, dots and dashes.",
              example = "example.newsletter")
          String name,
      @Parameter(value = "What is counted.", otherwise = "mails") What what) {}

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "Count",
        "Counts what passes, for the operator.",
        Settings.class,
        (settings, services) ->
            new Count(services.metrics().counter(settings.name), settings.what));
  }
}
