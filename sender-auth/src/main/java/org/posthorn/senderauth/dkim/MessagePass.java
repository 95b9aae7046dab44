package org.posthorn.senderauth.dkim;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.posthorn.message.HeaderField;
import org.posthorn.message.Headers;

/// One pass over a message: first its header, then, when everybody has said which hashes are
/// wanted, its body. What several signatures want is computed once: a body is canonicalized once
/// for each way. Memory is bounded by the header. Used by one thread.
public final class MessagePass {
  /// A longer header is nothing that anybody signs.
  private static final int HEADER_MAX_BYTES = 1 << 20;

  private static final int BUFFER_BYTES = 16 << 10;

  private final InputStream message;
  private final RawHeader header;
  private final boolean whole;
  private final byte[] read;
  private final int headerBytes;
  private final int bodyStart;
  private final int readBytes;
  private final Map<Canonicalization, Map<Long, BodyHash>> wanted =
      new EnumMap<>(Canonicalization.class);

  private MessagePass(InputStream message, byte[] read, int readBytes, int headerEnd) {
    this.message = message;
    this.read = read;
    this.readBytes = readBytes;
    this.whole = headerEnd >= 0;
    this.headerBytes = whole ? headerEnd : readBytes;
    this.header = RawHeader.read(read, headerBytes);
    this.bodyStart = header.fields().isEmpty() ? 0 : headerBytes;
  }

  /// Reads the header. Does not close the stream.
  public static MessagePass over(InputStream message) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    int length = 0;
    while (true) {
      if (length == buffer.length) {
        if (length >= HEADER_MAX_BYTES) {
          return new MessagePass(message, buffer, length, -1);
        }
        buffer = Arrays.copyOf(buffer, length * 2);
      }
      int count = message.read(buffer, length, buffer.length - length);
      if (count < 0) {
        return new MessagePass(message, buffer, length, length);
      }
      int looked = Math.max(0, length - 2);
      length += count;
      int end = bodyStart(buffer, looked, length);
      if (end >= 0) {
        return new MessagePass(message, buffer, length, end);
      }
    }
  }

  public RawHeader header() {
    return header;
  }

  /// The same fields as text.
  public List<HeaderField> fields() {
    return Headers.read(Arrays.copyOf(read, headerBytes)).stream()
        .map(Headers.Placed::field)
        .toList();
  }

  /// False for a header that is too long: what of it is known is not all.
  public boolean hasWholeHeader() {
    return whole;
  }

  /// Asks for a hash of the body, or of its first `limit` canonical bytes, before [#finish].
  public BodyHash want(Canonicalization how, OptionalLong limit) {
    return wanted
        .computeIfAbsent(how, _ -> new HashMap<>())
        .computeIfAbsent(limit.orElse(Long.MAX_VALUE), BodyHash::new);
  }

  /// Reads the body to its end, if anybody wants to know something about it.
  public void finish() throws IOException {
    List<BodyCanon> canons = new ArrayList<>();
    List<BodyHash> hashes = new ArrayList<>();
    wanted.forEach((how, byLimit) -> {
      List<BodyHash> all = List.copyOf(byLimit.values());
      hashes.addAll(all);
      canons.add(
          new BodyCanon(how, (bytes, length) -> all.forEach(one -> one.take(bytes, length))));
    });
    if (canons.isEmpty()) {
      return;
    }
    canons.forEach(canon -> canon.update(read, bodyStart, readBytes));
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int count = message.read(buffer); count >= 0; count = message.read(buffer)) {
      int length = count;
      canons.forEach(canon -> canon.update(buffer, 0, length));
    }
    canons.forEach(BodyCanon::finish);
    hashes.forEach(BodyHash::finish);
  }

  /// Behind the first empty line; -1 if there is none yet.
  private static int bodyStart(byte[] bytes, int from, int to) {
    if (from == 0 && to > 0 && bytes[0] == '\n') {
      return 1;
    }
    if (from == 0 && to > 1 && bytes[0] == '\r' && bytes[1] == '\n') {
      return 2;
    }
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\n') {
        int next = i + 1 < to && bytes[i + 1] == '\r' ? i + 2 : i + 1;
        if (next < to && bytes[next] == '\n') {
          return next + 1;
        }
      }
    }
    return -1;
  }
}
