package org.posthorn.storage.backup;

import java.time.Instant;

/// One run as `list` shows it. `changed` of the `accounts` were saved anew or had an increment, in
/// `rowBytes` and `contentBytes` of new files; `messages` and `sizeBytes` are what all accounts
/// have. `unread` contents, accounts, domains and [SystemPart]s could not be read on the server:
/// they are missing, or are as they were in the run before. `problem` is empty unless the run
/// cannot be read.
public record Run(
    String id,
    String serverVersion,
    Instant begun,
    Instant ended,
    boolean first,
    long domains,
    long accounts,
    long changed,
    long messages,
    long sizeBytes,
    long contents,
    long rowBytes,
    long contentBytes,
    long unread,
    String problem) {
  static Run unreadable(String id, String problem) {
    return new Run(id, "", Instant.EPOCH, Instant.EPOCH, false, 0, 0, 0, 0, 0, 0, 0, 0, 0, problem);
  }
}
