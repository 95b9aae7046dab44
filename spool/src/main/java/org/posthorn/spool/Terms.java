package org.posthorn.spool;

import java.time.Duration;
import java.util.Optional;
import org.posthorn.message.MailAddress;

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
          Terms.of(config, patience.reports()));
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

  private static Terms of(SpoolConfig config, SpoolConfig.Kind kind) {
    return new Terms(
        new RetrySchedule(
            kind.retries().isEmpty() ? config.relayRetries() : kind.retries(),
            /* goesOnForEver= */ true),
        kind.giveUpAfter().orElse(config.giveUpAfter()),
        kind.delayNoticeAfter().orElse(config.delayNoticeAfter()));
  }
}
