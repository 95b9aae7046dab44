package org.posthorn.storage.content;

import org.posthorn.message.ContentId;
import org.posthorn.message.mime.MessageStructure;

/// Bytes that are in the store, and what was found in them while they came in. Offsets in the
/// structure count from the first byte of the content.
public record StoredContent(ContentId id, long sizeBytes, MessageStructure structure) {}
