package org.posthorn.smtp.outbound;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.posthorn.mailet.Message;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.TransferEncoding;

/// A message with the bodies of its parts in seven bits, for a server that knows no 8BITMIME (RFC
/// 6152 §3): text as quoted-printable, other parts as base64, the header lines to match. What is
/// ASCII already stays as it is, byte for byte; headers that are not ASCII stay too, since no old
/// server minds them.
///
/// What [EightBitPart#obstacle] names does not survive it, such as a signature over the body; such
/// a message cannot go. Each reading is from front to back, in bounded memory.
final class SevenBit implements OutgoingText {
  private static final byte[] CRLF = {'\r', '\n'};

  private final Message message;
  private final EightBitPart root;
  private final Optional<String> obstacle;
  private final long sizeBytes;

  private SevenBit(Message message, EightBitPart root) throws IOException {
    this.message = message;
    this.root = root;
    this.obstacle = root.obstacle();
    this.sizeBytes = obstacle.isEmpty() && root.changes() ? measured() : message.sizeBytes();
  }

  static SevenBit of(Message message) throws IOException {
    return new SevenBit(message, EightBitPart.rootOf(message));
  }

  @Override
  public Optional<String> obstacle() {
    return obstacle;
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  private long measured() throws IOException {
    var measure = new Measure();
    writeTo(measure);
    return measure.sizeBytes;
  }

  @Override
  public void writeTo(OutputStream out) throws IOException {
    if (obstacle.isPresent()) {
      throw new IOException("The message cannot be put into seven bits: it " + obstacle.get());
    }
    try (InputStream bytes = message.open()) {
      new Writing(bytes, out, (byte) root.substitute().orElse('?')).part(root, /* isRoot= */ true);
    }
  }

  /// Keeps nothing of what it is given. Used by one thread.
  private static final class Measure extends OutputStream {
    private long sizeBytes;

    @Override
    public void write(int b) {
      sizeBytes++;
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
      sizeBytes += length;
    }
  }

  private static final class Writing {
    private final InputStream bytes;
    private final OutputStream out;
    private final byte substitute;
    private final byte[] buffer = new byte[16_384];
    private long offset;

    private Writing(InputStream bytes, OutputStream out, byte substitute) {
      this.bytes = bytes;
      this.out = out;
      this.substitute = substitute;
    }

    private void part(EightBitPart eight, boolean isRoot) throws IOException {
      Part part = eight.part();
      if (!eight.changes()) {
        copy(part.bodyEnd(), out);
      } else if (!eight.inner().isEmpty()) {
        header(part, "7bit", isRoot);
        for (EightBitPart inner : eight.inner()) {
          between(inner.part().headerStart());
          part(inner, /* isRoot= */ false);
        }
        between(part.bodyEnd());
      } else if (eight.isEncoded()) {
        copy(part.bodyStart(), out);
        boolean quoted = part.encoding().filter("quoted-printable"::equals).isPresent();
        encode(part.bodyEnd(), quoted ? StrayBytes::escaped : StrayBytes::leftOut);
      } else if (eight.isText()) {
        header(part, "quoted-printable", isRoot);
        encode(part.bodyEnd(), TransferEncoding::quotedPrintable);
      } else {
        header(part, "base64", isRoot);
        encode(part.bodyEnd(), TransferEncoding::base64);
        out.write(CRLF);
      }
    }

    /// The header with another encoding, and with what old mail lacks that has 8-bit text and no
    /// MIME (RFC 1428).
    private void header(Part part, String encoding, boolean isRoot) throws IOException {
      byte[] header = bytes.readNBytes((int) (part.bodyStart() - offset));
      offset = part.bodyStart();
      List<String> defaults = new ArrayList<>();
      if (isRoot) {
        defaults.add("MIME-Version: 1.0");
      }
      if (part.children().isEmpty()) {
        defaults.add("Content-Type: text/plain; charset=unknown-8bit");
      }
      out.write(TransferEncoding.header(header, encoding, defaults));
    }

    /// Delimiters, preamble and epilogue, which nobody sees.
    private void between(long end) throws IOException {
      while (offset < end) {
        int count = next(end);
        for (int i = 0; i < count; i++) {
          if (buffer[i] < 0) {
            buffer[i] = substitute;
          }
        }
        out.write(buffer, 0, count);
      }
    }

    private void encode(long end, UnaryOperator<OutputStream> encoding) throws IOException {
      try (OutputStream encoded = encoding.apply(out)) {
        copy(end, encoded);
      }
    }

    private void copy(long end, OutputStream to) throws IOException {
      while (offset < end) {
        int count = next(end);
        to.write(buffer, 0, count);
      }
    }

    private int next(long end) throws IOException {
      int count = bytes.read(buffer, 0, (int) Math.min(buffer.length, end - offset));
      if (count < 0) {
        throw new IOException("The message is shorter than it was");
      }
      offset += count;
      return count;
    }
  }
}
