package org.posthorn.mailet;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
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
  /// Of what the sender wants to hear (RFC 3461 §4.1). `NEVER` stands alone.
  public enum Notify {
    NEVER,
    SUCCESS,
    FAILURE,
    DELAY
  }

  /// Why a recipient cannot be reached. `status` is an enhanced status code (RFC 3463) such as
  /// `5.1.1`; `remote` the server that said so, absent when it was us; `text` its reply, or our own
  /// words. `lastTry` is when it was last tried to hand the mail over for this recipient, to a
  /// server, a program or a mailbox; absent when it was not tried.
  ///
  /// ```java
  /// var full = Recipient.Failure.of("5.2.2", "The mailbox is full");
  /// return new Outcome.Route(mail.withFailure(full), "bounces");
  /// ```
  public record Failure(
      String status, Optional<String> remote, String text, Optional<Instant> lastTry) {
    public Failure {
      requireNonNull(status, "status");
      requireNonNull(remote, "remote");
      requireNonNull(text, "text");
      requireNonNull(lastTry, "lastTry");
    }

    /// Without a try.
    public Failure(String status, Optional<String> remote, String text) {
      this(status, remote, text, Optional.empty());
    }

    /// We say so ourselves.
    public static Failure of(String status, String text) {
      return new Failure(status, Optional.empty(), text);
    }
  }

  public Recipient {
    requireNonNull(address, "address");
    requireNonNull(originalRecipient, "originalRecipient");
    requireNonNull(failure, "failure");
    notifications = Set.copyOf(notifications);
  }

  /// One that can be reached, as far as is known.
  public Recipient(
      MailAddress address, Optional<String> originalRecipient, Set<Notify> notifications) {
    this(address, originalRecipient, notifications, Optional.empty());
  }

  /// Of whom nothing is known but the address: nothing special was asked for.
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

  /// The same recipient as one that may be reached after all.
  public Recipient withoutFailure() {
    return new Recipient(address, originalRecipient, notifications, Optional.empty());
  }

  /// The same recipient with other wishes about reports. Empty: the default.
  public Recipient withNotifications(Set<Notify> others) {
    return new Recipient(address, originalRecipient, others, failure);
  }

  /// Whether the sender wants to hear of `event`: failures and delays unless other things were
  /// asked for.
  public boolean wants(Notify event) {
    return notifications.isEmpty()
        ? event == Notify.FAILURE || event == Notify.DELAY
        : notifications.contains(event);
  }
}
