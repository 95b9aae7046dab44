package org.posthorn.mailet;

import java.util.Optional;
import java.util.Set;
import org.posthorn.message.MailAddress;

/// Where a mail is going, with what the sender asked for this recipient (RFC 3461 §4):
/// `originalRecipient` is the decoded ORCPT, such as `rfc822;ann@example.org`; `notifications`
/// (NOTIFY) empty: the default. `failure` is why the mail cannot reach this recipient, for the
/// steps that report it; absent on the way in.
public record Recipient(
    MailAddress address,
    Optional<String> originalRecipient,
    Set<Notify> notifications,
    Optional<Failure> failure) {
  public enum Notify {
    NEVER,
    SUCCESS,
    FAILURE,
    DELAY
  }

  /// Why a recipient cannot be reached. `status` is an enhanced status code (RFC 3463) such as
  /// `5.1.1`; `remote` the server that said so, absent when it was us; `text` its reply, or our own
  /// words.
  public record Failure(String status, Optional<String> remote, String text) {}

  public Recipient {
    notifications = Set.copyOf(notifications);
  }

  public Recipient(
      MailAddress address, Optional<String> originalRecipient, Set<Notify> notifications) {
    this(address, originalRecipient, notifications, Optional.empty());
  }

  public static Recipient of(MailAddress address) {
    return new Recipient(address, Optional.empty(), Set.of());
  }

  /// The same recipient under another address: what an alias makes of it. What the sender asked for
  /// stays (RFC 3461 §5.2.7).
  public Recipient withAddress(MailAddress other) {
    return new Recipient(other, originalRecipient, notifications, failure);
  }

  /// The same recipient as one that cannot be reached: give it to the processor that reports.
  public Recipient withFailure(Failure why) {
    return new Recipient(address, originalRecipient, notifications, Optional.of(why));
  }

  /// Whether the sender wants to hear of `event`: failures and delays unless other things were
  /// asked for.
  public boolean wants(Notify event) {
    return notifications.isEmpty()
        ? event == Notify.FAILURE || event == Notify.DELAY
        : notifications.contains(event);
  }
}
