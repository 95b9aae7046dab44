package org.posthorn.imap.session;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.posthorn.imap.command.TextOrder;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.Extension;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Actor;
import org.posthorn.storage.share.Visitor;

/// Where a session stands (RFC 3501 §3), with exactly what is known then.
sealed interface State {
  record NotAuthenticated(int failedLogins) implements State {}

  /// STARTTLS was answered with OK.
  record StartingTls(int failedLogins) implements State {}

  record Authenticated(LoggedIn user) implements State {}

  record Selected(LoggedIn user, SelectedMailbox mailbox) implements State {}

  record Ended() implements State {}

  default Optional<LoggedIn> loggedIn() {
    return switch (this) {
      case Authenticated(var user) -> Optional.of(user);
      case Selected(var user, _) -> Optional.of(user);
      case NotAuthenticated _, StartingTls _, Ended _ -> Optional.empty();
    };
  }

  default Optional<SelectedMailbox> selected() {
    return this instanceof Selected(_, var mailbox) ? Optional.of(mailbox) : Optional.empty();
  }

  /// Empty while nobody is logged in.
  default String login() {
    return loggedIn().map(user -> user.actor().login()).orElse("");
  }

  /// Whose mail it is, what the client has enabled, which stays so until it logs out, and how it
  /// wants texts to be compared.
  record LoggedIn(
      Account account, Visitor visitor, Actor actor, Set<Extension> enabled, TextOrder order) {
    boolean has(Extension extension) {
      return enabled.contains(extension);
    }

    /// Strings and mailbox names are UTF-8 (RFC 9051 appendix A, RFC 6855 §3).
    boolean utf8() {
      return has(Extension.IMAP4REV2) || has(Extension.UTF8_ACCEPT);
    }

    LoggedIn with(Extension extension) {
      EnumSet<Extension> more = EnumSet.of(extension);
      more.addAll(enabled);
      if (extension == Extension.QRESYNC) {
        more.add(Extension.CONDSTORE);
      }
      return new LoggedIn(account, visitor, actor, Set.copyOf(more), order);
    }

    LoggedIn with(TextOrder other) {
      return new LoggedIn(account, visitor, actor, enabled, other);
    }
  }
}
