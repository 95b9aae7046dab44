package org.posthorn.mailets.content;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.ProcessorName;

/// Puts mail back into the queue: after a time it starts in a processor again. So many times as
/// there are times; after that it goes on at the next step, which says what becomes of it.
///
/// ```yaml
/// - match: HasAttribute(scan.result, unavailable)
///   mailet: Requeue
///   processor: scan
///   after: [5m, 30m, 2h]
/// - match: HasAttribute(scan.result, unavailable)
///   mailet: ToRepository
///   repository: not-scanned
/// ```
final class Requeue implements Mailet {
  /// How often the mail has gone back into a processor: the name with that of the processor.
  private static final String ROUNDS = "requeue.";

  private final Settings settings;
  private final InstantSource clock;

  private Requeue(Settings settings, InstantSource clock) {
    this.settings = settings;
    this.clock = clock;
  }

  @Override
  public Outcome service(Mail mail) {
    String processor = settings.processor.value();
    int round = round(mail.attributes().get(ROUNDS + processor));
    if (round >= settings.after.size()) {
      return new Outcome.Continue(mail);
    }
    return new Outcome.Wait(
        mail.withAttribute(ROUNDS + processor, String.valueOf(round + 1)),
        clock.instant().plus(settings.after.get(round)),
        "%s (round %d of %d)".formatted(settings.reason, round + 1, settings.after.size()),
        Optional.of(processor));
  }

  /// Of the note, which other steps can set too; what is no number has used up all rounds.
  private static int round(@Nullable String note) {
    if (note == null) {
      return 0;
    }
    return note.matches("[0-9]{1,4}") ? Integer.parseInt(note) : Integer.MAX_VALUE;
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  record Settings(
      @Parameter(value = "Where it starts again.", otherwise = "root", example = "local")
          ProcessorName processor,
      @Parameter(
              value = "How long it waits: before the first round, before the second, and so on.",
              min = 1,
              example = "[5m, 30m, 2h]")
          List<Duration> after,
      @Parameter(value = "Why, for the queue and the story.", otherwise = "the chain says so")
          String reason) {
    Settings {
      after = List.copyOf(after);
      boolean allSensible =
          after.stream().allMatch(time -> time.isPositive() && time.toDays() <= 366);
      if (after.size() > 100 || !allSensible) {
        throw new ParameterException("parameter 'after' has at most 100 times of at most 366d");
      }
    }
  }

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "Requeue",
        "Lets mail wait and start in a processor again, so many times.",
        Settings.class,
        (settings, services) -> new Requeue(settings, services.clock()));
  }
}
