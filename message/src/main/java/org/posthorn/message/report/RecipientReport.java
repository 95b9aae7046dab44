package org.posthorn.message.report;

import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;
import org.posthorn.message.MailAddress;

/// What became of one recipient (RFC 3464 §2.3).
///
/// `original` is the decoded ORCPT, such as `rfc822;ann@example.org`; `status` an enhanced status
/// code such as `5.1.1`; `remote` the host that it is about; `answer` its reply with the code, or
/// our own words. `lastAttempt` is when a server, or the mailbox, was last tried; where `tried`
/// says that none ever was, when this was found out. `retryUntil` is set for delays.
public record RecipientReport(
    MailAddress recipient,
    Optional<String> original,
    Action action,
    String status,
    Optional<String> remote,
    String answer,
    Instant lastAttempt,
    Optional<Instant> retryUntil,
    boolean tried) {
  /// RFC 3464 §2.3.3. Relayed: handed to a server that sends no reports of its own.
  public enum Action {
    FAILED,
    DELAYED,
    DELIVERED,
    RELAYED
  }

  /// RFC 5321 §4.2.
  private static final Pattern REPLY = Pattern.compile("[2-5][0-9]{2}(?:[ -]|$)");

  public RecipientReport {
    if (!status.matches("[245]\\.[0-9]{1,3}\\.[0-9]{1,3}")) {
      throw new IllegalArgumentException("Not an enhanced status code: " + status);
    }
  }

  /// For who does not know whether there was a try: a failure that is about no server is taken for
  /// none, since an operator may have ended it.
  public RecipientReport(
      MailAddress recipient,
      Optional<String> original,
      Action action,
      String status,
      Optional<String> remote,
      String answer,
      Instant lastAttempt,
      Optional<Instant> retryUntil) {
    this(
        recipient,
        original,
        action,
        status,
        remote,
        answer,
        lastAttempt,
        retryUntil,
        action != Action.FAILED || remote.isPresent());
  }

  /// Whether these are the words of another server, and not ours about it.
  public static boolean isReply(String answer) {
    return REPLY.matcher(answer).lookingAt();
  }
}
