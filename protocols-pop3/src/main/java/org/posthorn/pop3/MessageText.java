package org.posthorn.pop3;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.posthorn.message.Surrogate;
import org.posthorn.net.LineFeeds;
import org.posthorn.net.WireOutput;

/// A message on its way to the client: dot-stuffed, every line with CRLF (RFC 1939 §3), whole or
/// its header and some lines. Used once, by one thread.
///
/// A line that ends in a lone LF gets its CR: clients that split at LF would otherwise take a dot
/// behind it for the end of the message, and what follows for answers.
final class MessageText implements Pop3Answer.Body {
  private static final int CHUNK_BYTES = 16 * 1024;

  /// A header beyond this is not looked at for UTF-8.
  private static final int HEADER_MAX_BYTES = 1024 * 1024;

  private final InputStream source;
  private final long bodyLinesMax;
  private final byte[] chunk;
  private int length;

  /// Of the line that is being written, CR and all.
  private long lineBytes;

  private boolean afterReturn;
  private boolean inBody;
  private long bodyLines;

  /// `chunk` holds the first `length` bytes of the message, `source` gives the others.
  private MessageText(InputStream source, byte[] chunk, int length, long bodyLinesMax) {
    this.source = source;
    this.chunk = chunk;
    this.length = length;
    this.bodyLinesMax = bodyLinesMax;
  }

  /// Takes over the stream of a message and reads its beginning, so that what cannot be read is
  /// known before the client is promised a message. `headerBytes` counts the empty line. Without
  /// `utf8`, a header that is not ASCII is replaced (RFC 6856 §2.1).
  static MessageText open(
      InputStream source, long sizeBytes, long headerBytes, long bodyLinesMax, boolean utf8)
      throws IOException {
    try {
      int header = (int) Math.min(headerBytes, HEADER_MAX_BYTES);
      byte[] chunk = new byte[(int) Math.min(sizeBytes, Math.max(header, CHUNK_BYTES))];
      int length = source.readNBytes(chunk, 0, chunk.length);
      header = Math.min(header, length);
      if (utf8 || Surrogate.allAscii(chunk, header)) {
        return new MessageText(source, chunk, length, bodyLinesMax);
      }
      var first = new ByteArrayOutputStream();
      first.writeBytes(Surrogate.header(Arrays.copyOf(chunk, header)));
      first.write(chunk, header, length - header);
      return new MessageText(source, first.toByteArray(), first.size(), bodyLinesMax);
    } catch (IOException | RuntimeException | Error e) {
      source.close();
      throw e;
    }
  }

  @Override
  public void writeTo(WireOutput output) throws IOException {
    try (source) {
      while (length > 0 && !enough()) {
        writeChunk(output);
        length = source.read(chunk);
      }
    }
    if (lineBytes > 0) {
      output.write(afterReturn ? "\n" : "\r\n");
    }
  }

  private boolean enough() {
    return inBody && bodyLines >= bodyLinesMax;
  }

  private void writeChunk(WireOutput output) throws IOException {
    int written = 0;
    int start = 0;
    while (start < length && !enough()) {
      if (lineBytes == 0 && chunk[start] == '.') {
        output.write(chunk, written, start - written);
        output.write('.');
        written = start;
      }
      int lineFeed = LineFeeds.indexOf(chunk, start, length);
      lineBytes += lineFeed - start;
      boolean returned = lineFeed > start ? chunk[lineFeed - 1] == '\r' : afterReturn;
      if (lineFeed == length) {
        afterReturn = returned;
        start = length;
      } else {
        if (!returned) {
          output.write(chunk, written, lineFeed - written);
          output.write('\r');
          written = lineFeed;
        }
        endLine(returned);
        start = lineFeed + 1;
      }
    }
    output.write(chunk, written, start - written);
  }

  private void endLine(boolean returned) {
    if (inBody) {
      bodyLines++;
    } else {
      inBody = lineBytes == (returned ? 1 : 0);
    }
    lineBytes = 0;
    afterReturn = false;
  }
}
