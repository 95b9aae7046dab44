package org.posthorn.mailet;

import java.util.Optional;
import java.util.Set;
import org.posthorn.message.MailAddress;

/// Where a mail is going, with what the sender asked for this recipient (RFC 3461 §4):
/// `originalRecipient` is the decoded ORCPT, such as `rfc822;ann@example.org`; `notifications`
/// (NOTIFY) empty: the default.
public record Recipient(
    MailAddress address, Optional<String> originalRecipient, Set<Notify> notifications) {
  public enum Notify {
    NEVER,
    SUCCESS,
    FAILURE,
    DELAY
  }

  public Recipient {
    notifications = Set.copyOf(notifications);
  }

  public static Recipient of(MailAddress address) {
    return new Recipient(address, Optional.empty(), Set.of());
  }
}
