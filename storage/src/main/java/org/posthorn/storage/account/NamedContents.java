package org.posthorn.storage.account;

import java.util.Optional;
import java.util.function.Consumer;
import org.posthorn.message.ContentId;
import org.posthorn.storage.StorageUnavailable;

/// Which contents the rows of an account name, so that whoever frees contents leaves them.
final class NamedContents {
  private NamedContents() {}

  /// What is written aside goes first: when it is gone, it is among the emails. Of what a repair
  /// set aside the bytes are kept as far as anybody knows where they are.
  static void of(AccountId id, Rows rows, Consumer<ContentId> use) {
    rows.eachPutAside((key, value) -> {
      if (Keys.isEmail(key)) {
        use.accept(content(id, value));
      }
    });
    rows.each(Keys.emails(), row -> use.accept(content(id, row.value())));
    rows.each(Keys.setAside(Keys.emails()), row -> setAside(row.value()).ifPresent(use));
  }

  private static ContentId content(AccountId id, byte[] row) {
    try {
      return EmailRow.place(row);
    } catch (StorageUnavailable | IllegalArgumentException e) {
      throw new StorageUnavailable(
          "An email of account %s cannot be read: see  posthorn verify".formatted(id), e);
    }
  }

  private static Optional<ContentId> setAside(byte[] row) {
    try {
      return Optional.of(EmailRow.place(row));
    } catch (StorageUnavailable | IllegalArgumentException _) {
      return Optional.empty();
    }
  }
}
