package org.posthorn.smtp.outbound;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.posthorn.mailet.Message;
import org.posthorn.message.Headers;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.StructureScanner;

/// A part of a message, and where it has bytes outside ASCII: `own` if its body has, or what stands
/// around the parts in it; `changes` if it or one of these has, so that something in it must become
/// another. Headers do not count.
record EightBitPart(Part part, boolean own, boolean changes, List<EightBitPart> inner) {
  /// Characters that may stand in the place of a byte outside ASCII, the usual one first.
  private static final String SUBSTITUTES = "?*#!$%&;<>@[]^`{|}~";

  static EightBitPart rootOf(Message message) throws IOException {
    try (InputStream bytes = message.open()) {
      return new Search(bytes).part(message.structure().root());
    }
  }

  boolean isEncoded() {
    return part.encoding()
        .filter(name -> name.equals("base64") || name.equals("quoted-printable"))
        .isPresent();
  }

  /// Whether it is lines that a person may read, as reports on international mail are too (RFC 6533
  /// §3).
  boolean isText() {
    return part.type().equals("text") || isInternationalReport();
  }

  private boolean isInternationalReport() {
    return part.type().equals("message") && part.subtype().startsWith("global-");
  }

  /// Why a message of which this is the root cannot be put into seven bits without damage: what it
  /// has or is. Empty if it can.
  Optional<String> obstacle() {
    if (!changes) {
      return Optional.empty();
    }
    // What is left out of the structure looks like something that nobody is shown.
    if (!StructureScanner.hadRoomFor(part)) {
      return Optional.of("has too many parts");
    }
    return substitute().isEmpty() ? Optional.of("has boundaries of all characters") : obstacle(1);
  }

  private Optional<String> obstacle(int depth) {
    if (!changes) {
      return Optional.empty();
    }
    if (part.bodyStart() - part.headerStart() >= Headers.BYTES_MAX) {
      return Optional.of("has a part with too long a header");
    }
    if (inner.isEmpty()) {
      return ownObstacle(depth);
    }
    if (part.subtype().equals("signed") && inner.stream().anyMatch(EightBitPart::changes)) {
      return Optional.of("is signed");
    }
    if (own && !part.parameters().getOrDefault("boundary", "").chars().allMatch(c -> c < 128)) {
      return Optional.of("has a boundary that is not ASCII");
    }
    return inner.stream().flatMap(each -> each.obstacle(depth + 1).stream()).findFirst();
  }

  /// What stands in the place of a byte outside ASCII around the parts: as no boundary here has it,
  /// no line becomes a delimiter by it. Empty if there is no such character.
  OptionalInt substitute() {
    String boundaries = boundaries().collect(Collectors.joining());
    return SUBSTITUTES.chars().filter(c -> boundaries.indexOf(c) < 0).findFirst();
  }

  private Stream<String> boundaries() {
    return Stream.concat(
        Stream.ofNullable(part.parameters().get("boundary")),
        inner.stream().flatMap(EightBitPart::boundaries));
  }

  /// Of one that has no parts, or hides them.
  private Optional<String> ownObstacle(int depth) {
    if (part.isMultipart()) {
      return Optional.of(
          depth < StructureScanner.DEPTH_MAX
              ? "has a multipart whose parts cannot be told apart"
              : "has too many parts inside each other");
    }
    if (isEncoded() || isText() || !part.type().equals("message")) {
      return Optional.empty();
    }
    // That a whole message is not seen into has one reason only.
    return Optional.of(
        part.is("message/rfc822") || part.is("message/global")
            ? "has too many parts inside each other"
            : "has a part of type message/" + part.subtype() + ", which must be ASCII");
  }

  /// Reads a message once from front to back. Used by one thread.
  private static final class Search {
    private final InputStream bytes;
    private final byte[] buffer = new byte[16_384];
    private long offset;

    private Search(InputStream bytes) {
      this.bytes = bytes;
    }

    private EightBitPart part(Part part) throws IOException {
      bytes.skipNBytes(part.bodyStart() - offset);
      offset = part.bodyStart();
      boolean own = false;
      List<EightBitPart> inner = new ArrayList<>();
      for (Part child : part.children()) {
        own |= isEightBitTo(child.headerStart());
        inner.add(part(child));
      }
      own |= isEightBitTo(part.bodyEnd());
      boolean changes = own || inner.stream().anyMatch(EightBitPart::changes);
      return new EightBitPart(part, own, changes, List.copyOf(inner));
    }

    private boolean isEightBitTo(long end) throws IOException {
      boolean found = false;
      while (offset < end) {
        int count = bytes.read(buffer, 0, (int) Math.min(buffer.length, end - offset));
        if (count < 0) {
          throw new IOException("The message is shorter than it was");
        }
        offset += count;
        found = found || Contents.firstEightBit(buffer, count) < count;
      }
      return found;
    }
  }
}
