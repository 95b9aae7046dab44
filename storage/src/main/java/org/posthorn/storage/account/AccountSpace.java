package org.posthorn.storage.account;

import java.util.BitSet;
import java.util.Optional;
import org.posthorn.storage.StorageUnavailable;

/// What an account takes: messages and their bytes as its clients see them (a copy counts again),
/// and the emails that are in no mailbox any more and are kept so that this can be undone. `owner`
/// is the login of its user, empty where nobody said. Rows that cannot be read, `unreadableRows`,
/// are in none of them.
public record AccountSpace(
    String owner,
    long messages,
    long bytes,
    long historyEmails,
    long historyBytes,
    long unreadableRows) {

  static Optional<AccountSpace> of(Rows rows, boolean history) {
    return rows.get(Keys.ACCOUNT)
        .map(AccountRow::decode)
        .map(row -> {
          var gone = new Gone(rows);
          if (history) {
            gone.count();
          }
          return new AccountSpace(
              row.owner(),
              row.usedMessages(),
              row.usedBytes(),
              gone.emails,
              gone.bytes,
              gone.unreadableRows);
        });
  }

  /// Counts emails without a placement.
  private static final class Gone {
    private final Rows rows;
    private final BitSet placed = new BitSet();
    private long emails;
    private long bytes;
    private long unreadableRows;

    Gone(Rows rows) {
      this.rows = rows;
    }

    void count() {
      rows.each(
          Keys.placements(),
          row ->
              whenReadable(() -> {
                long email = Placement.decode(Keys.intAt(row.key(), 5), row.value()).emailId();
                if (email <= Integer.MAX_VALUE) {
                  placed.set((int) email);
                }
              }));
      rows.each(
          Keys.emails(),
          row ->
              whenReadable(() -> {
                long email = Keys.longAt(row.key(), 1);
                if (email <= Integer.MAX_VALUE && !placed.get((int) email)) {
                  emails++;
                  bytes += EmailRow.head(email, row.value(), rows.key()).sizeBytes();
                }
              }));
    }

    private void whenReadable(Runnable look) {
      try {
        look.run();
      } catch (StorageUnavailable
          | MailboxException
          | IllegalArgumentException
          | IndexOutOfBoundsException _) {
        unreadableRows++;
      }
    }
  }
}
