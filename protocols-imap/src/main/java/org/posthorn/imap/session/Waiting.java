package org.posthorn.imap.session;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapParser;
import org.posthorn.imap.wire.ImapSyntaxException;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.net.Connection;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;

/// Where the connection's thread waits for its client, which is told news meanwhile if it has asked
/// for that. Confined to that thread: whoever tells is an [Idling], which has ended when it
/// returns.
final class Waiting {
  private final Connection connection;
  private final ImapParser parser;
  private final SessionRules rules;
  private final Notifying notifying;
  private final Supplier<ImapWriter> writers;

  /// `writers` makes what is written with, each time.
  Waiting(
      Connection connection,
      ImapParser parser,
      SessionRules rules,
      Notifying notifying,
      Supplier<ImapWriter> writers) {
    this.connection = connection;
    this.parser = parser;
    this.rules = rules;
    this.notifying = notifying;
    this.writers = writers;
  }

  /// Returns when there is something to read.
  void forCommand(State state) throws IOException {
    Optional<State.LoggedIn> user = state.loggedIn();
    if (user.isEmpty() || !notifying.always() || connection.input().hasBuffered()) {
      connection.awaitCommand();
      return;
    }
    try (var _ = telling(false, user.get(), state.selected(), Optional.empty())) {
      connection.awaitCommand();
    }
  }

  /// IDLE, until the client says DONE.
  ImapAnswer idle(State.LoggedIn user, Optional<SelectedMailbox> selected, ImapWriter writer)
      throws IOException, ImapSyntaxException {
    writer.text("+ Idling").endLine();
    writer.flush();
    if (selected.isPresent() || notifying.always()) {
      try (var _ = telling(true, user, selected, Optional.of(rules.keepAlive()))) {
        connection.awaitCommand();
        parser.done(rules.idleTimeout());
      }
    } else {
      connection.awaitCommand();
      parser.done(rules.idleTimeout());
    }
    return ImapAnswer.ok("Done");
  }

  private Idling telling(
      boolean idling,
      State.LoggedIn user,
      Optional<SelectedMailbox> selected,
      Optional<Duration> keepAlive) {
    return Idling.start(
        writer -> notifying.tellNow(idling, selected, user, writer),
        user,
        writers,
        () -> rungBy(user, selected),
        connection,
        keepAlive);
  }

  /// The accounts whose changes may be told.
  private Collection<Account> rungBy(State.LoggedIn user, Optional<SelectedMailbox> selected) {
    Map<AccountId, Account> accounts = new LinkedHashMap<>();
    selected.map(SelectedMailbox::account).ifPresent(one -> accounts.put(one.id(), one));
    for (Account one : notifying.accounts(user.visitor())) {
      accounts.put(one.id(), one);
    }
    return accounts.values();
  }
}
