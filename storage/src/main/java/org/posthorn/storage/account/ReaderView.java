package org.posthorn.storage.account;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A mailbox as a reader sees it who is not the owner: `\Seen` is the reader's own, and a message's
/// MODSEQ is that of what happened last, to the message or to the mark.
final class ReaderView implements MailboxView {
  private static final Flags SEEN = Flags.of("\\Seen");

  private final ChunkedView all;
  private final Marks marks;
  private final long highestMark;
  private @Nullable MailboxInfo info;

  ReaderView(ChunkedView all, Marks marks, long highestMark) {
    this.all = all;
    this.marks = marks;
    this.highestMark = highestMark;
  }

  /// As the owner sees it.
  ChunkedView all() {
    return all;
  }

  /// Counts once what is unseen.
  @Override
  public MailboxInfo info() {
    MailboxInfo known = info;
    if (known == null) {
      known = counted();
      info = known;
    }
    return known;
  }

  private MailboxInfo counted() {
    MailboxInfo owners = all.info();
    int unseen = 0;
    for (int i = 0; i < size(); i++) {
      unseen += marks.seen(uid(i)) ? 0 : 1;
    }
    return new MailboxInfo(
        owners.id(),
        owners.name(),
        owners.specialUse(),
        owners.subscribed(),
        owners.uidValidity(),
        owners.uidNext(),
        Math.max(owners.highestModSeq(), highestMark),
        owners.messages(),
        unseen,
        owners.deleted(),
        owners.sizeBytes(),
        owners.retentionDays());
  }

  @Override
  public int size() {
    return all.size();
  }

  @Override
  public long uid(int index) {
    return all.uid(index);
  }

  @Override
  public Flags flags(int index) {
    Flags flags = all.flags(index);
    boolean seen = marks.seen(all.uid(index));
    if (seen == flags.seen()) {
      return flags;
    }
    return seen ? flags.with(SEEN) : flags.without(SEEN);
  }

  @Override
  public long modSeq(int index) {
    return Math.max(all.modSeq(index), marks.modSeq(all.uid(index)));
  }

  @Override
  public long emailId(int index) {
    return all.emailId(index);
  }

  @Override
  public long sizeBytes(int index) {
    return all.sizeBytes(index);
  }

  @Override
  public long internalMillis(int index) {
    return all.internalMillis(index);
  }

  @Override
  public long savedMillis(int index) {
    return all.savedMillis(index);
  }

  @Override
  public int indexOf(long uid) {
    return all.indexOf(uid);
  }

  @Override
  public int firstUnseen() {
    for (int i = 0; i < size(); i++) {
      if (!marks.seen(uid(i))) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public List<String> keywords() {
    return all.keywords();
  }

  @Override
  public Difference since(MailboxView older) {
    if (!(older instanceof ReaderView that)) {
      throw new IllegalArgumentException("Not an older view of a reader of " + all.info().name());
    }
    Difference placed = all.since(that.all);
    IntStream.Builder marked = IntStream.builder();
    marks.since(that.marks, uid -> marked.add(all.indexOf(uid)));
    int firstAdded = placed.firstAdded();
    int[] changed =
        IntStream.concat(Arrays.stream(placed.changedIndexes()), marked.build())
            .filter(index -> index >= 0 && index < firstAdded)
            .sorted()
            .distinct()
            .toArray();
    return new Both(placed, changed);
  }

  private static final class Both implements Difference {
    private final Difference placed;
    private final int[] changed;

    Both(Difference placed, int[] changed) {
      this.placed = placed;
      this.changed = changed;
    }

    @Override
    public UidSet expunged() {
      return placed.expunged();
    }

    @Override
    public int[] changedIndexes() {
      return changed.clone();
    }

    @Override
    public int firstAdded() {
      return placed.firstAdded();
    }
  }
}
