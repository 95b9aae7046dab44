package org.posthorn.storage.directory;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.posthorn.message.MailAddress;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// What becomes of mail to one user beside being delivered, or of mail to all of a domain: an
/// answer while the user is away, and senders who are blocked (`eve@example.net`, or `@example.net`
/// for all of a domain).
public record Personal(Optional<Vacation> vacation, Set<String> blocked) {
  public static final Personal NONE = new Personal(Optional.empty(), Set.of());
  private static final int BLOCKED_MAX = 1_000;
  private static final int BLOCKED_MAX_CHARACTERS = 20_000;
  private static final int FORM = 1;

  public Personal {
    blocked = Set.copyOf(blocked);
    if (blocked.size() > BLOCKED_MAX
        || blocked.stream().mapToInt(String::length).sum() > BLOCKED_MAX_CHARACTERS) {
      throw new DirectoryException.NotPermitted(
          "At most %d senders can be blocked, of %d characters together"
              .formatted(BLOCKED_MAX, BLOCKED_MAX_CHARACTERS));
    }
  }

  public Personal with(Optional<Vacation> other) {
    return new Personal(other, blocked);
  }

  /// `pattern` is an address, or `@` with a domain.
  public Personal blocking(String pattern) {
    var more = new TreeSet<>(blocked);
    more.add(canonical(pattern));
    return new Personal(vacation, more);
  }

  public Personal unblocking(String pattern) {
    var fewer = new TreeSet<>(blocked);
    fewer.remove(canonical(pattern));
    return new Personal(vacation, fewer);
  }

  public boolean blocks(MailAddress sender) {
    return !blocked.isEmpty()
        && (blocked.contains(AddressBook.canonical(sender).toString())
            || blocked.contains("@" + sender.domain()));
  }

  private static String canonical(String pattern) {
    String text = pattern.strip();
    boolean all = text.startsWith("@");
    return MailAddress.parse(all ? "x" + text : text)
        .map(address -> all ? "@" + address.domain() : AddressBook.canonical(address).toString())
        .orElseThrow(() ->
            new DirectoryException.NotPermitted(
                "\"" + pattern + "\" is neither an address nor @ with a domain"));
  }

  byte[] encode() {
    var row = new RowWriter(128).raw(FORM).raw(vacation.isPresent() ? 1 : 0);
    vacation.ifPresent(one ->
        row.text(one.id())
            .signed(one.from().map(Instant::toEpochMilli).orElse(-1L))
            .signed(one.until().map(Instant::toEpochMilli).orElse(-1L))
            .text(one.subject())
            .text(one.text())
            .text(one.html())
            .number(one.every().toSeconds()));
    row.number(blocked.size());
    List.copyOf(new TreeSet<>(blocked)).forEach(row::text);
    return row.toBytes();
  }

  static Personal decode(byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    try {
      return decode(row);
    } catch (DirectoryException wrong) {
      throw new StorageUnavailable("What a user wants of mail is damaged", wrong);
    }
  }

  private static Personal decode(RowReader row) {
    Optional<Vacation> vacation =
        row.raw() == 0
            ? Optional.empty()
            : Optional.of(
                new Vacation(
                    row.text(),
                    time(row.signed()),
                    time(row.signed()),
                    row.text(),
                    row.text(),
                    row.text(),
                    Duration.ofSeconds(row.number())));
    int count = row.count();
    var blocked = new TreeSet<String>();
    for (int i = 0; i < count; i++) {
      blocked.add(row.text());
    }
    return new Personal(vacation, blocked);
  }

  private static Optional<Instant> time(long millis) {
    return millis < 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
  }
}
