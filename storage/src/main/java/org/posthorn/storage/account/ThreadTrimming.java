package org.posthorn.storage.account;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Page;

/// Forgets which message ids lead to threads of which no email is left: whoever answers to one of
/// these begins a new thread. Used by one thread.
///
/// Which threads those are is found beside the account's changes. An email that comes in meanwhile
/// may join one that is about to be forgotten, so the last step is done amid the changes, and only
/// when no email came in that was not looked at.
final class ThreadTrimming {
  private static final int IDS_AT_ONCE = 500;

  /// With more emails coming in all the time the next trimming does the rest.
  private static final int TRIES = 10;

  private static final Actor NOBODY = new Actor("", "", "");

  private final Account account;
  private final Rows rows;
  private final Trimming.Breath breath;

  /// By the number of the thread.
  private final BitSet alive = new BitSet();

  private long lookedAt;

  ThreadTrimming(Account account, Trimming.Breath breath) {
    this.account = account;
    this.rows = account.rows();
    this.breath = breath;
  }

  void run() {
    try {
      lookAtNewEmails();
      List<byte[]> some = dead(new byte[0]);
      boolean going = true;
      while (going && !some.isEmpty()) {
        byte[] last = some.getLast();
        going = forget(some) && breath.goOn();
        some = going ? dead(last) : List.of();
      }
    } catch (StorageUnavailable | IllegalArgumentException _) {
      // A damaged email may be of any thread: all are kept until it is repaired.
    }
  }

  /// Those that came in since the last look, as far as their rows are written.
  private void lookAtNewEmails() {
    long last = account.standing().lastEmailId();
    if (last >= Integer.MAX_VALUE) {
      throw new IllegalArgumentException("Too many emails");
    }
    rows.between(
        Keys.email(lookedAt + 1),
        Keys.email(last + 1),
        row -> {
          long id = Keys.longAt(row.key(), 1);
          alive.set((int) EmailRow.head(id, row.value(), rows.key()).threadId());
        });
    lookedAt = last;
  }

  /// Some message ids behind one that lead to threads without an email.
  private List<byte[]> dead(byte[] behind) {
    var some = new ArrayList<byte[]>();
    byte[] from = behind.length == 0 ? Keys.threads() : Keys.after(behind);
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page = rows.page(from, Keys.after(Keys.threads()), IDS_AT_ONCE, resume);
      for (Page.Row row : page.rows()) {
        if (!isAlive(row.value())) {
          some.add(row.key());
        }
      }
      resume = page.resume();
    } while (resume.isPresent() && some.size() < IDS_AT_ONCE);
    return some;
  }

  private boolean isAlive(byte[] thread) {
    long number = Rows.number(thread);
    return number >= Integer.MAX_VALUE || alive.get((int) number);
  }

  /// False when emails came in faster than they were looked at.
  private boolean forget(List<byte[]> ids) {
    List<byte[]> left = ids;
    for (int i = 0; i < TRIES; i++) {
      List<byte[]> dead = left;
      long expected = lookedAt;
      if (account.change(
          NOBODY, draft -> ((Draft) draft).trimming().forgetThreads(dead, expected))) {
        return true;
      }
      lookAtNewEmails();
      left = stillDead(left);
    }
    return false;
  }

  private List<byte[]> stillDead(List<byte[]> ids) {
    return ids.stream()
        .filter(id -> rows.get(id).filter(thread -> !isAlive(thread)).isPresent())
        .toList();
  }
}
