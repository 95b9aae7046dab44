package org.posthorn.message.mime;

import java.util.ArrayList;
import java.util.List;

/// The stored form of a [MessageStructure]: compact, versioned by its first byte.
///
/// Version 1: numbers are unsigned LEB128, texts are UTF-8 behind their length plus one, where 0
/// stands for an absent text. Offsets are differences: of a header to its parent's body, of a body
/// to its header.
///
/// Version 2: the ids of References in their order; in version 1 there were those that
/// [MessageStructure#related] tells.
///
/// Version 3, of long structures: they were made with room for all that [Budget] has room for. The
/// programs before it had less, and left out the last parts and what was said of them.
public final class StructureCodec {
  /// No encoding is longer. What [StructureScanner] makes always fits; of another structure the
  /// deepest parts and then the last ones are folded into those that hold them.
  public static final int BYTES_MAX = Budget.PARTS_BYTES + Budget.ENVELOPES_BYTES + (32 << 10);

  private static final int VERSION_1 = 1;
  private static final int VERSION_2 = 2;
  private static final int VERSION_3 = 3;

  /// The first programs had room for ten times as much at least, so a shorter one is whole.
  private static final int LONG_BYTES = 4 << 10;

  private StructureCodec() {}

  public static byte[] encode(MessageStructure structure) {
    byte[] encoded = encodeWhole(structure);
    MessageStructure smaller = structure;
    while (encoded.length > BYTES_MAX) {
      smaller = Folding.smaller(smaller);
      encoded = encodeWhole(smaller);
    }
    if (encoded.length >= LONG_BYTES) {
      encoded[0] = VERSION_3;
    }
    return encoded;
  }

  /// Whether an older program may have left out what [StructureScanner] tells of now: parts, or of
  /// a multipart without parts the text as preview. It is not known of which structures that is so,
  /// so whoever wants all has to scan the message again. `decoded` is what [#decode] makes of it.
  public static boolean mayLack(byte[] encoded, MessageStructure decoded) {
    return encoded[0] < VERSION_3
        && (encoded.length >= LONG_BYTES
            || (decoded.preview().isEmpty() && hasTextAsMultipart(decoded.root())));
  }

  private static boolean hasTextAsMultipart(Part part) {
    return part.isMultipart()
        && (part.children().isEmpty()
            ? part.bodyStart() < part.bodyEnd()
            : part.children().stream().anyMatch(StructureCodec::hasTextAsMultipart));
  }

  private static byte[] encodeWhole(MessageStructure structure) {
    CodecOutput out = new CodecOutput();
    out.number(VERSION_2);
    out.number(structure.sizeBytes());
    out.text(structure.preview());
    out.number(structure.hasAttachment() ? 1 : 0);
    out.texts(structure.references());
    PartCodec.write(structure.root(), 0, out);
    return out.bytes();
  }

  /// Throws `IllegalArgumentException` for bytes that [#encode] of this or an older program did not
  /// make.
  public static MessageStructure decode(byte[] bytes) {
    CodecInput in = new CodecInput(bytes);
    long version = in.number();
    if (version < VERSION_1 || version > VERSION_3) {
      throw new IllegalArgumentException(
          "Message structure of version " + version + ", this program reads versions 1 to 3");
    }
    long sizeBytes = in.number();
    String preview = in.text();
    boolean hasAttachment = in.number() == 1;
    List<String> references = new ArrayList<>(in.texts());
    Part root = PartCodec.read(in, 0, 0);
    in.end();
    List<String> ordered =
        version == VERSION_1 && root.envelope().isPresent()
            ? References.fromRelated(root.envelope().get(), references)
            : references;
    return new MessageStructure(sizeBytes, root, preview, hasAttachment, ordered);
  }
}
