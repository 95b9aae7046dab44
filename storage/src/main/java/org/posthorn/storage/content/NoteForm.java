package org.posthorn.storage.content;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.CRC32C;
import org.posthorn.message.ContentId;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// How notes stand in a segment (form 1), numbers big-endian:
///
/// ```
/// header   "PHN1", bytes of the whole record (4), place (8), CRC-32C (4)
/// notes    one after the other, each a byte string with its length in front (see RowWriter)
/// trailer  CRC-32C (4)
/// ```
///
/// The header's checksum covers the segment's salt and the header, the trailer's the salt and all
/// before it. A note begins with the number of its own form.
final class NoteForm {
  static final int HEADER_BYTES = 20;
  static final int RECORD_BYTES_MIN = HEADER_BYTES + Integer.BYTES;
  private static final int RECORD_BYTES_MAX = 1 << 20;

  /// Notes are gathered to records of about this size.
  private static final int GATHERED_BYTES = 64 << 10;

  private static final int MAGIC = 0x50484E31;
  private static final int FORM = 1;

  private NoteForm() {}

  /// The notes as they stand in records, in as few as may be.
  static List<byte[]> gather(List<Note> notes) {
    var records = new ArrayList<byte[]>(1);
    var gathered = new RowWriter(256);
    for (Note note : notes) {
      gathered.piece(encode(note));
      if (gathered.size() >= GATHERED_BYTES) {
        records.add(gathered.toBytes());
        gathered = new RowWriter(256);
      }
    }
    if (gathered.size() > 0) {
      records.add(gathered.toBytes());
    }
    return records;
  }

  private static byte[] encode(Note note) {
    return new RowWriter(160 + note.prefix().length())
        .raw(FORM)
        .text(note.content().value())
        .text(note.account())
        .number(note.emailId())
        .text(note.owner())
        .text(note.mailbox())
        .signed(note.internalMillis())
        .text(note.flags())
        .text(note.prefix())
        .toBytes();
  }

  static int recordBytes(byte[] notes) {
    return HEADER_BYTES + notes.length + Integer.BYTES;
  }

  static ByteBuffer record(long place, long salt, byte[] notes) {
    var record = ByteBuffer.allocate(recordBytes(notes));
    record.putInt(MAGIC).putInt(record.capacity()).putLong(place);
    record.putInt(checksum(salt, record.slice(0, record.position())));
    record.put(notes);
    record.putInt(checksum(salt, record.slice(0, record.position())));
    return record.flip();
  }

  /// Whether a header could begin at `index`.
  static boolean mayBeHeader(ByteBuffer in, int index) {
    return in.getInt(index) == MAGIC;
  }

  /// How long the record is whose header this is; empty when these bytes are no header of this
  /// place.
  static OptionalInt bytesOf(ByteBuffer header, long place, long salt) {
    int sum = checksum(salt, header.slice(header.position(), HEADER_BYTES - Integer.BYTES));
    boolean begins = header.getInt() == MAGIC;
    int bytes = header.getInt();
    boolean here = header.getLong() == place;
    boolean whole = header.getInt() == sum;
    return begins && here && whole && bytes >= RECORD_BYTES_MIN && bytes <= RECORD_BYTES_MAX
        ? OptionalInt.of(bytes)
        : OptionalInt.empty();
  }

  /// Empty when the record is not what was written.
  static Optional<List<Note>> notes(ByteBuffer record, long salt) {
    int sumAt = record.limit() - Integer.BYTES;
    if (record.getInt(sumAt) != checksum(salt, record.slice(0, sumAt))) {
      return Optional.empty();
    }
    byte[] all = new byte[sumAt - HEADER_BYTES];
    record.get(HEADER_BYTES, all);
    var row = new RowReader(all);
    var notes = new ArrayList<Note>();
    while (!row.atEnd()) {
      notes.add(note(new RowReader(row.piece())));
    }
    return Optional.of(notes);
  }

  private static Note note(RowReader row) {
    row.form(FORM);
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

  private static int checksum(long salt, ByteBuffer bytes) {
    var sum = new CRC32C();
    sum.update(ByteBuffer.allocate(Long.BYTES).putLong(0, salt));
    sum.update(bytes);
    return (int) sum.getValue();
  }
}
