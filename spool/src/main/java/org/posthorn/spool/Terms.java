package org.posthorn.spool;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.queue.Wishes;

/// How long a mail is tried, how often, and when its sender hears that it takes long.
record Terms(RetrySchedule schedule, Duration giveUpAfter, Duration delayNoticeAfter) {
  /// Those of each kind of mail.
  record Kinds(Terms usual, Terms urgent, Terms nonUrgent, Terms reports) {
    static Kinds of(SpoolConfig config) {
      SpoolConfig.Patience patience = config.patience();
      return new Kinds(
          Terms.of(config, SpoolConfig.Patience.AS_USUAL),
          Terms.of(config, patience.urgent()),
          Terms.of(config, patience.nonUrgent()),
          Terms.of(config, patience.reports()).withoutNotice());
    }

    /// Priorities above 0 are urgent, below it they are not (RFC 6710 §5.2). A report is no less
    /// one because the mail that it is about was urgent.
    Terms of(Optional<MailAddress> sender, int priority) {
      if (sender.isEmpty()) {
        return reports;
      }
      return switch (Integer.signum(priority)) {
        case 1 -> urgent;
        case -1 -> nonUrgent;
        default -> usual;
      };
    }
  }

  /// When the sender of a mail that came at `begins` is to be told that it takes long: as the
  /// sender asked (RFC 2852), or as usual.
  Optional<Instant> noticeAt(Wishes wishes, Instant begins) {
    Optional<Instant> usual =
        delayNoticeAfter.isPositive()
            ? Optional.of(begins.plus(delayNoticeAfter))
            : Optional.empty();
    return wishes.noticeAt().or(() -> usual);
  }

  /// When something is to be done about a recipient that is not served by then, wherever it waits:
  /// the sender hears that it takes long, or it is given up.
  Instant nextDate(Wishes wishes, Instant begins, boolean delayTold) {
    Instant end = wishes.giveUpAt(begins.plus(giveUpAfter));
    return delayTold ? end : noticeAt(wishes, begins).filter(end::isAfter).orElse(end);
  }

  /// Nobody is there to hear it.
  private Terms withoutNotice() {
    return new Terms(schedule, giveUpAfter, Duration.ZERO);
  }

  /// How long it is tried, such as `5 days`.
  String patienceInWords() {
    if (giveUpAfter.toDays() > 0) {
      return giveUpAfter.toDays() == 1 ? "a day" : giveUpAfter.toDays() + " days";
    }
    if (giveUpAfter.toHours() > 0) {
      return giveUpAfter.toHours() == 1 ? "an hour" : giveUpAfter.toHours() + " hours";
    }
    return switch ((int) giveUpAfter.toMinutes()) {
      case 0 -> giveUpAfter.toSeconds() + " seconds";
      case 1 -> "a minute";
      default -> giveUpAfter.toMinutes() + " minutes";
    };
  }

  private static Terms of(SpoolConfig config, SpoolConfig.Kind kind) {
    return new Terms(
        new RetrySchedule(
            kind.retries().isEmpty() ? config.relayRetries() : kind.retries(),
            /* goesOnForEver= */ true),
        kind.giveUpAfter().orElse(config.giveUpAfter()),
        kind.delayNoticeAfter().orElse(config.delayNoticeAfter()));
  }
}
