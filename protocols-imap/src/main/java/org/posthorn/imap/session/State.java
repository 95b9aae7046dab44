package org.posthorn.imap.session;

import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Actor;

/// Where a session stands (RFC 3501 §3), with exactly what is known then.
sealed interface State {
  record NotAuthenticated(int failedLogins) implements State {}

  /// STARTTLS was answered with OK.
  record StartingTls(int failedLogins) implements State {}

  record Authenticated(LoggedIn user) implements State {}

  record Selected(LoggedIn user, SelectedMailbox mailbox) implements State {}

  record Ended() implements State {}

  /// Whose mail it is, and what the client has enabled. CONDSTORE and QRESYNC, which has CONDSTORE
  /// in it, stay enabled until the end (RFC 7162 §3.1, §3.2.3).
  record LoggedIn(Account account, Actor actor, boolean condstore, boolean qresync) {
    LoggedIn withCondstore() {
      return new LoggedIn(account, actor, true, qresync);
    }

    LoggedIn withQresync() {
      return new LoggedIn(account, actor, true, true);
    }
  }
}
