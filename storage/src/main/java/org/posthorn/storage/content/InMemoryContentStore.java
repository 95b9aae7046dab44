package org.posthorn.storage.content;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.ContentId;
import org.posthorn.message.mime.StructureScanner;

/// Keeps contents in memory, for as long as the process lives. Safe for use by many threads.
public final class InMemoryContentStore implements ContentStore {
  private static final int RECENT_CONTENTS = 1_000;
  private static final Duration RECENT_FOR = Duration.ofHours(12);

  private final Map<ContentId, Kept> contents = new ConcurrentHashMap<>();
  private final AtomicLong next = new AtomicLong(1);
  private final InstantSource clock;
  private final RecentContents recent;
  private final AtomicReference<@Nullable Round> round = new AtomicReference<>();

  private interface Kept {
    StoredContent stored();

    Instant received();

    InputStream open(int offset, int length);
  }

  public InMemoryContentStore() {
    this(InstantSource.system());
  }

  InMemoryContentStore(InstantSource clock) {
    this.clock = clock;
    this.recent = new RecentContents(RECENT_CONTENTS, RECENT_FOR, clock);
  }

  @Override
  public StoredContent write(InputStream bytes) throws IOException {
    byte[] all = bytes.readAllBytes();
    var scanner = new StructureScanner();
    scanner.update(all, 0, all.length);
    ContentId made = new ContentId("m" + next.getAndIncrement());
    var stored = new StoredContent(made, all.length, scanner.finish());
    ContentId id =
        recent.oneOf(sha256(all), all.length, contents::containsKey, () -> keep(stored, all));
    return new StoredContent(id, all.length, stored.structure());
  }

  private ContentId keep(StoredContent stored, byte[] all) {
    Instant received = clock.instant();
    contents.put(
        stored.id(),
        new Kept() {
          @Override
          public StoredContent stored() {
            return stored;
          }

          @Override
          public Instant received() {
            return received;
          }

          @Override
          public InputStream open(int offset, int length) {
            return new ByteArrayInputStream(all, offset, length);
          }
        });
    return stored.id();
  }

  @Override
  public void sync(ContentId id) {
    synchronized (round) {
      Round collecting = round.get();
      if (collecting != null) {
        collecting.needs(id);
      }
      kept(id);
    }
  }

  @Override
  public Optional<StoredContent> find(ContentId id) {
    return Optional.ofNullable(contents.get(id)).map(Kept::stored);
  }

  @Override
  public InputStream open(ContentId id, long offset, long length) {
    if (offset < 0 || length < 0) {
      throw new IllegalArgumentException("No such piece: " + length + " bytes from " + offset);
    }
    Kept kept = kept(id);
    long size = kept.stored().sizeBytes();
    long from = Math.min(offset, size);
    return kept.open((int) from, (int) Math.min(length, size - from));
  }

  @Override
  public void note(List<Note> notes) {}

  @Override
  public CollectionRound collect(long expected) {
    var begun = new Round();
    if (!round.compareAndSet(null, begun)) {
      throw new IllegalStateException("A round of collection is under way");
    }
    return begun;
  }

  @Override
  public void close() {
    contents.clear();
  }

  private Kept kept(ContentId id) {
    Kept kept = contents.get(id);
    if (kept == null) {
      throw new ContentMissing(id);
    }
    return kept;
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private final class Round implements CollectionRound {
    private final Set<ContentId> needed = ConcurrentHashMap.newKeySet();

    @Override
    public void needs(ContentId id) {
      needed.add(id);
    }

    @Override
    public Reclaimed reclaim(Rules rules, Pace pace) {
      Reclaimed sum = Reclaimed.NOTHING;
      for (Kept kept : contents.values()) {
        pace.pause();
        sum = sum.plus(reclaim(kept, rules));
      }
      return sum;
    }

    private Reclaimed reclaim(Kept kept, Rules rules) {
      long bytes = kept.stored().sizeBytes();
      synchronized (round) {
        if (needed.contains(kept.stored().id())) {
          return Reclaimed.kept(bytes);
        }
        if (!kept.received().isBefore(rules.olderThan())) {
          return Reclaimed.young(bytes, kept.received().toEpochMilli());
        }
        if (!rules.tryOut()) {
          contents.remove(kept.stored().id());
        }
        return Reclaimed.freed(bytes);
      }
    }

    @Override
    public void close() {
      round.set(null);
    }
  }
}
