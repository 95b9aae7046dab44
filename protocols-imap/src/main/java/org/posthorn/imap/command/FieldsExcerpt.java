package org.posthorn.imap.command;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.posthorn.imap.wire.FetchItem;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;

/// Some fields of a message's header, as FETCH tells them: clients ask for the same ones of all
/// messages each time that they show a list.
record FieldsExcerpt(List<String> fields, boolean utf8) implements Excerpt {
  /// Longer ones are read from the message each time.
  private static final int BYTES_MAX = 4_096;

  private static final int FIELDS_MAX = 50;

  /// Empty for what is not kept.
  static Optional<FieldsExcerpt> of(FetchItem.Bytes item, boolean utf8) {
    return item.text() == FetchItem.Text.HEADER_FIELDS
            && item.part().isEmpty()
            && item.fields().size() <= FIELDS_MAX
        ? Optional.of(new FieldsExcerpt(item.fields(), utf8))
        : Optional.empty();
  }

  @Override
  public byte @Nullable [] of(Account account, Email email) throws IOException {
    var item =
        new FetchItem.Bytes(
            List.of(), FetchItem.Text.HEADER_FIELDS, fields, Optional.empty(), false, "");
    Section section =
        (utf8 ? Section.of(account, email, item) : Section.readable(account, email, item))
            .orElseThrow();
    if (section.length() > BYTES_MAX) {
      return null;
    }
    try (InputStream bytes = section.open()) {
      return bytes.readAllBytes();
    }
  }
}
