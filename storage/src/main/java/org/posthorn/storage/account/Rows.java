package org.posthorn.storage.account;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;
import org.posthorn.storage.keys.Keyring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The rows of one account, read. Safe for use by many threads.
final class Rows {
  private static final Logger log = LoggerFactory.getLogger(Rows.class);
  private static final int PAGE_ROWS = 20_000;
  private static final int BACKWARDS_PAGE_ROWS = 200;
  private static final int NUMBER_FORM = 1;

  private final Engine engine;
  private final Partition partition;
  private final AccountKey key;

  Rows(Engine engine, AccountId id, Keyring keyring) {
    this.engine = engine;
    this.partition = partition(id);
    this.key = new AccountKey(id, keyring, () -> get(Keys.KEY));
  }

  /// What opens and seals emails.
  AccountKey key() {
    return key;
  }

  static Partition partition(AccountId id) {
    return new Partition(Partition.Kind.ACCOUNT, id.value());
  }

  /// Everything but the placements. Throws [MailboxException.AccountGone] when there is nothing.
  AccountState state(AccountId id) {
    byte[] first =
        engine.get(partition, Keys.ACCOUNT).orElseThrow(() -> new MailboxException.AccountGone(id));
    var mailboxes = new ArrayList<Mailbox>();
    var byName = new TreeMap<MailboxName, Integer>();
    each(
        Keys.mailboxes(),
        found -> {
          MailboxRow row = MailboxRow.decode(Keys.intAt(found.key(), 1), found.value());
          mailboxes.add(new Mailbox(row, null));
          byName.put(row.name(), row.id());
        });
    var subscriptions = new TreeSet<MailboxName>();
    each(Keys.subscriptions(), found -> subscriptions.add(new MailboxName(text(found.value()))));
    var keywords = new HashMap<String, String>();
    each(
        Keys.keywords(),
        found -> {
          String spelled = text(found.value());
          keywords.put(Flags.lower(spelled), spelled);
        });
    var acls = new HashMap<Integer, Acl>();
    each(Keys.acls(), found -> acls.put(Keys.intAt(found.key(), 1), Acl.decode(found.value())));
    var annotations = new TreeMap<Annotation, String>();
    each(
        Keys.annotations(),
        found -> annotations.put(Keys.annotationOf(found.key()), text(found.value())));
    var readers = new HashMap<Reader.Key, Reader>();
    each(
        Keys.readers(),
        found -> readers.put(Keys.readerOf(found.key()), new Reader(number(found.value()))));
    var accessKeys = new HashMap<AccessKey.Place, byte[]>();
    each(Keys.accessKeys(), found -> accessKeys.put(Keys.accessKeyOf(found.key()), found.value()));
    var names =
        new AccountState.Names(
            Collections.unmodifiableSortedMap(byName),
            Collections.unmodifiableSortedSet(subscriptions),
            Map.copyOf(keywords),
            Map.copyOf(acls),
            Collections.unmodifiableSortedMap(annotations),
            Map.copyOf(readers),
            Map.copyOf(accessKeys));
    return new AccountState(
        AccountRow.decode(first), mailboxes.toArray(Mailbox[]::new), names, new Unwritten());
  }

  /// The placements of a mailbox as its row says they are: what is in the engine, and then
  /// `unwritten`. Empty when the two do not agree, because a change came between.
  Optional<Spine> spine(MailboxRow mailbox, List<Placement> unwritten) {
    Loaded loaded = load(mailbox.id(), unwritten);
    return loaded.count == mailbox.messages() && loaded.builder.checksum() == mailbox.checksum()
        ? Optional.of(loaded.builder.build())
        : Optional.empty();
  }

  /// The same for whoever knows that no change comes between: what does not agree is damaged. It is
  /// named in the log, and what is there is shown.
  Spine spineAlone(MailboxRow mailbox, List<Placement> unwritten) {
    Loaded loaded = load(mailbox.id(), unwritten);
    if (loaded.count != mailbox.messages() || loaded.builder.checksum() != mailbox.checksum()) {
      log.atError()
          .addKeyValue("account", partition.name())
          .addKeyValue("mailbox", mailbox.id())
          .addKeyValue("messages", mailbox.messages())
          .addKeyValue("found", loaded.count)
          .log("mailbox-damaged");
    }
    return loaded.builder.build();
  }

  private Loaded load(int mailbox, List<Placement> unwritten) {
    var loaded = new Loaded();
    each(
        Keys.placements(mailbox),
        row -> loaded.add(Placement.decode(Keys.intAt(row.key(), 5) & 0xFFFF_FFFFL, row.value())));
    for (Placement placement : unwritten) {
      if (placement.uid() > loaded.lastUid) {
        loaded.add(placement);
      }
    }
    return loaded;
  }

  private static final class Loaded {
    private final Spine.Builder builder = new Spine.Builder();
    private long lastUid;
    private int count;

    void add(Placement placement) {
      builder.add(placement);
      lastUid = placement.uid();
      count++;
    }
  }

  /// What a reader has seen; for whoever knows that no change comes between.
  Marks marks(Reader.Key reader) {
    var pages = new TreeMap<Long, long[]>();
    each(Keys.seen(reader), row -> pages.put(Keys.lastInt(row.key()), Marks.decode(row.value())));
    return Marks.of(pages);
  }

  Optional<byte[]> get(byte[] key) {
    return engine.get(partition, key);
  }

  List<Optional<byte[]>> getAll(List<byte[]> keys) {
    return engine.getAll(partition, keys);
  }

  /// All rows that begin with `prefix`, in order.
  void each(byte[] prefix, Consumer<Page.Row> action) {
    between(prefix, Keys.after(prefix), action);
  }

  /// All rows from `from` (inclusive) to `to` (exclusive), in order.
  void between(byte[] from, byte[] to, Consumer<Page.Row> action) {
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page = engine.scan(partition, from, to, PAGE_ROWS, false, resume);
      page.rows().forEach(action);
      resume = page.resume();
    } while (resume.isPresent());
  }

  /// What changes after a version, and up to another, took out of a mailbox, in their order.
  List<Vanished> vanished(int mailbox, long after, long until) {
    var all = new ArrayList<Vanished>();
    eachVanished(
        mailbox,
        after,
        until,
        row -> {
          long by = Keys.longAt(row.key(), 5);
          for (Placement gone : VanishedRows.read(row.value())) {
            all.add(Vanished.of(gone, by));
          }
        });
    return all;
  }

  /// Of the same only the UIDs, and only those that are wanted: in a mailbox that is emptied every
  /// day they are many.
  long[] vanishedUids(int mailbox, long after, long until, LongPredicate wanted) {
    var uids = LongStream.builder();
    eachVanished(
        mailbox,
        after,
        until,
        row -> {
          for (Placement gone : VanishedRows.read(row.value())) {
            if (wanted.test(gone.uid())) {
              uids.add(gone.uid());
            }
          }
        });
    return uids.build().toArray();
  }

  private void eachVanished(int mailbox, long after, long until, Consumer<Page.Row> action) {
    between(Keys.vanished(mailbox, after + 1), Keys.vanished(mailbox, until + 1), action);
  }

  /// The rows from `from` (inclusive) to `to` (exclusive) from the last to the first, as long as
  /// `each` wants more.
  void backwards(byte[] from, byte[] to, Predicate<Page.Row> each) {
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page = engine.scan(partition, from, to, BACKWARDS_PAGE_ROWS, true, resume);
      for (Page.Row row : page.rows()) {
        if (!each.test(row)) {
          return;
        }
      }
      resume = page.resume();
    } while (resume.isPresent());
  }

  /// The first rows that begin with `prefix`.
  List<Page.Row> first(byte[] prefix, int limit) {
    return engine
        .scan(partition, prefix, Keys.after(prefix), limit, false, Optional.empty())
        .rows();
  }

  /// The last row that begins with `prefix`.
  Optional<Page.Row> last(byte[] prefix) {
    return engine
        .scan(partition, prefix, Keys.after(prefix), 1, true, Optional.empty())
        .rows()
        .stream()
        .findFirst();
  }

  /// Whether there is a large change that was decided and is not completed.
  boolean hasLargeChange() {
    return Keys.LARGE_CHANGE.isDecided(engine, partition);
  }

  /// Rows that a change is going to write, and has written aside so far.
  void eachPutAside(BiConsumer<byte[], byte[]> row) {
    Keys.LARGE_CHANGE.eachPut(engine, partition, row);
  }

  /// One page of the rows from `from` (inclusive) to `to` (exclusive).
  Page page(byte[] from, byte[] to, int limit, Optional<Page.Resume> resume) {
    return engine.scan(partition, from, to, limit, false, resume);
  }

  /// The version of the partition.
  long version() {
    return engine.readableVersion(partition);
  }

  static byte[] number(long value) {
    return new RowWriter(10).raw(NUMBER_FORM).number(value).toBytes();
  }

  static long number(byte[] value) {
    var row = new RowReader(value);
    row.form(NUMBER_FORM);
    return row.number();
  }

  static byte[] text(String value) {
    return new RowWriter(value.length() + 8).raw(NUMBER_FORM).text(value).toBytes();
  }

  static String text(byte[] value) {
    var row = new RowReader(value);
    row.form(NUMBER_FORM);
    return row.text();
  }
}
