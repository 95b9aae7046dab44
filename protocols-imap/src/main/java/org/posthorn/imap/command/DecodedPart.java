package org.posthorn.imap.command;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.posthorn.imap.wire.FetchItem;
import org.posthorn.message.mime.DecodedBody;
import org.posthorn.message.mime.Part;
import org.posthorn.storage.account.Account;
import org.posthorn.storage.account.Email;

/// A part without its transfer encoding (RFC 3516 §4.2), of which pieces are read. How many bytes a
/// piece has, and whether there is a NUL among them, is known before it is sent: what is small is
/// kept meanwhile, else it is read again. Used by one thread.
final class DecodedPart {
  private static final int KEPT_BYTES = 64 * 1024;

  /// How much is passed over before it is noted where that is.
  private static final int STRIDE_BYTES = 48 * 1024;

  private final Text text;
  private final String encoding;
  private final DecodedPlaces.OfPart places;

  /// The bytes of the part as the message has them.
  interface Text {
    long length();

    InputStream open(long from, long length);
  }

  DecodedPart(Text text, String encoding, DecodedPlaces.OfPart places) {
    this.text = text;
    this.encoding = encoding;
    this.places = places;
  }

  /// The part has a transfer encoding that nobody knows.
  static final class UnknownEncoding extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /// Empty when the message has no such part. Throws [UnknownEncoding] when it cannot be decoded.
  static Optional<DecodedPart> of(
      Account account, Email email, List<Integer> path, DecodedPlaces places) throws IOException {
    Section.checkKnown(email);
    ByteRange body = new ByteRange(0, email.structure().sizeBytes());
    String encoding = "binary";
    if (!path.isEmpty()) {
      Optional<Part> part = ByteRange.part(email.structure().root(), path);
      if (part.isEmpty()) {
        return Optional.empty();
      }
      body = new ByteRange(part.get().bodyStart(), part.get().bodyEnd());
      encoding = encoding(part.get());
    }
    return Optional.of(
        new DecodedPart(text(account, email, body), encoding, places.of(account, email, body)));
  }

  private static Text text(Account account, Email email, ByteRange body) {
    return new Text() {
      @Override
      public long length() {
        return body.length();
      }

      @Override
      public InputStream open(long from, long length) {
        return Section.bytes(
            account, email, new ByteRange(body.start() + from, body.start() + from + length));
      }
    };
  }

  /// Throws where [#of] would.
  static void checkEncoding(Email email, List<Integer> path) throws UnknownEncoding {
    Optional<Part> part = ByteRange.part(email.structure().root(), path);
    if (!path.isEmpty() && part.isPresent()) {
      String _ = encoding(part.get());
    }
  }

  /// RFC 2045 §6.4: what has parts of its own is not encoded, whatever it says.
  private static String encoding(Part part) throws UnknownEncoding {
    if (part.isMultipart() || part.isMessage()) {
      return "binary";
    }
    String encoding = part.encoding().orElse("7bit");
    return switch (encoding) {
      case "7bit", "8bit", "binary", "base64", "quoted-printable" -> encoding;
      default -> throw new UnknownEncoding();
    };
  }

  private boolean isEncoded() {
    return encoding.equals("base64") || encoding.equals("quoted-printable");
  }

  /// How many bytes there are in all.
  long length() throws IOException {
    if (!isEncoded()) {
      return text.length();
    }
    if (places.length().isEmpty()) {
      try (Reading reading = new Reading(Long.MAX_VALUE)) {
        places.length(reading.at);
      }
    }
    return places.length().getAsLong();
  }

  /// All of it, or a piece.
  Section section(Optional<FetchItem.Partial> partial) throws IOException {
    long known = isEncoded() ? places.length().orElse(Long.MAX_VALUE) : text.length();
    ByteRange all = new ByteRange(0, known);
    ByteRange piece = partial.map(all::cut).orElse(all);
    return isEncoded() ? encoded(piece) : plain(piece);
  }

  private Section plain(ByteRange piece) throws IOException {
    try (InputStream bytes = text.open(piece.start(), piece.length())) {
      byte[] small = bytes.readNBytes((int) Math.min(piece.length(), KEPT_BYTES));
      if (small.length == piece.length()) {
        return kept(small);
      }
      boolean nul = hasNul(small, small.length);
      byte[] buffer = new byte[8192];
      for (int read = 0; read >= 0 && !nul; read = bytes.read(buffer)) {
        nul = hasNul(buffer, read);
      }
      return new Section(piece.length(), nul, () -> text.open(piece.start(), piece.length()));
    }
  }

  /// The part may end before the piece does.
  private Section encoded(ByteRange piece) throws IOException {
    try (Reading reading = new Reading(piece.start())) {
      byte[] small = reading.bytes.readNBytes((int) Math.min(piece.length(), KEPT_BYTES));
      if (small.length < KEPT_BYTES || small.length == piece.length()) {
        return kept(small);
      }
      reading.at += small.length;
      boolean nul = hasNul(small, small.length);
      byte[] buffer = new byte[8192];
      while (!nul && reading.at < piece.end()) {
        int most = (int) Math.min(buffer.length, piece.end() - reading.at);
        int read = reading.bytes.read(buffer, 0, most);
        if (read < 0) {
          break;
        }
        nul = hasNul(buffer, read);
        reading.at += read;
      }
      if (places.length().isEmpty()) {
        reading.skipTo(piece.end());
      }
      long end =
          places.length().isEmpty()
              ? reading.at
              : Math.min(piece.end(), places.length().getAsLong());
      long length = end - piece.start();
      return new Section(
          length, nul, () -> new FirstBytes(new Reading(piece.start()).bytes, length));
    }
  }

  private static Section kept(byte[] bytes) {
    return new Section(
        bytes.length, hasNul(bytes, bytes.length), () -> new ByteArrayInputStream(bytes));
  }

  private static boolean hasNul(byte[] bytes, int count) {
    for (int i = 0; i < count; i++) {
      if (bytes[i] == 0) {
        return true;
      }
    }
    return false;
  }

  /// The decoded bytes from one of them on, or from the end if that comes before.
  private final class Reading implements AutoCloseable {
    private final DecodedPlaces.Place start;
    private final DecodedBody bytes;
    private long at;

    Reading(long origin) throws IOException {
      start = places.before(origin);
      at = start.decoded();
      bytes =
          DecodedBody.of(text.open(start.encoded(), text.length() - start.encoded()), encoding)
              .orElseThrow();
      try {
        skipTo(origin);
      } catch (IOException | RuntimeException e) {
        close();
        throw e;
      }
    }

    void skipTo(long to) throws IOException {
      while (at < to) {
        long skipped = bytes.skip(Math.min(to - at, STRIDE_BYTES));
        if (skipped == 0 && bytes.read() < 0) {
          places.length(at);
          break;
        }
        at += Math.max(skipped, 1);
        OptionalLong encodedAt = bytes.encodedAt();
        if (encodedAt.isPresent()) {
          places.add(new DecodedPlaces.Place(at, start.encoded() + encodedAt.getAsLong()));
        }
      }
    }

    @Override
    public void close() throws IOException {
      bytes.close();
    }
  }
}
