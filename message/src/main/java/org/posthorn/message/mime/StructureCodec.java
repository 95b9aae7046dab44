package org.posthorn.message.mime;

/// The stored form of a [MessageStructure]: compact, versioned by its first byte.
public final class StructureCodec {
  private StructureCodec() {}

  public static byte[] encode(MessageStructure structure) {
    throw new IllegalStateException("SEAM " + structure);
  }

  public static MessageStructure decode(byte[] bytes) {
    throw new IllegalStateException("SEAM " + bytes.length);
  }
}
