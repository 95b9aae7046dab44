package org.posthorn.storage.search;

import java.util.Map;
import java.util.Optional;
import org.posthorn.storage.extract.Extracted.Outcome;

/// How it is with the text of attachments: whether it is wanted; why it is not found, or not read
/// at present; emails with attachments that were read or tried; for each thing that went wrong, in
/// how many emails it did; accounts that wait, and whether all were looked at since the start;
/// bytes on disk.
public record AttachmentStatus(
    boolean enabled,
    Optional<String> trouble,
    int emails,
    Map<Outcome, Integer> failures,
    int accountsWaiting,
    boolean complete,
    long sizeBytes) {
  /// Nothing is read.
  static AttachmentStatus none(boolean enabled, Optional<String> trouble) {
    return new AttachmentStatus(enabled, trouble, 0, Map.of(), 0, false, 0);
  }
}
