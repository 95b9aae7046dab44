package org.posthorn.smtp.inbound;

import static org.posthorn.smtp.wire.EnhancedStatus.MESSAGE_TOO_BIG;
import static org.posthorn.smtp.wire.EnhancedStatus.SYSTEM_FULL;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;
import org.posthorn.smtp.wire.MessageRefused;
import org.posthorn.smtp.wire.SmtpReply;

/// The text of a message on its way into the store, with an eye on its header: when the header has
/// passed it is judged, and a refusal comes out of the stream before the body is read. Closing
/// gives back the room that the header and what was found in it take, and closes the text. Used by
/// one thread.
final class IncomingMessage extends InputStream {
  private static final int FIRST_BYTES = 4096;
  private static final SmtpReply TOO_BIG =
      SmtpReply.of(552, MESSAGE_TOO_BIG, "The header of the message is too big");

  static final SmtpReply NO_ROOM =
      SmtpReply.of(
          451, SYSTEM_FULL, "Too many long headers come in at the same time, try again later");

  private final InputStream text;
  private final HeaderCheck check;
  private final int headerMaxBytes;
  private final SharedRoom.Share room;
  private final Consumer<String> named;
  private byte[] header = new byte[0];
  private int length;
  private Optional<HeaderCheck.Findings> findings = Optional.empty();

  /// `named` hears the Message-ID as soon as the header has come, whatever is said of it.
  IncomingMessage(
      InputStream text,
      HeaderCheck check,
      int headerMaxBytes,
      SharedRoom.Share room,
      Consumer<String> named) {
    this.text = text;
    this.check = check;
    this.named = named;
    this.headerMaxBytes = headerMaxBytes;
    this.room = room;
  }

  /// What the header says; once the stream was read to its end.
  HeaderCheck.Findings findings() {
    return findings.orElseThrow();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int wanted) throws IOException {
    int count = text.read(target, offset, wanted);
    if (findings.isEmpty()) {
      look(target, offset, count);
    }
    return count;
  }

  private void look(byte[] bytes, int offset, int count) throws MessageRefused {
    if (count < 0) {
      judge(header, 0, length);
      return;
    }
    if (length == 0) {
      // Most headers come in one piece and need not be gathered.
      int end = endOfHeader(bytes, offset, offset, offset + count);
      if (end >= 0 && end - offset <= headerMaxBytes) {
        judge(bytes, offset, end);
        return;
      }
    }
    // The last three bytes may be the beginning of the header's end.
    int looked = Math.max(0, length - 3);
    gather(bytes, offset, count);
    int end = endOfHeader(header, 0, looked, length);
    if (end > headerMaxBytes || (end < 0 && length > headerMaxBytes)) {
      throw new MessageRefused(TOO_BIG);
    }
    if (end >= 0) {
      judge(header, 0, end);
    }
  }

  private void judge(byte[] bytes, int start, int end) throws MessageRefused {
    HeaderCheck.Findings found = check.look(Arrays.copyOfRange(bytes, start, end), named);
    header = new byte[0];
    takeRoom(found.memoryBytes());
    findings = Optional.of(found);
  }

  @Override
  public void close() throws IOException {
    room.close();
    text.close();
  }

  private void gather(byte[] bytes, int offset, int count) throws MessageRefused {
    int needed = length + count;
    if (needed > header.length) {
      int roomy = Math.max(FIRST_BYTES, Math.min(2 * length, headerMaxBytes));
      int grown = Math.max(needed, roomy);
      takeRoom(grown);
      header = Arrays.copyOf(header, grown);
    }
    System.arraycopy(bytes, offset, header, length, count);
    length += count;
  }

  private void takeRoom(long bytes) throws MessageRefused {
    if (!room.hold(bytes)) {
      throw new MessageRefused(NO_ROOM);
    }
  }

  /// The index behind the empty line, or -1. Every line ends with CR LF: all else was refused.
  private static int endOfHeader(byte[] bytes, int start, int from, int to) {
    if (to - start >= 2 && bytes[start] == '\r') {
      return start + 2;
    }
    for (int i = from; i + 3 < to; i++) {
      if (bytes[i] == '\r' && bytes[i + 2] == '\r') {
        return i + 4;
      }
    }
    return -1;
  }
}
