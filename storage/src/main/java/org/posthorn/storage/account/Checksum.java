package org.posthorn.storage.account;

/// Sums that prove two copies of a mailbox equal, whatever the order in which they came about: each
/// placement and email gives a number, and the sum of all (modulo 2^64) is kept with every change.
/// Part of the stored format: the numbers never change. Against accidents, not against forgery.
final class Checksum {
  private static final long FNV_START = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private Checksum() {}

  /// What one placement adds to its mailbox.
  static long ofPlacement(
      long uid, long emailId, Flags flags, long modSeq, long sizeBytes, long internalMillis) {
    long sum = mix(uid);
    sum = mix(sum + emailId);
    sum = mix(sum + flags.stableHash());
    sum = mix(sum + modSeq);
    sum = mix(sum + sizeBytes);
    return mix(sum + internalMillis);
  }

  /// What one email adds to its account.
  static long ofEmail(long id, String contentId, long sizeBytes, String prefix) {
    long sum = mix(id);
    sum = mix(sum + ofText(contentId));
    sum = mix(sum + sizeBytes);
    return mix(sum + ofText(prefix));
  }

  /// What one mailbox adds to its account.
  static long ofMailbox(int id, String name, long uidValidity, long uidNext, long placements) {
    long sum = mix(id);
    sum = mix(sum + ofText(name));
    sum = mix(sum + uidValidity);
    sum = mix(sum + uidNext);
    return mix(sum + placements);
  }

  static long ofText(String text) {
    long sum = FNV_START;
    for (int i = 0; i < text.length(); i++) {
      sum = (sum ^ text.charAt(i)) * FNV_PRIME;
    }
    return mix(sum);
  }

  /// Spreads each bit of the input over all bits (the finalizer of SplitMix64).
  static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
