package org.posthorn.message.mime;

/// Finds the structure of a message while its bytes go by: any bytes, in linear time and bounded
/// memory. Used by one thread at a time.
public final class StructureScanner {
  private long sizeBytes;

  public void update(byte[] bytes, int offset, int length) {
    sizeBytes += length;
  }

  /// The structure of all that was seen. Never fails: what is no message is a message with an odd
  /// body.
  public MessageStructure finish() {
    throw new IllegalStateException("SEAM " + sizeBytes);
  }
}
