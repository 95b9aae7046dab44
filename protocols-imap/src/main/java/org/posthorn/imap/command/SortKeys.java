package org.posthorn.imap.command;

import java.util.ArrayList;
import java.util.List;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.SortCriterion;
import org.posthorn.storage.account.ExcerptPage;
import org.posthorn.storage.account.MailboxView;

/// By what the messages that were found are put in order: one column for each criterion, of the
/// view or of excerpts of the emails, never of their contents. Lives as long as one command;
/// closing gives back the memory that it was allowed.
final class SortKeys implements AutoCloseable {
  private final SelectedMailbox mailbox;
  private final Results found;
  private final TextOrder order;
  private final KeyMemory memory = new KeyMemory();

  private SortKeys(SelectedMailbox mailbox, Results found, TextOrder order) {
    this.mailbox = mailbox;
    this.found = found;
    this.order = order;
  }

  /// The same messages in the order that is asked for.
  static Results sorted(
      Results found, List<SortCriterion> criteria, SelectedMailbox mailbox, TextOrder order) {
    try (var keys = new SortKeys(mailbox, found, order)) {
      return found.inOrder(keys.places(criteria));
    }
  }

  /// The indexes of the messages, sorted. Those that are equal stay in the order of the mailbox.
  private int[] places(List<SortCriterion> criteria) {
    memory.take(found.size() * 12L);
    int[] places = StableSort.sorted(found.size(), comparing(criteria, columns(criteria)));
    for (int i = 0; i < places.length; i++) {
      places[i] = found.index(places[i]);
    }
    return places;
  }

  private StableSort.Order comparing(List<SortCriterion> criteria, List<SortColumn> columns) {
    StableSort.Order all = (_, _) -> 0;
    for (int i = criteria.size() - 1; i >= 0; i--) {
      SortColumn column = columns.get(i);
      boolean reversed =
          criteria.get(i).reverse() != (column instanceof SortColumn.Texts && order.reversed());
      StableSort.Order one = reversed ? (a, b) -> column.compare(b, a) : column;
      all = i == criteria.size() - 1 ? one : then(one, all);
    }
    return all;
  }

  private static StableSort.Order then(StableSort.Order first, StableSort.Order second) {
    return (a, b) -> {
      int byFirst = first.compare(a, b);
      return byFirst != 0 ? byFirst : second.compare(a, b);
    };
  }

  /// All excerpts that are needed come from one walk.
  private List<SortColumn> columns(List<SortCriterion> criteria) {
    List<Excerpt> kinds = new ArrayList<>();
    List<SortColumn> columns = new ArrayList<>();
    List<SortColumn> byKind = new ArrayList<>();
    for (SortCriterion criterion : criteria) {
      SortColumn column = column(criterion.key());
      columns.add(column);
      switch (criterion.key()) {
        case ARRIVAL, SIZE -> fill((SortColumn.Numbers) column, criterion.key());
        case RELEVANCY -> fillScores((SortColumn.Numbers) column);
        case DATE -> {
          kinds.add(SentDate.EXCERPT);
          byKind.add(column);
        }
        case CC, FROM, SUBJECT, TO, DISPLAYFROM, DISPLAYTO -> {
          kinds.add(new SortText(criterion.key(), order.collation()));
          byKind.add(column);
        }
      }
    }
    if (!kinds.isEmpty()) {
      fill(new ExcerptReader(mailbox, kinds), byKind);
    }
    return columns;
  }

  private SortColumn column(SortCriterion.Key key) {
    return switch (key) {
      case ARRIVAL, DATE, SIZE, RELEVANCY -> {
        memory.take(8L * found.size());
        yield new SortColumn.Numbers(new long[found.size()]);
      }
      case CC, FROM, SUBJECT, TO, DISPLAYFROM, DISPLAYTO -> {
        memory.take((long) SortColumn.Texts.TEXT_BYTES * found.size());
        yield new SortColumn.Texts(found.size());
      }
    };
  }

  /// The nearest first.
  private void fillScores(SortColumn.Numbers column) {
    int[] scores = found.scores();
    for (int place = 0; place < scores.length; place++) {
      column.values()[place] = -scores[place];
    }
  }

  private void fill(SortColumn.Numbers column, SortCriterion.Key key) {
    for (int place = 0; place < found.size(); place++) {
      MailboxView view = mailbox.viewOf(found.index(place));
      int at = mailbox.indexIn(found.index(place));
      column.values()[place] =
          key == SortCriterion.Key.SIZE
              ? view.sizeBytes(at)
              : Math.floorDiv(view.internalMillis(at), 1000L);
    }
  }

  private void fill(ExcerptReader excerpts, List<SortColumn> byKind) {
    int size = found.size();
    int to = size == 0 ? 0 : found.index(size - 1) + 1;
    for (int place = 0; place < size; place++) {
      int index = found.index(place);
      long emailId = excerpts.emailId(index);
      for (int kind = 0; kind < byKind.size(); kind++) {
        ExcerptPage page = excerpts.page(kind, index, to);
        switch (byKind.get(kind)) {
          case SortColumn.Numbers(var values) ->
              values[place] = SentDate.seconds(page, emailId, internalMillis(index));
          case SortColumn.Texts texts -> memory.take(texts.set(place, page, emailId));
        }
      }
    }
  }

  private long internalMillis(int index) {
    return mailbox.viewOf(index).internalMillis(mailbox.indexIn(index));
  }

  @Override
  public void close() {
    memory.close();
  }
}
