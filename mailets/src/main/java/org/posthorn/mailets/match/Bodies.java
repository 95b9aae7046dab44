package org.posthorn.mailets.match;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.posthorn.mailet.Message;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.TransferDecoding;

/// The bodies of a message, one after the other, in one reading of its bytes.
final class Bodies {
  private Bodies() {}

  /// Looks at a part that has no parts, and at its body without its transfer encoding. Need not
  /// read the body to its end.
  @FunctionalInterface
  interface Test {
    boolean test(Part part, InputStream body) throws IOException;
  }

  /// Whether one of them is meant; those behind it are not looked at.
  static boolean any(Message message, Test test) {
    Message seen = FullStructure.view(message).orElse(message);
    List<Part> leaves = new ArrayList<>();
    addLeaves(seen.structure().root(), leaves);
    try (InputStream in = seen.open()) {
      long at = 0;
      for (Part leaf : leaves) {
        in.skipNBytes(leaf.bodyStart() - at);
        var body = new Piece(in, leaf.bodyBytes());
        if (test.test(leaf, TransferDecoding.decoded(body, leaf.encoding().orElse("7bit")))) {
          return true;
        }
        at = leaf.bodyEnd() - body.left();
      }
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// In the order of their bytes.
  private static void addLeaves(Part part, List<Part> leaves) {
    if (part.children().isEmpty()) {
      leaves.add(part);
    }
    part.children().forEach(child -> addLeaves(child, leaves));
  }
}
