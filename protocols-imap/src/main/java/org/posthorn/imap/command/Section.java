package org.posthorn.imap.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Optional;
import org.posthorn.imap.wire.FetchItem;
import org.posthorn.message.Surrogate;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.message.mime.Part;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;
import org.posthorn.storage.content.ContentDamaged;

/// A section of a message as a client asks for it: how many bytes, and the bytes. What must be
/// computed (some header fields) is read once to be counted; if it is small it is kept, else it is
/// read again. Used by one thread.
record Section(long length, boolean hasNul, Source source) {
  private static final int KEPT_BYTES = 64 * 1024;
  private static final int HEADER_MAX_BYTES = 1024 * 1024;

  /// Opens the bytes, as often as it is asked to.
  interface Source {
    InputStream open() throws IOException;
  }

  InputStream open() throws IOException {
    return source.open();
  }

  /// As [#of], for a client that did not ask for UTF-8: a message whose header is in UTF-8 has a
  /// surrogate in its place (RFC 6855 §8). Only the message's own header is looked at, and only
  /// where its envelope says that there is something outside ASCII in it.
  static Optional<Section> readable(Account account, Email email, FetchItem.Bytes item)
      throws IOException {
    Part root = email.structure().root();
    boolean concerned =
        item.part().isEmpty()
            && item.text() != FetchItem.Text.TEXT
            && !email.structure().envelope().isAscii()
            && root.bodyStart() <= HEADER_MAX_BYTES;
    if (!concerned) {
      return of(account, email, item);
    }
    byte[] header;
    try (InputStream bytes = bytes(account, email, new ByteRange(0, root.bodyStart()))) {
      header = bytes.readAllBytes();
    }
    return isUtf8(header)
        ? Optional.of(surrogate(Surrogate.header(header), account, email, item))
        : of(account, email, item);
  }

  private static Section surrogate(
      byte[] header, Account account, Email email, FetchItem.Bytes item) throws IOException {
    if (isOfFields(item)) {
      boolean except = item.text() == FetchItem.Text.HEADER_FIELDS_NOT;
      return counted(
          () -> new HeaderFields(new ByteArrayInputStream(header), item.fields(), except),
          item.partial());
    }
    MessageStructure structure = email.structure();
    long bodyStart = structure.root().bodyStart();
    boolean whole = item.text() == FetchItem.Text.ALL;
    var all = new ByteRange(0, header.length + (whole ? structure.sizeBytes() - bodyStart : 0));
    ByteRange piece = item.partial().map(all::cut).orElse(all);
    int from = (int) Math.min(piece.start(), header.length);
    int to = (int) Math.min(piece.end(), header.length);
    var ofBody = new ByteRange(bodyStart + piece.start() - from, bodyStart + piece.end() - to);
    Source source =
        () ->
            new SequenceInputStream(
                new ByteArrayInputStream(header, from, to - from), bytes(account, email, ofBody));
    return new Section(piece.length(), false, source);
  }

  private static boolean isUtf8(byte[] header) {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(header)).length() < header.length;
    } catch (CharacterCodingException _) {
      return false;
    }
  }

  /// Empty when the message has no such section. Throws the `IOException` of the content store.
  static Optional<Section> of(Account account, Email email, FetchItem.Bytes item)
      throws IOException {
    checkKnown(email);
    Optional<ByteRange> found = ByteRange.of(email.structure(), item);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    ByteRange range = found.get();
    if (!isOfFields(item)) {
      return Optional.of(plain(account, email, item.partial().map(range::cut).orElse(range)));
    }
    boolean except = item.text() == FetchItem.Text.HEADER_FIELDS_NOT;
    return Optional.of(
        counted(
            () -> new HeaderFields(bytes(account, email, range), item.fields(), except),
            item.partial()));
  }

  /// Of a message that is damaged nobody knows which bytes are its header and which its parts.
  static void checkKnown(Email email) throws ContentDamaged {
    if (!email.structureKnown()) {
      throw new ContentDamaged(email.content(), "its structure cannot be read");
    }
  }

  private static Section plain(Account account, Email email, ByteRange range) {
    return new Section(range.length(), false, () -> bytes(account, email, range));
  }

  private static Section counted(Source whole, Optional<FetchItem.Partial> partial)
      throws IOException {
    byte[] small;
    long length;
    try (InputStream bytes = whole.open()) {
      small = bytes.readNBytes(KEPT_BYTES);
      length = small.length + bytes.transferTo(OutputStream.nullOutputStream());
    }
    ByteRange all = new ByteRange(0, length);
    ByteRange range = partial.map(all::cut).orElse(all);
    if (length == small.length) {
      return new Section(
          range.length(),
          false,
          () -> new ByteArrayInputStream(small, (int) range.start(), (int) range.length()));
    }
    return new Section(range.length(), false, () -> piece(whole, range));
  }

  private static InputStream piece(Source whole, ByteRange range) throws IOException {
    InputStream bytes = whole.open();
    bytes.skipNBytes(range.start());
    return new FirstBytes(bytes, range.length());
  }

  static InputStream bytes(Account account, Email email, ByteRange range) {
    return range.length() == 0
        ? InputStream.nullInputStream()
        : account.open(email, range.start(), range.length());
  }

  private static boolean isOfFields(FetchItem.Bytes item) {
    return item.text() == FetchItem.Text.HEADER_FIELDS
        || item.text() == FetchItem.Text.HEADER_FIELDS_NOT;
  }
}
