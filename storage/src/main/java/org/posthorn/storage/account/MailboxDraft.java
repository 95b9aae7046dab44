package org.posthorn.storage.account;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// A mailbox while a [Draft] changes it. Confined to the draft.
final class MailboxDraft {
  private static final long UID_MAX = 0xFFFF_FFFFL;

  /// How the placements are read when they are needed and not in memory.
  interface Loader {
    Spine load(MailboxRow row);
  }

  private final Mailbox base;
  private final Loader loader;
  private MailboxName name;
  private long uidNext;
  private long highestModSeq;
  private int messages;
  private int unseen;
  private int deleted;
  private long sizeBytes;
  private long checksum;
  private OptionalInt retentionDays;
  private Optional<SpecialUse> use;
  private @Nullable Spine spine;

  /// Appended while the placements are not in memory.
  private final List<Placement> appended = new ArrayList<>();

  private boolean touched;
  private int vanishedPieces;

  MailboxDraft(Mailbox base, Loader loader) {
    MailboxRow row = base.row();
    this.base = base;
    this.loader = loader;
    this.name = row.name();
    this.uidNext = row.uidNext();
    this.highestModSeq = row.highestModSeq();
    this.messages = row.messages();
    this.unseen = row.unseen();
    this.deleted = row.deleted();
    this.sizeBytes = row.sizeBytes();
    this.checksum = row.checksum();
    this.retentionDays = row.retentionDays();
    this.use = row.use();
    this.spine = base.spine();
  }

  int id() {
    return base.id();
  }

  MailboxName name() {
    return name;
  }

  Mailbox base() {
    return base;
  }

  long uidValidity() {
    return base.row().uidValidity();
  }

  int messages() {
    return messages;
  }

  boolean touched() {
    return touched;
  }

  Spine spine() {
    Spine known = spine;
    if (known == null) {
      Spine loaded = base.spine();
      if (loaded == null) {
        loaded = loader.load(base.row());
        base.keep(loaded);
      }
      known = appended.isEmpty() ? loaded : loaded.appended(appended);
      appended.clear();
      spine = known;
    }
    return known;
  }

  void rename(MailboxName to, long version) {
    name = to;
    touch(version);
  }

  OptionalInt retentionDays() {
    return retentionDays;
  }

  void retain(OptionalInt days, long version) {
    retentionDays = days;
    touch(version);
  }

  /// Takes the next UIDs.
  long takeUids(int count) {
    long first = uidNext;
    if (first + count - 1 > UID_MAX) {
      throw new MailboxException.LimitReached("Mailbox " + name + " has no more UIDs");
    }
    uidNext += count;
    return first;
  }

  void append(List<Placement> placements, long version) {
    for (Placement placement : placements) {
      countFlags(placement.flags(), 1);
      messages++;
      sizeBytes += placement.sizeBytes();
      checksum += placement.checksum();
    }
    if (spine == null) {
      appended.addAll(placements);
    } else {
      spine = spine.appended(placements);
    }
    touch(version);
  }

  /// `indexes` are of [#spine], ascending; all of them change.
  void flag(int[] indexes, Flags[] flags, long version) {
    Spine before = spine();
    for (int i = 0; i < indexes.length; i++) {
      Placement old = before.placement(indexes[i]);
      countFlags(old.flags(), -1);
      countFlags(flags[i], 1);
      checksum += with(old, flags[i], version).checksum() - old.checksum();
    }
    spine = before.withFlags(indexes, flags, version);
    touch(version);
  }

  /// Takes messages out and says what they were. `indexes` are of [#spine], ascending.
  List<Placement> remove(int[] indexes, long version) {
    Spine before = spine();
    var gone = new ArrayList<Placement>(indexes.length);
    for (int index : indexes) {
      Placement old = before.placement(index);
      countFlags(old.flags(), -1);
      messages--;
      sizeBytes -= old.sizeBytes();
      checksum -= old.checksum();
      gone.add(old);
    }
    spine = before.without(indexes);
    touch(version);
    return gone;
  }

  /// The row shall be written although nothing is other for clients.
  void touchSilently() {
    touched = true;
  }

  /// The number of the next row of what this change took out.
  int nextVanishedPiece() {
    return vanishedPieces++;
  }

  MailboxRow row(Recents recents) {
    return new MailboxRow(
        base.id(),
        name,
        use,
        base.row().uidValidity(),
        uidNext,
        highestModSeq,
        messages,
        unseen,
        deleted,
        sizeBytes,
        checksum,
        recents.first(base.row()),
        retentionDays);
  }

  /// The mailbox that the draft has made of it. What was appended to placements that are not in
  /// memory goes to `unwritten`.
  Mailbox finish(MailboxRow row, Unwritten unwritten) {
    Spine known = spine;
    if (known == null && base.spine() != null) {
      known = spine(); // Somebody has read it meanwhile.
    }
    if (known == null && !appended.isEmpty()) {
      unwritten.addAppended(base.id(), appended);
    }
    return new Mailbox(row, known);
  }

  Optional<SpecialUse> use() {
    return use;
  }

  void use(Optional<SpecialUse> other, long version) {
    use = other;
    touch(version);
  }

  static Placement with(Placement old, Flags flags, long modSeq) {
    return new Placement(
        old.uid(),
        old.emailId(),
        flags,
        modSeq,
        old.sizeBytes(),
        old.internalMillis(),
        old.savedMillis());
  }

  private void countFlags(Flags flags, int by) {
    unseen += flags.seen() ? 0 : by;
    deleted += flags.deleted() ? by : 0;
  }

  private void touch(long version) {
    highestModSeq = version;
    touched = true;
  }
}
