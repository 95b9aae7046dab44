package org.posthorn.imap.command;

import java.util.Arrays;
import org.posthorn.imap.view.SelectedMailbox;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.storage.account.UidSet;

/// The messages that a search has found, by the indexes that they have for the client, in the order
/// in which they are told. Used by one thread.
final class Results {
  private final SelectedMailbox mailbox;
  private final boolean byUid;
  private int[] indexes = new int[16];
  private int size;
  private Relevancy relevancy = new Relevancy();

  Results(SelectedMailbox mailbox, boolean byUid) {
    this.mailbox = mailbox;
    this.byUid = byUid;
  }

  void add(int index) {
    if (size == indexes.length) {
      indexes = Arrays.copyOf(indexes, 2 * size);
    }
    indexes[size++] = index;
  }

  /// The same messages in another order.
  Results inOrder(int[] order) {
    var ordered = new Results(mailbox, byUid);
    ordered.indexes = order;
    ordered.size = order.length;
    ordered.relevancy = relevancy;
    return ordered;
  }

  void relevancy(Relevancy of) {
    relevancy = of;
  }

  /// How near each is to what a fuzzy search looks for, in the order in which they are told.
  int[] scores() {
    return relevancy.scores(indexes());
  }

  int size() {
    return size;
  }

  int index(int place) {
    return indexes[place];
  }

  int[] indexes() {
    return Arrays.copyOf(indexes, size);
  }

  /// What the client calls a message: its number or its UID.
  long name(int index) {
    return byUid ? mailbox.uid(index) : index + 1L;
  }

  boolean byUid() {
    return byUid;
  }

  long modSeq(int place) {
    return mailbox.viewOf(indexes[place]).modSeq(mailbox.indexIn(indexes[place]));
  }

  long highestModSeq(int from, int to) {
    long highest = 0;
    for (int i = from; i < to; i++) {
      highest = Math.max(highest, modSeq(i));
    }
    return highest;
  }

  UidSet uids(int from, int to) {
    long[] uids = new long[to - from];
    for (int i = from; i < to; i++) {
      uids[i - from] = mailbox.uid(indexes[i]);
    }
    return UidSet.of(uids);
  }

  /// The names from one place to another as a set that keeps their order: only what ascends is a
  /// range (RFC 5267 §3.2). There is at least one.
  void writeSet(int from, int to, ImapWriter writer) {
    for (int i = from; i < to; ) {
      long first = name(indexes[i]);
      int last = i;
      while (last + 1 < to && name(indexes[last + 1]) == first + (last + 1 - i)) {
        last++;
      }
      if (i > from) {
        writer.raw(',');
      }
      writer.number(first);
      if (last > i) {
        writer.raw(':').number(first + (last - i));
      }
      i = last + 1;
    }
  }
}
