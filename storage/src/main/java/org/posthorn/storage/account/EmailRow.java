package org.posthorn.storage.account;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.message.ContentId;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.StructureCodec;
import org.posthorn.message.mime.StructureScanner;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.content.ContentMissing;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.engine.RowReader;
import org.posthorn.storage.engine.RowWriter;

/// The stored form of an [Email]: one row under its id, which is never changed. How often the email
/// is placed is not in it: that is counted from the placements, so that copies, moves and expunges
/// need not touch it.
final class EmailRow {
  /// More bytes of header lines before one message are refused.
  static final int PREFIX_MAX_BYTES = 32 << 10;

  /// A structure that takes more is left in the content store, where it is too.
  private static final int STRUCTURE_MAX_BYTES = 24 << 10;

  private static final int OPEN_FORM = 1;

  /// The place of the content, and then the whole of the open form, sealed.
  private static final int SEALED_FORM = 2;

  private static final int STRUCTURE_HERE = 1;
  private static final int STRUCTURE_WITH_CONTENT = 2;

  private EmailRow() {}

  static byte[] encode(Email email) {
    byte[] structure = StructureCodec.encode(email.structure());
    boolean here = structure.length <= STRUCTURE_MAX_BYTES;
    var row = new RowWriter(96 + email.prefix().length() + (here ? structure.length : 0));
    row.raw(OPEN_FORM).text(email.content().value()).text(email.prefix());
    row.number(email.sizeBytes()).number(email.threadId());
    return here
        ? row.raw(STRUCTURE_HERE).piece(structure).toBytes()
        : row.raw(STRUCTURE_WITH_CONTENT).toBytes();
  }

  /// The row of an email that is `closed` with its account's key.
  static byte[] sealed(ContentId content, byte[] closed) {
    return new RowWriter(64 + closed.length)
        .raw(SEALED_FORM)
        .text(content.place())
        .piece(closed)
        .toBytes();
  }

  /// The row in its open form.
  static byte[] opened(long id, byte[] value, AccountKey key) {
    var row = new RowReader(value);
    if (row.form(SEALED_FORM) == OPEN_FORM) {
      return value;
    }
    row.text();
    return key.open(id, row.piece());
  }

  /// For whoever reads mail: one damaged content keeps nobody from the emails around it, nor does
  /// one that the disk cannot read.
  static Email read(long id, byte[] value, ContentStore contents, AccountKey key) {
    Row row = Row.of(id, value, key);
    try {
      return decode(id, row, contents);
    } catch (ContentMissing | UncheckedIOException _) {
      return withoutStructure(id, row.head);
    } catch (StorageUnavailable e) {
      if (!e.isUnreadable()) {
        throw e;
      }
      return withoutStructure(id, row.head);
    }
  }

  private static Email withoutStructure(long id, Head head) {
    return new Email(
        id, head.content, head.prefix, head.sizeBytes, standIn(head), head.threadId, false);
  }

  /// Throws [ContentMissing] or an [UncheckedIOException] when the structure cannot be read.
  static Email decode(long id, byte[] value, ContentStore contents, AccountKey key) {
    return decode(id, Row.of(id, value, key), contents);
  }

  private static Email decode(long id, Row row, ContentStore contents) {
    Head head = row.head;
    MessageStructure structure =
        row.structure.filter(_ -> !row.mayLack).orElseGet(() -> structure(contents, row));
    return new Email(id, head.content, head.prefix, head.sizeBytes, structure, head.threadId);
  }

  /// All that the row itself says: the structure is absent where it is with the content, and where
  /// an older program has written it, it may not be all that the content's says.
  record Row(Head head, Optional<MessageStructure> structure, boolean mayLack) {
    static Row of(long id, byte[] value, AccountKey key) {
      var row = new RowReader(opened(id, value, key));
      Head head = EmailRow.head(row);
      if (row.raw() != STRUCTURE_HERE) {
        return new Row(head, Optional.empty(), false);
      }
      byte[] structure = row.piece();
      MessageStructure decoded = StructureCodec.decode(structure);
      return new Row(head, Optional.of(decoded), StructureCodec.mayLack(structure, decoded));
    }
  }

  /// An email without its structure, which is most of the row.
  record Head(ContentId content, String prefix, long sizeBytes, long threadId) {
    long contentBytes() {
      return sizeBytes - prefix.getBytes(StandardCharsets.UTF_8).length;
    }
  }

  static Head head(byte[] value) {
    return head(new RowReader(value));
  }

  private static Head head(RowReader row) {
    row.form(OPEN_FORM);
    return new Head(new ContentId(row.text()), row.text(), row.number(), row.number());
  }

  /// The same of a row that may be sealed.
  static Head head(long id, byte[] value, AccountKey key) {
    return head(opened(id, value, key));
  }

  static boolean isSealed(byte[] value) {
    return value.length > 0 && value[0] == SEALED_FORM;
  }

  static boolean hasStructureWithContent(byte[] value) {
    var row = new RowReader(value);
    row.form(OPEN_FORM);
    var _ = row.text();
    var _ = row.text();
    row.number();
    row.number();
    return row.raw() == STRUCTURE_WITH_CONTENT;
  }

  /// Where the content is, of a row in any form: that stands in clear, so whoever frees what nobody
  /// names needs no key for it.
  static ContentId place(byte[] value) {
    var row = new RowReader(value);
    row.form(SEALED_FORM);
    return new ContentId(row.text()).withoutKey();
  }

  /// The content alone. Only of the open form.
  static ContentId content(byte[] value) {
    var row = new RowReader(value);
    row.form(OPEN_FORM);
    return new ContentId(row.text());
  }

  /// The same row with another content in its place. Only of the open form.
  static byte[] withContent(byte[] value, ContentId content) {
    int idBytes = content(value).value().length();
    byte[] rest = Arrays.copyOfRange(value, 2 + idBytes, value.length);
    byte[] begin =
        new RowWriter(2 + content.value().length()).raw(value[0]).text(content.value()).toBytes();
    byte[] whole = Arrays.copyOf(begin, begin.length + rest.length);
    System.arraycopy(rest, 0, whole, begin.length, rest.length);
    return whole;
  }

  /// What the email adds to the checksum of its account.
  static long checksum(long id, byte[] value, AccountKey key) {
    return checksum(id, head(id, value, key));
  }

  static long checksum(long id, Head email) {
    return Checksum.ofEmail(id, email.content().place(), email.sizeBytes(), email.prefix());
  }

  /// The structure of `prefix` and `content` together.
  static MessageStructure structure(StoredContent content, String prefix) {
    int by = prefix.getBytes(StandardCharsets.UTF_8).length;
    MessageStructure own = content.structure();
    if (by == 0) {
      return own;
    }
    Part root = behind(own.root(), by);
    return new MessageStructure(
        own.sizeBytes() + by,
        withHeaderAt(0, root),
        own.preview(),
        own.hasAttachment(),
        own.references());
  }

  /// That of the content; where it cannot be had, what the row has.
  private static MessageStructure structure(ContentStore contents, Row row) {
    ContentId id = row.head.content;
    try {
      return structure(
          contents.find(id).orElseThrow(() -> new ContentMissing(id)), row.head.prefix);
    } catch (ContentMissing | UncheckedIOException | StorageUnavailable e) {
      return row.structure.orElseThrow(() -> e);
    }
  }

  private static MessageStructure standIn(Head email) {
    Part root =
        new Part(
            0,
            email.sizeBytes - email.contentBytes(),
            email.sizeBytes,
            0,
            "application",
            "octet-stream",
            Map.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.of(StructureScanner.scan(new byte[0]).envelope()),
            List.of());
    return new MessageStructure(email.sizeBytes, root, "", false, List.of());
  }

  private static Part behind(Part part, int by) {
    var children = new ArrayList<Part>(part.children().size());
    for (Part child : part.children()) {
      children.add(behind(child, by));
    }
    return new Part(
        part.headerStart() + by,
        part.bodyStart() + by,
        part.bodyEnd() + by,
        part.bodyLines(),
        part.type(),
        part.subtype(),
        part.parameters(),
        part.id(),
        part.description(),
        part.encoding(),
        part.md5(),
        part.disposition(),
        part.languages(),
        part.location(),
        part.envelope(),
        children);
  }

  private static Part withHeaderAt(long start, Part part) {
    return new Part(
        start,
        part.bodyStart(),
        part.bodyEnd(),
        part.bodyLines(),
        part.type(),
        part.subtype(),
        part.parameters(),
        part.id(),
        part.description(),
        part.encoding(),
        part.md5(),
        part.disposition(),
        part.languages(),
        part.location(),
        part.envelope(),
        part.children());
  }
}
