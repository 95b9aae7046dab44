package org.posthorn.imap.command;

import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.SortCriterion;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.MailDate;
import org.posthorn.message.mime.Envelope;
import org.posthorn.message.mime.Envelope.Address;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;

/// By what the messages that were found are put in order: one column for each criterion, read from
/// the view and in one walk over the stored emails, never from their contents. Lives as long as one
/// command; closing gives back the memory that it was allowed.
final class SortKeys implements AutoCloseable {
  private final SelectedMailbox mailbox;
  private final Account account;
  private final Results found;
  private final Collation collation;
  private final KeyMemory memory = new KeyMemory();

  private SortKeys(SelectedMailbox mailbox, Account account, Results found, Collation collation) {
    this.mailbox = mailbox;
    this.account = account;
    this.found = found;
    this.collation = collation;
  }

  /// One value for each message that was found, in the order in which they were: a number, or the
  /// bytes of a text.
  private static final class Column {
    private final SortCriterion.Key key;
    private final long[] numbers;
    private final byte[][] texts;

    Column(SortCriterion.Key key, int size) {
      this.key = key;
      this.numbers = new long[isNumber() ? size : 0];
      this.texts = new byte[isNumber() ? 0 : size][];
    }

    boolean isNumber() {
      return switch (key) {
        case ARRIVAL, DATE, SIZE -> true;
        case CC, FROM, SUBJECT, TO, DISPLAYFROM, DISPLAYTO -> false;
      };
    }

    boolean needsEmail() {
      return key != SortCriterion.Key.ARRIVAL && key != SortCriterion.Key.SIZE;
    }

    int compare(int one, int other) {
      return isNumber()
          ? Long.compare(numbers[one], numbers[other])
          : Arrays.compareUnsigned(texts[one], texts[other]);
    }
  }

  /// The same messages in the order that is asked for.
  static Results sorted(Results found, List<SortCriterion> criteria, SelectedMailbox mailbox) {
    try (var keys = new SortKeys(mailbox, mailbox.account(), found, Collation.UNICODE_CASEMAP)) {
      return found.inOrder(keys.order(criteria));
    }
  }

  /// The indexes of the messages, sorted. Those that are equal stay in the order of the mailbox.
  private int[] order(List<SortCriterion> criteria) {
    int size = found.size();
    List<Column> columns = columns(criteria);
    Comparator<Integer> comparator = Integer::compare;
    for (int i = criteria.size() - 1; i >= 0; i--) {
      Comparator<Integer> one = columns.get(i)::compare;
      comparator = (criteria.get(i).reverse() ? one.reversed() : one).thenComparing(comparator);
    }
    Integer[] places = new Integer[size];
    Arrays.setAll(places, place -> place);
    Arrays.sort(places, comparator);
    int[] order = new int[size];
    Arrays.setAll(order, i -> found.index(places[i]));
    return order;
  }

  private List<Column> columns(List<SortCriterion> criteria) {
    memory.take((long) found.size() * (16 + 8L * criteria.size()));
    List<Column> columns =
        criteria.stream().map(criterion -> new Column(criterion.key(), found.size())).toList();
    boolean needsEmail = columns.stream().anyMatch(Column::needsEmail);
    var emails = new EmailCursor(mailbox, account);
    for (int place = 0; place < found.size(); place++) {
      Optional<Email> email = needsEmail ? emails.at(found.index(place)) : Optional.empty();
      for (Column column : columns) {
        fill(column, place, email);
      }
    }
    return columns;
  }

  private void fill(Column column, int place, Optional<Email> email) {
    if (column.isNumber()) {
      column.numbers[place] = number(column.key, found.index(place), email);
      return;
    }
    byte[] text = collation.key(email.map(it -> text(column.key, it)).orElse(""));
    memory.take(text.length + 16L);
    column.texts[place] = text;
  }

  private long number(SortCriterion.Key key, int index, Optional<Email> email) {
    var view = mailbox.viewOf(index);
    int at = mailbox.indexIn(index);
    if (key == SortCriterion.Key.SIZE) {
      return view.sizeBytes(at);
    }
    long internal = Math.floorDiv(view.internalMillis(at), 1000L);
    return key == SortCriterion.Key.DATE ? sentSeconds(email, internal) : internal;
  }

  /// RFC 5256 §2.2: in Universal Time, and the internal date where there is none.
  static long sentSeconds(Optional<Email> email, long internalSeconds) {
    return email
        .flatMap(it -> it.structure().envelope().date())
        .flatMap(MailDate::parse)
        .map(OffsetDateTime::toEpochSecond)
        .orElse(internalSeconds);
  }

  private static String text(SortCriterion.Key key, Email email) {
    Envelope envelope = email.structure().envelope();
    return switch (key) {
      case SUBJECT -> envelope.subject().map(it -> BaseSubject.of(it).text()).orElse("");
      case FROM -> first(envelope.from(), SortKeys::mailbox);
      case TO -> first(envelope.to(), SortKeys::mailbox);
      case CC -> first(envelope.cc(), SortKeys::mailbox);
      case DISPLAYFROM -> first(envelope.from(), SortKeys::display);
      case DISPLAYTO -> first(envelope.to(), SortKeys::display);
      case ARRIVAL, DATE, SIZE -> throw new IllegalArgumentException(key + " is no text");
    };
  }

  private static String first(List<Address> addresses, Function<Address, String> value) {
    return addresses.isEmpty() ? "" : value.apply(addresses.getFirst());
  }

  private static String mailbox(Address address) {
    return EncodedWord.decode(address.mailbox().orElse(""));
  }

  /// RFC 5957 §3.
  private static String display(Address address) {
    String name = EncodedWord.decode(address.name().orElse(""));
    if (!name.isEmpty()) {
      return name;
    }
    String host = address.host().orElse("");
    return address.mailbox().orElse("") + (host.isEmpty() ? "" : "@" + host);
  }

  @Override
  public void close() {
    memory.close();
  }
}
