package org.posthorn.message.report;

import java.time.Instant;
import java.util.Optional;
import org.posthorn.message.MailAddress;

/// What became of one recipient (RFC 3464 §2.3).
///
/// `original` is the decoded ORCPT, such as `rfc822;ann@example.org`; `status` an enhanced status
/// code such as `5.1.1`; `remote` the host that answered; `answer` its reply with the code, or our
/// own words where nobody could be asked. `retryUntil` is set for delays.
public record RecipientReport(
    MailAddress recipient,
    Optional<String> original,
    Action action,
    String status,
    Optional<String> remote,
    String answer,
    Instant lastAttempt,
    Optional<Instant> retryUntil) {
  /// RFC 3464 §2.3.3. Relayed: handed to a server that sends no reports of its own.
  public enum Action {
    FAILED,
    DELAYED,
    DELIVERED,
    RELAYED
  }

  public RecipientReport {
    if (!status.matches("[245]\\.[0-9]{1,3}\\.[0-9]{1,3}")) {
      throw new IllegalArgumentException("Not an enhanced status code: " + status);
    }
  }
}
