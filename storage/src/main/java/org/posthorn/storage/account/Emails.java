package org.posthorn.storage.account;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.posthorn.storage.content.ContentStore;

/// The emails of an account, read: their rows, one by one or many at once, and their bytes. Safe
/// for use by many threads.
final class Emails {
  /// Emails whose numbers lie this much apart on average are read one by one, not as a range.
  private static final int SPARSE = 3;

  private final Rows rows;
  private final ContentStore contents;

  Emails(Rows rows, ContentStore contents) {
    this.rows = rows;
    this.contents = contents;
  }

  /// Empty when it is gone for good.
  Optional<Email> find(long emailId) {
    return rows.get(Keys.email(emailId)).map(row -> email(emailId, row));
  }

  private Email email(long emailId, byte[] row) {
    return EmailRow.read(emailId, row, contents, rows.key());
  }

  /// Those of `view` from one index to another (exclusive), in that order; gone ones are left out.
  List<Email> of(MailboxView view, int fromIndex, int toIndex) {
    int count = toIndex - fromIndex;
    if (count <= 0) {
      return List.of();
    }
    var ids = new long[count];
    long lowest = Long.MAX_VALUE;
    long highest = 0;
    boolean ascending = true;
    for (int i = 0; i < count; i++) {
      ids[i] = view.emailId(fromIndex + i);
      ascending &= ids[i] > highest;
      lowest = Math.min(lowest, ids[i]);
      highest = Math.max(highest, ids[i]);
    }
    return ascending && highest - lowest < (long) count * SPARSE
        ? emailsBetween(ids)
        : emailsOneByOne(ids);
  }

  /// `ids` are ascending and close together: one walk over the rows.
  private List<Email> emailsBetween(long[] ids) {
    var emails = new ArrayList<Email>(ids.length);
    rows.between(
        Keys.email(ids[0]),
        Keys.email(ids[ids.length - 1] + 1),
        row -> {
          long emailId = Keys.longAt(row.key(), 1);
          if (Arrays.binarySearch(ids, emailId) >= 0) {
            emails.add(email(emailId, row.value()));
          }
        });
    return emails;
  }

  private List<Email> emailsOneByOne(long[] ids) {
    var keys = new ArrayList<byte[]>(ids.length);
    for (long emailId : ids) {
      keys.add(Keys.email(emailId));
    }
    List<Optional<byte[]>> found = rows.getAll(keys);
    var emails = new ArrayList<Email>(ids.length);
    for (int i = 0; i < ids.length; i++) {
      if (found.get(i).isPresent()) {
        emails.add(email(ids[i], found.get(i).get()));
      }
    }
    return emails;
  }

  /// The first emails from one id to another (exclusive), at most `limit` and about a megabyte of
  /// rows.
  List<Email> between(long fromId, long toId, int limit) {
    return rows.page(Keys.email(fromId), Keys.email(toId), limit, Optional.empty()).rows().stream()
        .map(row -> email(Keys.longAt(row.key(), 1), row.value()))
        .toList();
  }

  /// Bytes of a message, prefix first, in the offsets of [Email#structure]. The caller closes it.
  InputStream open(Email email, long offset, long length) {
    byte[] prefix = email.prefix().getBytes(StandardCharsets.UTF_8);
    if (offset >= prefix.length) {
      return contents.open(email.content(), offset - prefix.length, length);
    }
    int fromPrefix = (int) Math.min(length, prefix.length - offset);
    var first = new ByteArrayInputStream(prefix, (int) offset, fromPrefix);
    return fromPrefix == length
        ? first
        : new SequenceInputStream(first, contents.open(email.content(), 0, length - fromPrefix));
  }
}
