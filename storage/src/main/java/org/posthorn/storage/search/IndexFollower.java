package org.posthorn.storage.search;

import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.AccountId;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.account.Standing;
import org.posthorn.storage.follow.Follower;
import org.posthorn.storage.follow.Point;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings new emails into an index. What they are it sees by their ids, which only grow, so it
/// needs no history; flags and moves are nothing to it.
final class IndexFollower implements Follower {
  private static final int PAGE = 64;
  private static final long TURN_NANOS = 250_000_000;

  private static final Logger log = LoggerFactory.getLogger(IndexFollower.class);

  /// Where it has what is indexed. Used by one thread, but for [#stop].
  interface Source {
    Texts texts(Account account);

    /// What is costly to hold may go.
    default void rest() {}

    /// [Texts#prepare] returns soon, from now on.
    default void stop() {}
  }

  private final String name;
  private final TextIndex index;
  private final IndexReading reading;
  private final IndexWriting writing;
  private final Source source;
  private volatile boolean stopped;

  IndexFollower(String name, TextIndex index, IndexReading reading, Source source) {
    this.name = name;
    this.index = index;
    this.reading = reading;
    this.writing = new IndexWriting(index, reading);
    this.source = source;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Point reached(AccountId account) {
    return reading.progress(account).point();
  }

  @Override
  public List<AccountId> known(Optional<AccountId> after, int limit) {
    return reading.accounts(after, limit);
  }

  @Override
  public void restart(Account account) {
    if (reading.progress(account.id()).epoch() != account.standing().epoch()) {
      writing.forget(account.id());
    }
  }

  @Override
  public void follow(Account account) {
    int losses = index.losses();
    Standing standing = account.standing();
    Progress known = reading.progress(account.id());
    Progress begun = known.isNone() ? writing.begin(account.id(), standing.epoch()) : known;
    Texts texts = source.texts(account);
    long until = System.nanoTime() + TURN_NANOS;
    long last = begun.lastEmailId();
    List<Email> emails;
    do {
      emails = account.emailsAfter(last, PAGE);
      for (Email email : emails) {
        if (!writing.addKnown(begun.account(), email, texts)) {
          boolean any = prepare(texts, email);
          if (stopped) {
            break;
          }
          if (any) {
            writing.add(begun.account(), email, texts);
          }
        }
        last = email.id();
        if (System.nanoTime() - until >= 0) {
          break;
        }
      }
    } while (!emails.isEmpty() && !stopped && System.nanoTime() - until < 0);
    if (!emails.isEmpty()) {
      writing.note(losses, account.id(), begun.upTo(last));
      return;
    }
    if (begun.exactSince() != standing.exactSince() && begun.lastEmailId() > 0) {
      writing.retain(begun.account(), there(account));
    }
    writing.note(
        losses,
        account.id(),
        new Progress(
            begun.account(),
            standing.version(),
            standing.epoch(),
            standing.exactSince(),
            Math.max(last, standing.lastEmailId())));
  }

  /// An email whose bytes are damaged, gone or unreadable is passed over.
  private static boolean prepare(Texts texts, Email email) {
    try {
      return texts.prepare(email);
    } catch (IOException | RuntimeException e) {
      if (e instanceof StorageUnavailable unavailable && !unavailable.isUnreadable()) {
        throw unavailable;
      }
      log.atWarn().addKeyValue("email", email.id()).setCause(e).log("not-indexed");
      return false;
    }
  }

  /// Ids of the emails that are left after history was trimmed.
  private static BitSet there(Account account) {
    var ids = new BitSet();
    List<Email> emails = account.emailsAfter(0, PAGE);
    while (!emails.isEmpty()) {
      emails.forEach(email -> ids.set((int) email.id()));
      emails = account.emailsAfter(emails.getLast().id(), PAGE);
    }
    return ids;
  }

  @Override
  public void forget(AccountId account) {
    writing.forget(account);
  }

  @Override
  public void stop() {
    stopped = true;
    source.stop();
  }

  @Override
  public void settle() {
    writing.settle();
  }

  @Override
  public void rest() {
    source.rest();
    index.rest();
  }
}
