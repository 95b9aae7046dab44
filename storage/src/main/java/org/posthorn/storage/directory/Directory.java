package org.posthorn.storage.directory;

import java.util.Optional;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// Domains, users and aliases. Look-ups answer from memory; changes are durable when they return.
/// Safe for use by many threads.
public final class Directory {
  /// What an address means: one step, aliases are not followed. Any case.
  public Resolution resolve(MailAddress address) {
    throw new IllegalStateException("SEAM " + address);
  }

  /// Whether mail for this domain, or for a domain that is an alias of one of ours, ends here.
  public boolean isLocal(Domain domain) {
    throw new IllegalStateException("SEAM " + domain);
  }

  /// The user of a login: an address in any case, through domain aliases but not through aliases.
  public Optional<User> user(MailAddress login) {
    throw new IllegalStateException("SEAM " + login);
  }

  /// Whether a user may send as `sender`: own address with any detail, in own domain or its alias
  /// domains, or an alias that leads to the user.
  public boolean maySendAs(User user, MailAddress sender) {
    throw new IllegalStateException("SEAM " + user + sender);
  }
}
