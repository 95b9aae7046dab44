package org.posthorn.storage.content;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.ContentId;
import org.posthorn.message.mime.MessageStructure;

/// Contents and notes as they are written: a small content is gathered in memory and goes to a
/// segment as one record, a large one to its own file as it comes in; bytes that came in a short
/// while ago are not written again. Nothing is synced here. Of one that failed no place is named,
/// and [Writability] knows why. Safe for use by many threads, each with a content of its own.
final class ContentWriter {
  private final Segments segments;
  private final OwnFiles ownFiles;
  private final ContentReader reader;
  private final RecentContents recent;
  private final Writability writability;
  private final AtomicLong unsyncedBytes;
  private final Buffers buffers;
  private final BlockCodec codec;
  private final ContentForm form;
  private final InstantSource clock;

  /// What a writer shares with others: `unsyncedBytes` grows by what it appends to segments.
  record Surroundings(
      Segments segments,
      OwnFiles ownFiles,
      ContentReader reader,
      RecentContents recent,
      Writability writability,
      AtomicLong unsyncedBytes) {}

  ContentWriter(
      Surroundings around,
      Buffers buffers,
      BlockCodec codec,
      ContentForm form,
      InstantSource clock) {
    this.segments = around.segments;
    this.ownFiles = around.ownFiles;
    this.reader = around.reader;
    this.recent = around.recent;
    this.writability = around.writability;
    this.unsyncedBytes = around.unsyncedBytes;
    this.buffers = buffers;
    this.codec = codec;
    this.form = form;
    this.clock = clock;
  }

  /// How much memory contents take that are coming in now.
  long bufferedBytes() {
    return buffers.takenBytes();
  }

  StoredContent write(InputStream bytes) throws IOException {
    try (var incoming = new Incoming(buffers)) {
      return incoming.gather(bytes) ? append(incoming) : writeLarge(incoming, bytes);
    }
  }

  private StoredContent append(Incoming incoming) {
    MessageStructure structure = incoming.structure();
    String sha256 = incoming.sha256();
    ContentId id =
        recent.oneOf(
            sha256,
            incoming.contentBytes(),
            reader::isThere,
            () -> append(incoming, structure, sha256).id());
    return new StoredContent(id, incoming.contentBytes(), structure);
  }

  private StoredContent append(Incoming incoming, MessageStructure structure, String sha256) {
    var record =
        new RecordDraft(
            codec, newKey(), incoming.blockBytes(), Math.toIntExact(incoming.contentBytes()));
    incoming.eachBlock(record::addBlock);
    RecordDraft.End end = record.end(structure, sha256, incoming.contentBytes());
    Segments.@Nullable Room room = null;
    try {
      room = segments.reserve(record.bytes(end));
      unsyncedBytes.addAndGet(room.bytes());
      Place.InSegment place = room.place();
      RecordForm.Trailer trailer = end.trailer(place, clock.millis());
      room.segment()
          .write(room.offset(), record.record(place, room.segment().salt(), end, trailer));
      writability.worked();
      StoredContent stored = reader.remember(record.id(place), end.structure(), trailer);
      reader.rememberText(stored, incoming);
      return stored;
    } catch (IOException e) {
      if (room != null) {
        segments.giveBack(room);
      }
      throw writability.failed(e);
    }
  }

  private StoredContent writeLarge(Incoming incoming, InputStream bytes) throws IOException {
    try (OwnFiles.Draft draft = begin()) {
      var record = new RecordDraft(codec, newKey(), incoming.blockBytes(), incoming.blockBytes());
      record.begin(draft.place());
      incoming.stream(
          bytes,
          (content, offset, length) -> {
            record.addBlock(content, offset, length);
            appendTo(draft, record.takeBytes());
          });
      MessageStructure structure = incoming.structure();
      String sha256 = incoming.sha256();
      long contentBytes = incoming.contentBytes();
      ContentId id =
          recent.oneOf(
              sha256,
              contentBytes,
              reader::isThere,
              () -> complete(draft, record, record.end(structure, sha256, contentBytes)).id());
      return new StoredContent(id, contentBytes, structure);
    }
  }

  private StoredContent complete(OwnFiles.Draft draft, RecordDraft record, RecordDraft.End end) {
    RecordForm.Trailer trailer = end.trailer(draft.place(), clock.millis());
    appendTo(draft, end.bytes(trailer));
    finish(draft);
    writability.worked();
    return reader.remember(record.id(draft.place()), end.structure(), trailer);
  }

  private OwnFiles.Draft begin() {
    try {
      return ownFiles.begin();
    } catch (IOException e) {
      throw writability.failed(e);
    }
  }

  private void appendTo(OwnFiles.Draft draft, ByteBuffer bytes) {
    try {
      draft.append(bytes);
    } catch (IOException e) {
      throw writability.failed(e);
    }
  }

  private void finish(OwnFiles.Draft draft) {
    try {
      draft.finish();
    } catch (IOException e) {
      throw writability.failed(e);
    }
  }

  private Optional<ContentKey> newKey() {
    return form.encrypted() ? Optional.of(ContentKey.random()) : Optional.empty();
  }

  void note(List<Note> notes) {
    for (byte[] encoded : NoteForm.gather(notes)) {
      noteOnce(encoded);
    }
  }

  private void noteOnce(byte[] notes) {
    Segments.@Nullable Room room = null;
    try {
      room = segments.reserve(NoteForm.recordBytes(notes));
      ByteBuffer record = NoteForm.record(room.place().code(), room.segment().salt(), notes);
      room.segment().writeUnawaited(room.offset(), record);
    } catch (IOException e) {
      if (room != null) {
        segments.giveBack(room);
      }
      throw writability.failed(e);
    }
  }
}
