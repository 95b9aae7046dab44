package org.posthorn.message.mime;

/// What clients ask for again and again, computed once when the message comes in: the tree of parts
/// with byte offsets, the envelope, a preview of the text, the ids that make threads.
///
/// `preview` is at most 200 characters of the first text part (RFC 8970 §3.1), decoded;
/// `hasAttachment` is whether a person would see a paper clip.
public record MessageStructure(
    long sizeBytes,
    Part root,
    String preview,
    boolean hasAttachment,
    java.util.List<String> references) {
  /// The root's envelope.
  public Envelope envelope() {
    return root.envelope().orElseThrow();
  }
}
