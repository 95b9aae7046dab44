package org.posthorn.storage.account;

import org.posthorn.message.ContentId;
import org.posthorn.message.mime.MessageStructure;

/// The content of a message, shared by all its placements in an account. `prefix` are header lines
/// (with CRLF) that stand before the content's bytes; `structure` speaks of the whole: its offsets
/// count from the first byte of the prefix, and `sizeBytes` is prefix plus content.
///
/// The structure is not `structureKnown` when it lies with a content that is damaged or gone: then
/// one part, of which nothing is known but its size, stands in for it.
public record Email(
    long id,
    ContentId content,
    String prefix,
    long sizeBytes,
    MessageStructure structure,
    long threadId,
    boolean structureKnown) {
  public Email(
      long id,
      ContentId content,
      String prefix,
      long sizeBytes,
      MessageStructure structure,
      long threadId) {
    this(id, content, prefix, sizeBytes, structure, threadId, true);
  }
}
