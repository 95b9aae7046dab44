package org.posthorn.storage.account;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Up to 512 neighbours of a mailbox in arrays, in UID order. What a chunk shows never changes.
///
/// A chunk shares its arrays with the chunks made from it. Appending writes into room behind the
/// last message, which no older chunk looks at; so only the newest chunk of a line may be appended
/// to, by one thread at a time: the owner of the account.
final class Chunk {
  static final int MAX = 512;

  /// Bytes of memory that one message takes in the arrays.
  static final int MESSAGE_BYTES = 44;

  /// Bytes of memory of the arrays' heads and this object, about.
  static final int CHUNK_BYTES = 200;

  private static final int FIRST_ROOM = 4;
  private static final int NOT_COUNTED = -2;

  private final int size;
  private final int[] uids;
  private final Flags[] flags;
  private final long[] modSeqs;
  private final long[] emailIds;
  private final int[] sizes;
  private final long[] internalMillis;
  private final long[] savedMillis;

  /// Found when first asked for; several threads may find the same.
  private int firstUnseen = NOT_COUNTED;

  private @Nullable List<Flags> keywordSets;

  private Chunk(
      int size,
      int[] uids,
      Flags[] flags,
      long[] modSeqs,
      long[] emailIds,
      int[] sizes,
      long[] internalMillis,
      long[] savedMillis) {
    this.size = size;
    this.uids = uids;
    this.flags = flags;
    this.modSeqs = modSeqs;
    this.emailIds = emailIds;
    this.sizes = sizes;
    this.internalMillis = internalMillis;
    this.savedMillis = savedMillis;
  }

  /// An empty one with room for so many.
  static Chunk withRoom(int room) {
    var flags = new Flags[room];
    Arrays.fill(flags, Flags.NONE);
    return new Chunk(
        0,
        new int[room],
        flags,
        new long[room],
        new long[room],
        new int[room],
        new long[room],
        new long[room]);
  }

  /// These, at most 512.
  static Chunk of(List<Placement> placements) {
    Chunk room = withRoom(placements.size());
    for (int i = 0; i < placements.size(); i++) {
      room.write(i, placements.get(i));
    }
    return room.ofSize(placements.size(), room.flags, room.modSeqs);
  }

  int size() {
    return size;
  }

  boolean isFull() {
    return size == MAX;
  }

  int memoryBytes() {
    return CHUNK_BYTES + uids.length * MESSAGE_BYTES;
  }

  long uid(int index) {
    return uids[index] & 0xFFFF_FFFFL;
  }

  Flags flags(int index) {
    return flags[index];
  }

  long modSeq(int index) {
    return modSeqs[index];
  }

  long emailId(int index) {
    return emailIds[index];
  }

  long sizeBytes(int index) {
    return sizes[index] & 0xFFFF_FFFFL;
  }

  long internalMillis(int index) {
    return internalMillis[index];
  }

  long savedMillis(int index) {
    return savedMillis[index];
  }

  Placement placement(int index) {
    return new Placement(
        uid(index),
        emailIds[index],
        flags[index],
        modSeqs[index],
        sizeBytes(index),
        internalMillis[index],
        savedMillis[index]);
  }

  /// As [MailboxView#indexOf].
  int indexOf(long uid) {
    int low = 0;
    int high = size - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      long there = uid(middle);
      if (there == uid) {
        return middle;
      }
      if (there < uid) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -low - 1;
  }

  int firstUnseen() {
    int found = firstUnseen;
    if (found == NOT_COUNTED) {
      found = 0;
      while (found < size && flags[found].seen()) {
        found++;
      }
      found = found == size ? -1 : found;
      firstUnseen = found;
    }
    return found;
  }

  /// Each set of flags with keywords that is here, once.
  List<Flags> keywordSets() {
    List<Flags> found = keywordSets;
    if (found == null) {
      Set<Flags> sets = new LinkedHashSet<>();
      for (int i = 0; i < size; i++) {
        if (!flags[i].keywords().isEmpty()) {
          sets.add(flags[i]);
        }
      }
      found = List.copyOf(sets);
      keywordSets = found;
    }
    return found;
  }

  Chunk appended(Placement placement) {
    Chunk target = size < uids.length ? this : grown();
    target.write(size, placement);
    return target.ofSize(size + 1, target.flags, target.modSeqs);
  }

  private void write(int index, Placement placement) {
    uids[index] = (int) placement.uid();
    flags[index] = placement.flags();
    modSeqs[index] = placement.modSeq();
    emailIds[index] = placement.emailId();
    sizes[index] = (int) placement.sizeBytes();
    internalMillis[index] = placement.internalMillis();
    savedMillis[index] = placement.savedMillis();
  }

  /// With other flags at `indexes[from]` to `indexes[to]` (exclusive), which count from `start`.
  Chunk withFlags(int start, int[] indexes, Flags[] newFlags, int from, int to, long modSeq) {
    Flags[] nextFlags = flags.clone();
    long[] nextModSeqs = modSeqs.clone();
    for (int i = from; i < to; i++) {
      nextFlags[indexes[i] - start] = newFlags[i];
      nextModSeqs[indexes[i] - start] = modSeq;
    }
    return ofSize(size, nextFlags, nextModSeqs);
  }

  /// Without the messages at `indexes[from]` to `indexes[to]` (exclusive), which count from
  /// `start`.
  Chunk without(int start, int[] indexes, int from, int to) {
    var left = new ArrayList<Placement>(size);
    int gone = from;
    for (int i = 0; i < size; i++) {
      if (gone < to && indexes[gone] - start == i) {
        gone++;
      } else {
        left.add(placement(i));
      }
    }
    return of(left);
  }

  /// This and the messages of `next`, which come after it; both together fit into one.
  Chunk joined(Chunk next) {
    var all = new ArrayList<Placement>(size + next.size);
    for (int i = 0; i < size; i++) {
      all.add(placement(i));
    }
    for (int i = 0; i < next.size; i++) {
      all.add(next.placement(i));
    }
    return of(all);
  }

  private Chunk ofSize(int newSize, Flags[] newFlags, long[] newModSeqs) {
    return new Chunk(
        newSize, uids, newFlags, newModSeqs, emailIds, sizes, internalMillis, savedMillis);
  }

  private Chunk grown() {
    int room = Math.clamp(size * 2L, FIRST_ROOM, MAX);
    return new Chunk(
        size,
        Arrays.copyOf(uids, room),
        Arrays.copyOf(flags, room),
        Arrays.copyOf(modSeqs, room),
        Arrays.copyOf(emailIds, room),
        Arrays.copyOf(sizes, room),
        Arrays.copyOf(internalMillis, room),
        Arrays.copyOf(savedMillis, room));
  }
}
