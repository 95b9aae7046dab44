package org.posthorn.storage.backup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which contents the packs have, as far as memory is allowed for it: what is not remembered is
/// saved twice, and costs nothing but room. Only the first eight bytes of each name are kept; the
/// rest is compared in the pack. Used by one thread.
final class KnownContents {
  private static final Logger log = LoggerFactory.getLogger(KnownContents.class);
  private static final int REMEMBERED_MAX = 1 << 20;

  private final BackupFolder folder;

  /// Open addressing; a pack of 0 is an empty place.
  private long[] names = new long[1 << 12];

  private int[] packs = new int[1 << 12];
  private long[] offsets = new long[1 << 12];
  private int size;

  private KnownContents(BackupFolder folder) {
    this.folder = folder;
  }

  /// What the newest packs of the folder have that are not damaged.
  static KnownContents of(BackupFolder folder) {
    var known = new KnownContents(folder);
    List<Integer> newestFirst = folder.packs().reversed();
    for (int pack : newestFirst) {
      if (known.size >= REMEMBERED_MAX) {
        break;
      }
      if (folder.soundPacks().has(pack)) {
        known.walk(pack);
      }
    }
    return known;
  }

  /// From head to head; ends where there is none, or where the disk cannot read it.
  private void walk(int pack) {
    Path file = folder.pack(pack);
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long at = 0;
      for (Optional<PackRecord> found = head(channel, at);
          found.isPresent();
          found = head(channel, at)) {
        PackRecord record = found.get();
        add(new ContentPlace(record.sha256(), pack, at, record.sizeBytes()));
        at += PackRecord.HEAD_BYTES + record.storedBytes();
      }
    } catch (IOException e) {
      log.atWarn().addKeyValue("file", file).setCause(e).log("pack-not-read");
    }
  }

  private static Optional<PackRecord> head(FileChannel channel, long at) throws IOException {
    var head = ByteBuffer.allocate(PackRecord.HEAD_BYTES);
    while (head.hasRemaining() && channel.read(head, at + head.position()) >= 0) {}
    return PackRecord.decode(head.flip());
  }

  /// Null when it is not known.
  @Nullable ContentPlace find(Sha256 sha256) {
    long name = sha256.first();
    for (int i = slot(name); packs[i] != 0; i = (i + 1) & (packs.length - 1)) {
      if (names[i] == name) {
        ContentPlace place = there(sha256, packs[i], offsets[i]);
        if (place != null) {
          return place;
        }
      }
    }
    return null;
  }

  private @Nullable ContentPlace there(Sha256 sha256, int pack, long offset) {
    Path file = folder.pack(pack);
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return head(channel, offset)
          .filter(record -> record.sha256().equals(sha256))
          .map(record -> new ContentPlace(sha256, pack, offset, record.sizeBytes()))
          .orElse(null);
    } catch (IOException e) {
      log.atWarn().addKeyValue("file", file).setCause(e).log("pack-not-read");
      return null;
    }
  }

  void add(ContentPlace place) {
    if (size >= REMEMBERED_MAX) {
      return;
    }
    if (size * 2 >= packs.length) {
      grow();
    }
    put(place.sha256().first(), place.pack(), place.offset());
    size++;
  }

  private void put(long name, int pack, long offset) {
    int i = slot(name);
    while (packs[i] != 0) {
      i = (i + 1) & (packs.length - 1);
    }
    names[i] = name;
    packs[i] = pack;
    offsets[i] = offset;
  }

  private void grow() {
    long[] oldNames = names;
    int[] oldPacks = packs;
    long[] oldOffsets = offsets;
    names = new long[oldNames.length * 2];
    packs = new int[names.length];
    offsets = new long[names.length];
    for (int i = 0; i < oldNames.length; i++) {
      if (oldPacks[i] != 0) {
        put(oldNames[i], oldPacks[i], oldOffsets[i]);
      }
    }
  }

  /// The names are evenly spread by themselves.
  private int slot(long name) {
    return (int) (name >>> 32) & (packs.length - 1);
  }
}
