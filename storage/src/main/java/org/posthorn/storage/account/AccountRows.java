package org.posthorn.storage.account;

import java.util.Arrays;
import java.util.Optional;
import org.posthorn.message.ContentId;
import org.posthorn.storage.StorageUnavailable;

/// What whoever copies accounts row by row must know of the rows; all else about them is nobody's
/// business but this room's.
public final class AccountRows {
  private AccountRows() {}

  /// What an account's first row says.
  public record Outline(
      String owner, long version, int epoch, long checksum, long messages, long sizeBytes) {}

  /// The outline, when the key is that of the first row and the row can be read.
  public static Optional<Outline> outline(byte[] key, byte[] value) {
    if (!Arrays.equals(key, Keys.ACCOUNT)) {
      return Optional.empty();
    }
    try {
      AccountRow row = AccountRow.decode(value);
      return Optional.of(
          new Outline(
              row.owner(),
              row.version(),
              row.epoch(),
              row.checksum(),
              row.usedMessages(),
              row.usedBytes()));
    } catch (StorageUnavailable | IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /// Whether the row is part of a large change that is being made: the other rows are then neither
  /// of the version before nor of the one behind it.
  public static boolean isUnderWay(byte[] key) {
    return Keys.LARGE_CHANGE.hasAside(key);
  }

  public static boolean isEmail(byte[] key) {
    return Arrays.mismatch(key, Keys.emails()) == 1;
  }

  public static byte[] emailsBegin() {
    return Keys.emails();
  }

  public static byte[] emailsEnd() {
    return Keys.after(Keys.emails());
  }

  /// The content that an email's row names. Throws [StorageUnavailable] or
  /// `IllegalArgumentException` when the row is damaged.
  public static ContentId content(byte[] emailValue) {
    return EmailRow.content(emailValue);
  }

  /// How many bytes the content of an email's row has. Throws as [#content].
  public static long contentBytes(byte[] emailValue) {
    return EmailRow.head(emailValue).contentBytes();
  }

  /// Whether the structure of an email is so large that it is only with its content. Throws as
  /// [#content].
  public static boolean hasStructureWithContent(byte[] emailValue) {
    return EmailRow.hasStructureWithContent(emailValue);
  }
}
