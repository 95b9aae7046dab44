package org.posthorn.mailets.smime;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Message;
import org.posthorn.mailets.content.Pumped;
import org.posthorn.mailets.content.Rewritten;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.TransferEncoding;

/// Makes a message ready to be signed (RFC 8551 §3.1.3): bodies that have bytes of eight bits
/// become quoted-printable if they are text, and base64 if not, so nobody on the way has a reason
/// to change them. All other bytes stay. Used by one thread.
final class SevenBits {
  private static final int HEADER_MAX = 256 << 10;

  private final Message message;
  private final List<Part> leaves = new ArrayList<>();
  private final BitSet eight = new BitSet();
  private boolean elsewhere;

  private SevenBits(Message message) {
    this.message = message;
  }

  /// Empty if it cannot be done without damage: the bytes are outside of what is known of the
  /// message, in a header inside, or in something that says to be encoded.
  static Optional<Message> of(Message message) throws IOException {
    Part root = message.structure().root();
    var plan = new SevenBits(message);
    plan.collect(root);
    plan.look(root.bodyStart());
    if (plan.elsewhere || !plan.isPossible(root)) {
      return Optional.empty();
    }
    List<Rewritten.Edit> edits = new ArrayList<>();
    plan.edits(root, edits);
    return Optional.of(edits.isEmpty() ? message : Rewritten.of(message, edits));
  }

  private void collect(Part part) {
    if (part.children().isEmpty()) {
      leaves.add(part);
    }
    part.children().forEach(this::collect);
  }

  /// Finds the leaves with bytes of eight bits, from the body of the message on.
  private void look(long from) throws IOException {
    byte[] buffer = new byte[16_384];
    int leaf = 0;
    long offset = from;
    try (InputStream bytes = message.open()) {
      bytes.skipNBytes(from);
      for (int count = bytes.read(buffer); count >= 0; count = bytes.read(buffer)) {
        for (int i = 0; i < count; i++) {
          if (buffer[i] < 0) {
            while (leaf < leaves.size() && leaves.get(leaf).bodyEnd() <= offset + i) {
              leaf++;
            }
            boolean inside = leaf < leaves.size() && leaves.get(leaf).bodyStart() <= offset + i;
            elsewhere |= !inside;
            eight.set(inside ? leaf : leaves.size());
          }
        }
        offset += count;
      }
    }
  }

  private boolean isPossible(Part part) {
    if (!changes(part)) {
      return true;
    }
    boolean untouchable =
        part.bodyStart() - part.headerStart() > HEADER_MAX
            || (part.isMultipart()
                && (part.children().isEmpty() || part.subtype().equals("signed")))
            || (part.type().equals("message") && !part.isMessage())
            || part.encoding().filter(SevenBits::isEncoded).isPresent();
    return !untouchable && part.children().stream().allMatch(this::isPossible);
  }

  private static boolean isEncoded(String encoding) {
    return encoding.equals("base64") || encoding.equals("quoted-printable");
  }

  private boolean changes(Part part) {
    for (int leaf = eight.nextSetBit(0);
        leaf >= 0 && leaf < leaves.size();
        leaf = eight.nextSetBit(leaf + 1)) {
      Part changed = leaves.get(leaf);
      if (changed.headerStart() >= part.headerStart() && changed.bodyEnd() <= part.bodyEnd()) {
        return true;
      }
    }
    return false;
  }

  private void edits(Part part, List<Rewritten.Edit> edits) {
    if (!changes(part)) {
      return;
    }
    boolean leaf = part.children().isEmpty();
    String encoding = !leaf ? "7bit" : part.type().equals("text") ? "quoted-printable" : "base64";
    List<String> missing = new ArrayList<>();
    if (leaf) {
      missing.add("Content-Type: text/plain; charset=unknown-8bit");
    }
    edits.add(
        new Rewritten.Edit(
            part.headerStart(),
            part.bodyStart(),
            old ->
                new ByteArrayInputStream(
                    TransferEncoding.header(old.readAllBytes(), encoding, missing))));
    if (leaf) {
      edits.add(
          new Rewritten.Edit(
              part.bodyStart(), part.bodyEnd(), old -> Pumped.encoded(old, encoding)));
    }
    part.children().forEach(child -> edits(child, edits));
  }
}
