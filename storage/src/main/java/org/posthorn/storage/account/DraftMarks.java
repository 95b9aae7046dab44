package org.posthorn.storage.account;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.posthorn.storage.engine.Batch;

/// What a draft does to the marks of those who read shared mailboxes: what each has seen. Confined
/// to the draft's thread.
final class DraftMarks {
  private final Edited<Map<Reader.Key, Reader>> readers;
  private final Rows there;
  private final Batch rows;
  private final long version;

  /// Writes to `rows`; what is `there` already is read when it is asked for.
  DraftMarks(Map<Reader.Key, Reader> base, Rows there, Batch rows, long version) {
    this.readers = new Edited<>(base, HashMap::new);
    this.there = there;
    this.rows = rows;
    this.version = version;
  }

  Map<Reader.Key, Reader> now() {
    return readers.now();
  }

  ReaderView view(Reader.Key key, ChunkedView mailbox) {
    Reader known = readers.now().get(key);
    return new ReaderView(mailbox, marks(key), known == null ? 0 : known.highestModSeq());
  }

  private Marks marks(Reader.Key key) {
    Reader known = readers.now().get(key);
    if (known == null) {
      return Marks.NONE;
    }
    Marks marks = known.marks();
    if (marks == null) {
      marks = there.marks(key);
      known.keep(marks);
    }
    return marks;
  }

  /// Those of `uids` whose mark changed. Marks of messages that are gone go with the next mark
  /// beside them.
  UidSet mark(Reader.Key key, Spine spine, UidSet uids, boolean seen) {
    Marks before = marks(key);
    var pages = new TreeMap<Long, long[]>();
    var changed = LongStream.builder();
    for (long uid : uids.toArray()) {
      if (spine.indexOf(uid) >= 0 && before.seen(uid) != seen) {
        long[] page =
            pages.computeIfAbsent(Marks.pageOf(uid), number -> livePage(before, number, spine));
        page[(int) (uid % Marks.PAGE)] = Marks.marked(seen, version);
        changed.add(uid);
      }
    }
    UidSet marked = UidSet.ofAscending(changed.build().toArray());
    if (!marked.isEmpty()) {
      pages.forEach((number, page) -> rows.put(Keys.seen(key, number), Marks.encode(page)));
      rows.put(Keys.reader(key), Rows.number(version));
      readers.writable().put(key, new Reader(version, before.with(pages)));
    }
    return marked;
  }

  private static long[] livePage(Marks marks, long number, Spine spine) {
    long[] page = marks.copyOfPage(number);
    for (int slot = 0; slot < page.length; slot++) {
      if (page[slot] != 0 && spine.indexOf(number * Marks.PAGE + slot) < 0) {
        page[slot] = 0;
      }
    }
    return page;
  }

  /// All that is known of one reader.
  void forget(Reader.Key key) {
    readers.writable().remove(key);
    rows.delete(Keys.reader(key));
    rows.deleteRange(Keys.seen(key), Keys.after(Keys.seen(key)));
  }

  /// All that is known of the readers of a mailbox.
  void forget(int mailbox) {
    if (readers.now().keySet().stream().anyMatch(reader -> reader.mailbox() == mailbox)) {
      readers.writable().keySet().removeIf(reader -> reader.mailbox() == mailbox);
      rows.deleteRange(Keys.readers(mailbox), Keys.after(Keys.readers(mailbox)));
      rows.deleteRange(Keys.seen(mailbox), Keys.after(Keys.seen(mailbox)));
    }
  }
}
