package org.posthorn.storage.account;

/// A message that was taken out of a mailbox, as it was, and the version of the change that did it.
public record Vanished(
    long uid,
    long emailId,
    Flags flags,
    long modSeq,
    long sizeBytes,
    long internalMillis,
    long savedMillis,
    long goneVersion) {
  Vanished with(Flags other) {
    return new Vanished(
        uid, emailId, other, modSeq, sizeBytes, internalMillis, savedMillis, goneVersion);
  }

  static Vanished of(Placement gone, long goneVersion) {
    return new Vanished(
        gone.uid(),
        gone.emailId(),
        gone.flags(),
        gone.modSeq(),
        gone.sizeBytes(),
        gone.internalMillis(),
        gone.savedMillis(),
        goneVersion);
  }
}
