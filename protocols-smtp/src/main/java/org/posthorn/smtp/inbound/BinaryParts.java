package org.posthorn.smtp.inbound;

import static org.posthorn.smtp.wire.EnhancedStatus.CONVERSION;
import static org.posthorn.smtp.wire.EnhancedStatus.MESSAGE_TOO_BIG;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.TransferEncoding;
import org.posthorn.smtp.wire.MessageRefused;
import org.posthorn.smtp.wire.SmtpReply;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.StoredContent;

/// A message that came with BODY=BINARYMIME as we keep it: parts that are no lines of text are in
/// base64, so each of their bits is kept and every client and every server can have the message;
/// all else is as it came. Where that would break a signature, the message is refused. Used by one
/// thread.
final class BinaryParts {
  /// RFC 5322 §2.1.1, without CRLF.
  private static final int LINE_MAX = 998;

  private static final SmtpReply SIGNED = refusal("A binary part is signed or encoded");
  private static final SmtpReply NO_PARTS = refusal("Its binary parts cannot be told apart");
  private static final SmtpReply ALWAYS_TEXT =
      refusal("A part of a type that is always text is binary");

  private static final SmtpReply HEADER_TOO_BIG =
      SmtpReply.of(552, MESSAGE_TOO_BIG, "The header of a binary part is too big");

  private final StoredContent raw;
  private final ContentStore contents;
  private final int headerMaxBytes;
  private final List<Part> leaves = new ArrayList<>();
  private final BitSet binary = new BitSet();
  private final List<InputStream> pieces = new ArrayList<>();
  private long offset;

  private BinaryParts(StoredContent raw, ContentStore contents, int headerMaxBytes) {
    this.raw = raw;
    this.contents = contents;
    this.headerMaxBytes = headerMaxBytes;
  }

  /// Opens nothing before it is read. Headers that change are in memory one after the other, and
  /// none that is longer than `headerMaxBytes`.
  static InputStream inBase64(StoredContent raw, ContentStore contents, int headerMaxBytes)
      throws IOException {
    var plan = new BinaryParts(raw, contents, headerMaxBytes);
    Part root = raw.structure().root();
    plan.collect(root);
    plan.findBinary();
    Optional<SmtpReply> obstacle = plan.obstacle(root);
    if (obstacle.isPresent()) {
      throw new MessageRefused(obstacle.get());
    }
    plan.part(root, /* signed= */ false);
    plan.copyTo(raw.sizeBytes());
    return new SequenceInputStream(Collections.enumeration(plan.pieces));
  }

  private void collect(Part part) {
    if (part.children().isEmpty()) {
      leaves.add(part);
    }
    part.children().forEach(this::collect);
  }

  /// Which leaves are not lines that end with CR LF.
  private void findBinary() throws IOException {
    for (int leaf = 0; leaf < leaves.size(); leaf++) {
      Part part = leaves.get(leaf);
      try (InputStream bytes = contents.open(raw.id(), part.bodyStart(), part.bodyBytes())) {
        binary.set(leaf, isBinary(bytes));
      }
    }
  }

  private static boolean isBinary(InputStream bytes) throws IOException {
    byte[] buffer = new byte[8192];
    boolean afterReturn = false;
    int column = 0;
    for (int count = bytes.read(buffer); count >= 0; count = bytes.read(buffer)) {
      for (int i = 0; i < count; i++) {
        byte b = buffer[i];
        column = b == '\n' ? 0 : column + (b == '\r' ? 0 : 1);
        if (b == 0 || afterReturn != (b == '\n') || column > LINE_MAX) {
          return true;
        }
        afterReturn = b == '\r';
      }
    }
    return afterReturn;
  }

  private static SmtpReply refusal(String why) {
    return SmtpReply.of(554, CONVERSION, why + ": send the message without BINARYMIME");
  }

  /// Why the message cannot be in lines, or nothing.
  private Optional<SmtpReply> obstacle(Part part) {
    Optional<SmtpReply> untouchable = untouchable(part);
    return untouchable.isPresent()
        ? untouchable.filter(_ -> changes(part))
        : part.children().stream().flatMap(child -> obstacle(child).stream()).findFirst();
  }

  /// Why nothing in a part may change, if so.
  private static Optional<SmtpReply> untouchable(Part part) {
    if (isSigned(part) || part.encoding().filter(BinaryParts::isEncoded).isPresent()) {
      return Optional.of(SIGNED);
    }
    if (part.isMultipart() && part.children().isEmpty()) {
      return Optional.of(NO_PARTS);
    }
    return part.type().equals("message") && !part.isMessage()
        ? Optional.of(ALWAYS_TEXT)
        : Optional.empty();
  }

  private static boolean isSigned(Part part) {
    return part.isMultipart() && part.subtype().equals("signed");
  }

  private static boolean isEncoded(String encoding) {
    return encoding.equals("base64") || encoding.equals("quoted-printable");
  }

  private boolean changes(Part part) {
    for (int leaf = binary.nextSetBit(0); leaf >= 0; leaf = binary.nextSetBit(leaf + 1)) {
      Part changed = leaves.get(leaf);
      if (changed.headerStart() >= part.headerStart() && changed.bodyEnd() <= part.bodyEnd()) {
        return true;
      }
    }
    return false;
  }

  /// What is under a signature stays as it is.
  private void part(Part part, boolean signed) throws MessageRefused {
    boolean isLeaf = part.children().isEmpty();
    boolean changed = isLeaf && changes(part);
    boolean saysBinary = part.encoding().filter("binary"::equals).isPresent();
    if (changed || (saysBinary && !signed)) {
      header(part, changed ? "base64" : "8bit");
    }
    if (changed) {
      pieces.add(new Base64Lines(bytes(part.bodyStart(), part.bodyEnd())));
      offset = part.bodyEnd();
    }
    for (Part child : part.children()) {
      part(child, signed || isSigned(part));
    }
  }

  private void header(Part part, String encoding) throws MessageRefused {
    if (part.bodyStart() - part.headerStart() > headerMaxBytes) {
      throw new MessageRefused(HEADER_TOO_BIG);
    }
    copyTo(part.headerStart());
    boolean root = part.headerStart() == 0;
    List<String> defaults = root ? List.of("MIME-Version: 1.0") : List.of();
    pieces.add(new Header(bytes(part.headerStart(), part.bodyStart()), encoding, defaults));
    offset = part.bodyStart();
  }

  private void copyTo(long end) {
    if (end > offset) {
      pieces.add(bytes(offset, end));
      offset = end;
    }
  }

  private InputStream bytes(long from, long to) {
    return new Range(contents, raw, from, to - from);
  }

  /// Opened when it is first read, and let go of when it is closed. Used by one thread.
  private abstract static class Late extends InputStream {
    private @Nullable InputStream opened;

    abstract InputStream open() throws IOException;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int wanted) throws IOException {
      InputStream bytes = opened == null ? open() : opened;
      opened = bytes;
      return bytes.read(target, offset, wanted);
    }

    @Override
    public void close() throws IOException {
      InputStream bytes = opened;
      opened = InputStream.nullInputStream();
      if (bytes != null) {
        bytes.close();
      }
    }
  }

  /// Bytes of the content, opened when they are asked for. Used by one thread.
  private static final class Range extends Late {
    private final ContentStore contents;
    private final StoredContent raw;
    private final long from;
    private final long length;

    private Range(ContentStore contents, StoredContent raw, long from, long length) {
      this.contents = contents;
      this.raw = raw;
      this.from = from;
      this.length = length;
    }

    @Override
    InputStream open() {
      return contents.open(raw.id(), from, length);
    }
  }

  /// A part's header that says another encoding; in memory from its first byte to its last. Used by
  /// one thread.
  private static final class Header extends Late {
    private final InputStream bytes;
    private final String encoding;
    private final List<String> defaults;

    private Header(InputStream bytes, String encoding, List<String> defaults) {
      this.bytes = bytes;
      this.encoding = encoding;
      this.defaults = defaults;
    }

    @Override
    InputStream open() throws IOException {
      try (bytes) {
        return new ByteArrayInputStream(
            TransferEncoding.header(bytes.readAllBytes(), encoding, defaults));
      }
    }
  }

  /// In lines of 76 characters, the last with a line break too. Used by one thread.
  private static final class Base64Lines extends InputStream {
    /// Of whole lines.
    private static final int BLOCK_BYTES = 57 * 128;

    private static final byte[] CRLF = {'\r', '\n'};
    private final InputStream bytes;
    private InputStream lines = InputStream.nullInputStream();
    private boolean atEnd;

    private Base64Lines(InputStream bytes) {
      this.bytes = bytes;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int wanted) throws IOException {
      int count = lines.read(target, offset, wanted);
      while (count < 0 && !atEnd) {
        byte[] block = bytes.readNBytes(BLOCK_BYTES);
        atEnd = block.length < BLOCK_BYTES;
        lines = encoded(block);
        count = lines.read(target, offset, wanted);
      }
      return count;
    }

    private static InputStream encoded(byte[] block) {
      return block.length == 0
          ? InputStream.nullInputStream()
          : new SequenceInputStream(
              new ByteArrayInputStream(Base64.getMimeEncoder().encode(block)),
              new ByteArrayInputStream(CRLF));
    }

    @Override
    public void close() throws IOException {
      bytes.close();
    }
  }
}
