package org.posthorn.storage.directory;

import java.util.List;
import java.util.Optional;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// What an address means here: exact user, alias, mailing list, sub-address (`user+detail@`),
/// domain alias and catch-all, in this order.
public sealed interface Resolution {
  /// `detail` is what follows the `+`, as the sender wrote it.
  record Mailbox(User user, Optional<String> detail) implements Resolution {}

  /// Goes on to these addresses, each of which may be anything again.
  record Alias(MailAddress alias, List<MailAddress> targets) implements Resolution {}

  /// A mailing list, or an address that is made of its name; `token` is what follows the `+`.
  record Listed(MailingList list, MailingList.Role role, Optional<String> token)
      implements Resolution {}

  /// The domain is ours but nobody has this address.
  record NoSuchUser() implements Resolution {}

  /// The user may not receive now.
  record Disabled(User user) implements Resolution {}

  record NotLocal(Domain domain) implements Resolution {}
}
