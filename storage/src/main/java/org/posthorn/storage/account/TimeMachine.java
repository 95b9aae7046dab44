package org.posthorn.storage.account;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Predicate;

/// The past of an account: what was changed, newest first. Safe for use by many threads; takes no
/// lock.
public final class TimeMachine {
  private final Account account;

  public TimeMachine(Account account) {
    this.account = account;
  }

  /// The changes up to version `from`, newest first and down to where the history begins, as long
  /// as `each` wants more.
  public void backwards(long from, Predicate<Change> each) {
    var pieces = new Pieces(each);
    account
        .rows()
        .backwards(
            Keys.change(account.exactSince() + 1),
            Keys.change(from + 1),
            row -> pieces.take(Keys.longAt(row.key(), 1), row.value()));
    pieces.end();
  }

  /// Puts changes together whose rows come last piece first. Used by one thread.
  private static final class Pieces {
    private final Predicate<Change> each;
    private final Deque<byte[]> gathered = new ArrayDeque<>();
    private long version;
    private boolean enough;

    Pieces(Predicate<Change> each) {
      this.each = each;
    }

    boolean take(long ofVersion, byte[] piece) {
      if (ofVersion != version) {
        end();
      }
      version = ofVersion;
      gathered.addFirst(piece);
      return !enough;
    }

    void end() {
      if (!gathered.isEmpty() && !enough) {
        var whole = new ByteArrayOutputStream();
        gathered.forEach(whole::writeBytes);
        enough = !each.test(ChangeRow.decode(version, whole.toByteArray()));
      }
      gathered.clear();
    }
  }
}
