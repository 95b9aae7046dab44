package org.posthorn.smtp.outbound;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.BitSet;
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
/// A signature over the body does not survive it: so a multipart/signed is not changed, and the
/// message cannot go. Read once from front to back, in bounded memory.
final class SevenBit {
  private static final byte[] CRLF = {'\r', '\n'};

  private final Message message;
  private final List<Part> leaves = new ArrayList<>();
  private final BitSet eightBit = new BitSet();

  private SevenBit(Message message) {
    this.message = message;
  }

  /// Empty if the message cannot be changed without damage.
  static Optional<SevenBit> of(Message message) throws IOException {
    SevenBit plan = new SevenBit(message);
    Part root = message.structure().root();
    plan.collect(root);
    plan.findEightBit();
    return plan.isPossible(root) ? Optional.of(plan) : Optional.empty();
  }

  private void collect(Part part) {
    if (part.children().isEmpty()) {
      leaves.add(part);
    }
    part.children().forEach(this::collect);
  }

  private void findEightBit() throws IOException {
    byte[] buffer = new byte[16_384];
    long offset = 0;
    int leaf = 0;
    try (InputStream bytes = message.open()) {
      for (int count = bytes.read(buffer); count >= 0; count = bytes.read(buffer)) {
        for (int i = 0; i < count; i++) {
          if (buffer[i] < 0) {
            while (leaf < leaves.size() && leaves.get(leaf).bodyEnd() <= offset + i) {
              leaf++;
            }
            if (leaf < leaves.size() && leaves.get(leaf).bodyStart() <= offset + i) {
              eightBit.set(leaf);
            }
          }
        }
        offset += count;
      }
    }
  }

  private boolean isPossible(Part part) {
    boolean untouchable =
        (part.isMultipart() && (part.children().isEmpty() || part.subtype().equals("signed")))
            || (part.type().equals("message") && !part.isMessage())
            || part.encoding().filter(SevenBit::isEncoded).isPresent();
    return untouchable ? !changes(part) : part.children().stream().allMatch(this::isPossible);
  }

  private static boolean isEncoded(String encoding) {
    return encoding.equals("base64") || encoding.equals("quoted-printable");
  }

  private boolean changes(Part part) {
    for (int leaf = eightBit.nextSetBit(0); leaf >= 0; leaf = eightBit.nextSetBit(leaf + 1)) {
      Part changed = leaves.get(leaf);
      if (changed.headerStart() >= part.headerStart() && changed.bodyEnd() <= part.bodyEnd()) {
        return true;
      }
    }
    return false;
  }

  void writeTo(OutputStream out) throws IOException {
    try (InputStream bytes = message.open()) {
      new Writing(bytes, out).part(message.structure().root(), /* root= */ true);
    }
  }

  private final class Writing {
    private final InputStream bytes;
    private final OutputStream out;
    private final byte[] buffer = new byte[16_384];
    private long offset;

    private Writing(InputStream bytes, OutputStream out) {
      this.bytes = bytes;
      this.out = out;
    }

    private void part(Part part, boolean root) throws IOException {
      if (!changes(part)) {
        copy(part.bodyEnd(), out);
      } else if (part.children().isEmpty()) {
        boolean text = part.type().equals("text");
        header(part, text ? "quoted-printable" : "base64", root);
        encode(
            part.bodyEnd(),
            text ? TransferEncoding::quotedPrintable : TransferEncoding::base64,
            text);
      } else {
        header(part, "7bit", root);
        for (Part child : part.children()) {
          between(child.headerStart());
          part(child, /* root= */ false);
        }
        between(part.bodyEnd());
      }
    }

    /// The header with another encoding, and with what old mail lacks that has 8-bit text and no
    /// MIME (RFC 1428).
    private void header(Part part, String encoding, boolean root) throws IOException {
      byte[] header = bytes.readNBytes((int) (part.bodyStart() - offset));
      offset = part.bodyStart();
      List<String> defaults = new ArrayList<>();
      if (root) {
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
            buffer[i] = '?';
          }
        }
        out.write(buffer, 0, count);
      }
    }

    private void encode(long end, UnaryOperator<OutputStream> encoding, boolean text)
        throws IOException {
      try (OutputStream encoded = encoding.apply(out)) {
        copy(end, encoded);
      }
      if (!text) {
        out.write(CRLF);
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
