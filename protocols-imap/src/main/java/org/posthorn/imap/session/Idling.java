package org.posthorn.imap.session;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.posthorn.imap.view.MailboxGone;
import org.posthorn.imap.wire.ImapAnswer;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.net.Connection;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Bell;
import org.posthorn.storage.account.MailboxException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/// Tells a client news while the connection's own thread waits, for DONE (RFC 2177) or for the next
/// command (RFC 5465): the only times that a connection has two threads. Ends by closing the bell,
/// never by interrupting, for that would close the socket that the thread may be writing to.
///
/// A client that does not read keeps this thread in a write and nothing else; the listener ends
/// such connections.
final class Idling implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Idling.class);
  private static final Duration LONG = Duration.ofHours(1);

  /// What is told when the account has changed.
  interface Telling {
    void tell(ImapWriter writer) throws IOException;
  }

  private final Telling telling;
  private final Supplier<Collection<Account>> accounts;
  private final Set<AccountId> rungBy = new HashSet<>();
  private final Connection connection;
  private final Supplier<ImapWriter> writers;
  private final Optional<Duration> keepAlive;
  private final Bell bell;
  private final Thread teller;

  private Idling(
      Telling telling,
      State.LoggedIn user,
      Supplier<ImapWriter> writers,
      Supplier<Collection<Account>> accounts,
      Connection connection,
      Optional<Duration> keepAlive) {
    this.telling = telling;
    this.accounts = accounts;
    this.writers = writers;
    this.connection = connection;
    this.keepAlive = keepAlive;
    // Rung from now on: what changes before the first look is seen there, what changes after it
    // rings.
    this.bell = user.account().listen();
    this.rungBy.add(user.account().id());
    listen();
    this.teller = Thread.ofVirtual().name(connection.id() + "-idle").unstarted(this::tell);
  }

  /// Rung also by those whose changes may be told only now, since they have shared something.
  private void listen() {
    for (Account account : accounts.get()) {
      if (rungBy.add(account.id())) {
        bell.alsoRungBy(account);
      }
    }
  }

  /// From now on and until it is closed, what is told belongs to the new thread. `writers` makes
  /// what is written with, each time; `accounts`: whose changes may be told; `keepAlive`: how often
  /// a client is told that nothing is new.
  static Idling start(
      Telling telling,
      State.LoggedIn user,
      Supplier<ImapWriter> writers,
      Supplier<Collection<Account>> accounts,
      Connection connection,
      Optional<Duration> keepAlive) {
    var idling = new Idling(telling, user, writers, accounts, connection, keepAlive);
    idling.teller.start();
    return idling;
  }

  private void tell() {
    // Its lines in the log belong to the connection too.
    MDC.put("connection", connection.id());
    try {
      boolean rang = true;
      while (!bell.closed()) {
        var writer = writers.get();
        if (rang) {
          listen();
          telling.tell(writer);
        } else if (keepAlive.isPresent()) {
          writer.text("* OK ").words("Still here").endLine();
        }
        writer.flush();
        rang = bell.await(keepAlive.orElse(LONG));
      }
    } catch (MailboxGone _) {
      hangUp("The mailbox was deleted, or may not be read any more");
    } catch (MailboxException.LimitReached _) {
      hangUp("There is no memory for the news of this session");
    } catch (MailboxException _) {
      hangUp("The account is gone");
    } catch (IOException _) {
      // The client is gone; the connection's own thread finds that out for itself.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("idling failed");
      hangUp("Something went wrong here (" + connection.id() + ")");
    }
  }

  private void hangUp(String why) {
    log.atDebug().addKeyValue("why", why).log("shown out");
    try {
      var writer = writers.get();
      ImapAnswer.bye(why).write("*", writer);
      writer.flush();
      connection.close();
    } catch (IOException e) {
      log.atDebug().addKeyValue("cause", e.toString()).log("could not say goodbye");
    }
  }

  /// Returns when the teller has stopped: the mailbox belongs to the caller again.
  @Override
  public void close() {
    bell.close();
    boolean interrupted = false;
    while (teller.isAlive()) {
      try {
        teller.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
