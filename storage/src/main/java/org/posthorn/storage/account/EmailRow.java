package org.posthorn.storage.account;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import org.posthorn.message.ContentId;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.StructureCodec;
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

  private static final int FORM = 1;
  private static final int STRUCTURE_HERE = 1;
  private static final int STRUCTURE_WITH_CONTENT = 2;

  private EmailRow() {}

  static byte[] encode(Email email) {
    byte[] structure = StructureCodec.encode(email.structure());
    boolean here = structure.length <= STRUCTURE_MAX_BYTES;
    var row = new RowWriter(96 + email.prefix().length() + (here ? structure.length : 0));
    row.raw(FORM).text(email.content().value()).text(email.prefix());
    row.number(email.sizeBytes()).number(email.threadId());
    return here
        ? row.raw(STRUCTURE_HERE).piece(structure).toBytes()
        : row.raw(STRUCTURE_WITH_CONTENT).toBytes();
  }

  static Email decode(long id, byte[] value, ContentStore contents) {
    var row = new RowReader(value);
    row.form(FORM);
    var content = new ContentId(row.text());
    String prefix = row.text();
    long sizeBytes = row.number();
    long threadId = row.number();
    MessageStructure structure =
        row.raw() == STRUCTURE_HERE
            ? StructureCodec.decode(row.piece())
            : structure(contents, content, prefix);
    return new Email(id, content, prefix, sizeBytes, structure, threadId);
  }

  /// An email without its structure, which is most of the row.
  record Head(ContentId content, String prefix, long sizeBytes, long threadId) {
    long contentBytes() {
      return sizeBytes - prefix.getBytes(StandardCharsets.UTF_8).length;
    }
  }

  static Head head(byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    return new Head(new ContentId(row.text()), row.text(), row.number(), row.number());
  }

  static boolean hasStructureWithContent(byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    var _ = row.text();
    var _ = row.text();
    row.number();
    row.number();
    return row.raw() == STRUCTURE_WITH_CONTENT;
  }

  /// The content alone.
  static ContentId content(byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    return new ContentId(row.text());
  }

  /// The same row with another content in its place. All forms begin with the content.
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
  static long checksum(long id, byte[] value) {
    var row = new RowReader(value);
    row.form(FORM);
    String content = row.text();
    String prefix = row.text();
    return Checksum.ofEmail(id, content, row.number(), prefix);
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

  private static MessageStructure structure(ContentStore contents, ContentId id, String prefix) {
    return structure(contents.find(id).orElseThrow(() -> new ContentMissing(id)), prefix);
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
