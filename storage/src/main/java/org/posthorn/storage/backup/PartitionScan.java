package org.posthorn.storage.backup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.ContentId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.account.AccountRows;
import org.posthorn.storage.account.Accounts;
import org.posthorn.storage.content.ContentMissing;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Head;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.StoredRow;

/// Reads all rows of one partition at one version and writes a section of them: whole, or what is
/// other than in the sections before. Contents of new emails go into the packs on the way. Memory
/// does not depend on the size of the partition. Used by one thread.
final class PartitionScan {
  private static final byte[] NOTHING = new byte[0];
  private static final int PAGE_ROWS = 5_000;

  private final Engine engine;
  private final ContentStore contents;
  private final BackupFolder folder;
  private final PackWriter packs;
  private final RowsWriter rows;
  private final Partition partition;
  private final Accounts.RowOpener opener;
  private final Tally tally;

  /// Which rows are written.
  enum Kind {
    WHOLE,
    INCREMENT,
    NEW_EMAILS
  }

  /// What is counted while rows go by, and told as it comes.
  interface Tally {
    void rows(int count);

    void unread(String what);
  }

  PartitionScan(
      Engine engine,
      ContentStore contents,
      BackupFolder folder,
      PackWriter packs,
      RowsWriter rows,
      Partition partition,
      Accounts.RowOpener opener,
      Tally tally) {
    this.opener = opener;
    this.engine = engine;
    this.contents = contents;
    this.folder = folder;
    this.packs = packs;
    this.rows = rows;
    this.partition = partition;
    this.tally = tally;
  }

  /// A whole section, and what was seen.
  record Scanned(
      Head head, Section section, SavedPartition.Outline outline, PackSet packs, long unread) {}

  /// Compares with `before`, and takes from it and from `prepared` where contents are; of
  /// [Kind#WHOLE] every row is written. Empty when a change came between.
  Optional<Scanned> run(List<Section> before, List<Section> prepared, Kind kind) {
    Head head = engine.head(partition);
    rows.begin();
    try (var old = new RowChain(folder, before);
        var ready = new RowChain(folder, prepared)) {
      var pass = new Pass(old, ready, kind);
      return pages(NOTHING, NOTHING, page -> page.version() == head.version(), pass::row)
              && !pass.underWay
              && engine.head(partition).equals(head)
          ? Optional.of(pass.end(head))
          : Optional.empty();
    }
  }

  /// The same with rows as they are page by page, for a partition where each counts by itself: what
  /// comes meanwhile is in it or not.
  Scanned rowByRow(List<Section> before, Kind kind) {
    Head head = engine.head(partition);
    rows.begin();
    try (var old = new RowChain(folder, before);
        var ready = new RowChain(folder, List.of())) {
      var pass = new Pass(old, ready, kind);
      var _ = pages(NOTHING, NOTHING, _ -> true, pass::row);
      return pass.end(head);
    }
  }

  /// Writes a section of the emails alone, as they are page by page: they never change, so that
  /// their contents can be saved before the rows are read at one version.
  Section prepare(List<Section> before) {
    rows.begin();
    try (var old = new RowChain(folder, before);
        var ready = new RowChain(folder, List.of())) {
      var pass = new Pass(old, ready, Kind.NEW_EMAILS);
      var _ = pages(AccountRows.emailsBegin(), AccountRows.emailsEnd(), _ -> true, pass::row);
      return rows.end();
    }
  }

  /// What a page must be, for the walk to go on.
  private interface Condition {
    boolean holds(Page page);
  }

  private boolean pages(byte[] from, byte[] to, Condition condition, Consumer<Page.Row> each) {
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page = engine.scan(partition, from, to, PAGE_ROWS, false, resume);
      if (!condition.holds(page)) {
        return false;
      }
      page.rows().forEach(row -> each.accept(opened(row)));
      tally.rows(page.rows().size());
      resume = page.resume();
    } while (resume.isPresent());
    return true;
  }

  /// A backup has rows as they are without encryption.
  private Page.Row opened(Page.Row row) {
    if (isAccount() && !AccountRows.isEmail(row.key())) {
      return row;
    }
    try {
      return new StoredRow(row.key(), opener.open(row.key(), row.value()));
    } catch (StorageUnavailable | IllegalArgumentException _) {
      return row; // Whoever looks for its content says that it is damaged.
    }
  }

  private final class Pass {
    private final RowChain old;
    private final RowChain ready;
    private final Kind kind;
    private final PackSet inPacks = new PackSet();
    private SavedPartition.Outline outline = SavedPartition.Outline.NONE;
    private boolean underWay;
    private long unread;

    Pass(RowChain old, RowChain ready, Kind kind) {
      this.old = old;
      this.ready = ready;
      this.kind = kind;
    }

    void row(Page.Row row) {
      goneUpTo(row.key());
      SavedRow known = at(old, row.key());
      boolean same = known != null && isSame(known, row);
      Optional<ContentPlace> content =
          isAccount() && AccountRows.isEmail(row.key())
              ? content(row, same ? known : null)
              : Optional.empty();
      content.ifPresent(place -> inPacks.add(place.pack()));
      boolean moved = same && known != null && !known.content().equals(content);
      if (kind == Kind.WHOLE || !same || moved) {
        rows.add(new SavedRow(row.key(), Optional.of(row.value()), content));
      }
      if (known != null) {
        old.advance();
      }
      if (isAccount()) {
        underWay |= AccountRows.isUnderWay(row.key());
        AccountRows.outline(row.key(), row.value())
            .ifPresent(found ->
                outline =
                    new SavedPartition.Outline(
                        found.owner(),
                        found.version(),
                        found.epoch(),
                        found.checksum(),
                        found.messages(),
                        found.sizeBytes()));
      }
    }

    Scanned end(Head head) {
      goneUpTo(null);
      return new Scanned(head, rows.end(), outline, inPacks, unread);
    }

    /// Rows that were there before and are not now, up to a key; null: to the end.
    private void goneUpTo(byte @Nullable [] key) {
      for (SavedRow next = old.current();
          next != null && (key == null || Arrays.compareUnsigned(next.key(), key) < 0);
          next = old.current()) {
        if (kind == Kind.INCREMENT) {
          rows.add(SavedRow.gone(next.key()));
        }
        old.advance();
      }
    }

    private Optional<ContentPlace> content(Page.Row row, @Nullable SavedRow known) {
      Optional<ContentPlace> before = known == null ? Optional.empty() : known.content();
      if (before.filter(place -> folder.soundPacks().has(place.pack())).isPresent()) {
        return before;
      }
      SavedRow prepared = at(ready, row.key());
      if (prepared != null && isSame(prepared, row) && prepared.content().isPresent()) {
        return prepared.content();
      }
      try {
        ContentId id = AccountRows.content(row.value());
        return Optional.of(packs.add(id, () -> contents.open(id, 0, Long.MAX_VALUE)));
      } catch (IOException | UncheckedIOException | ContentMissing damaged) {
        unread(String.valueOf(damaged.getMessage()));
      } catch (StorageUnavailable | IllegalArgumentException damaged) {
        unread("the row of an email is damaged: " + damaged.getMessage());
      }
      return before; // Not all of a damaged pack need be damaged.
    }

    private void unread(String what) {
      unread++;
      tally.unread(what);
    }
  }

  private boolean isAccount() {
    return partition.kind() == Partition.Kind.ACCOUNT;
  }

  /// The row of this key; the chain is led up to it.
  private static @Nullable SavedRow at(RowChain chain, byte[] key) {
    SavedRow row = chain.current();
    while (row != null && Arrays.compareUnsigned(row.key(), key) < 0) {
      chain.advance();
      row = chain.current();
    }
    return row != null && Arrays.equals(row.key(), key) ? row : null;
  }

  private static boolean isSame(SavedRow saved, Page.Row row) {
    return saved.value().filter(value -> Arrays.equals(value, row.value())).isPresent();
  }
}
