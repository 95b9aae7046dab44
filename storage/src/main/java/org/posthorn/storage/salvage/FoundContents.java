package org.posthorn.storage.salvage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.posthorn.message.ContentId;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.content.Note;
import org.posthorn.storage.content.SegmentContentStore;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.CommitId;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Page;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.Result;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// What a walk through contents found, sorted on disk in a scratch engine: notes by account and
/// email, contents by id. So memory does not depend on how many there are. Used by one thread.
final class FoundContents implements SegmentContentStore.Visitor {
  private static final Partition PARTITION = new Partition(Partition.Kind.SYSTEM, "salvage");
  private static final byte CONTENT = 'f';
  private static final byte NOTE = 'n';
  private static final byte NOTED = 'w';
  private static final int PAGE_ROWS = 500;

  private final Engine scratch;
  private final Consumer<String> trouble;
  private Batch batch = new Batch();
  private long version;
  private long contents;
  private long damaged;

  /// `trouble` is told what cannot be looked at.
  FoundContents(Engine scratch, Consumer<String> trouble) {
    this.scratch = scratch;
    this.trouble = trouble;
  }

  @Override
  public void content(SegmentContentStore.Found found) {
    if (found.damage().isPresent()) {
      damaged++;
      return;
    }
    contents++;
    put(
        key(CONTENT, found.id().value()),
        new RowWriter(10).signed(found.received().toEpochMilli()).toBytes());
  }

  @Override
  public void note(Note note) {
    byte[] account = note.account().getBytes(StandardCharsets.US_ASCII);
    byte[] key =
        ByteBuffer.allocate(2 + account.length + Long.BYTES)
            .put(NOTE)
            .put(account)
            .put((byte) 0)
            .putLong(note.emailId())
            .array();
    put(
        key,
        new RowWriter(160 + note.prefix().length())
            .text(note.content().value())
            .text(note.account())
            .number(note.emailId())
            .text(note.owner())
            .text(note.mailbox())
            .signed(note.internalMillis())
            .text(note.flags())
            .text(note.prefix())
            .toBytes());
    put(key(NOTED, note.content().value()), new byte[0]);
  }

  @Override
  public void unreadable(Path file, IOException why) {
    trouble.accept(
        "%s cannot be read everywhere (%s): what stands there is lost"
            .formatted(file, why.getMessage()));
  }

  long contents() {
    return contents;
  }

  /// Records that are not whole: damaged, or cut short by a crash before anybody was told of them.
  long damaged() {
    return damaged;
  }

  /// All notes: those of an account one after the other, in the order in which it placed them.
  void eachNote(Consumer<Note> action) {
    each(NOTE, row -> action.accept(decodedNote(new RowReader(row.value()))));
  }

  private static Note decodedNote(RowReader row) {
    return new Note(
        new ContentId(row.text()),
        row.text(),
        row.number(),
        row.text(),
        row.text(),
        row.signed(),
        row.text(),
        row.text());
  }

  /// What is done with a content of which no note tells.
  @FunctionalInterface
  interface Unnoted {
    void content(ContentId id, Instant received);
  }

  void eachWithoutNote(Unnoted action) {
    each(
        CONTENT,
        row -> {
          String id = new String(row.key(), 1, row.key().length - 1, StandardCharsets.US_ASCII);
          if (scratch.get(PARTITION, key(NOTED, id)).isEmpty()) {
            action.content(
                new ContentId(id), Instant.ofEpochMilli(new RowReader(row.value()).signed()));
          }
        });
  }

  private void each(byte kind, Consumer<Page.Row> action) {
    commit();
    Optional<Page.Resume> resume = Optional.empty();
    do {
      Page page =
          scratch.scan(
              PARTITION,
              new byte[] {kind},
              new byte[] {(byte) (kind + 1)},
              PAGE_ROWS,
              false,
              resume);
      List<Page.Row> rows = page.rows();
      rows.forEach(action);
      resume = page.resume();
    } while (resume.isPresent());
  }

  private static byte[] key(byte kind, String id) {
    byte[] text = id.getBytes(StandardCharsets.US_ASCII);
    byte[] key = Arrays.copyOf(new byte[] {kind}, 1 + text.length);
    System.arraycopy(text, 0, key, 1, text.length);
    return key;
  }

  private void put(byte[] key, byte[] value) {
    if (!scratch.limits().haveRoom(batch, 1, key.length + value.length)) {
      commit();
    }
    batch.put(key, value);
  }

  private void commit() {
    if (batch.isEmpty()) {
      return;
    }
    if (scratch.commit(PARTITION, version, CommitId.random(), batch) instanceof Result.Conflict) {
      throw new StorageUnavailable("Somebody else writes to the scratch engine");
    }
    version++;
    batch = new Batch();
  }
}
