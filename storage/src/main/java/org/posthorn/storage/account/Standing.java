package org.posthorn.storage.account;

/// How an account stands: what followers compare with what they have reached. `exactSince` is the
/// version from which on its history is whole (0: all of it), `lastEmailId` the highest id that was
/// given out to an email; ids only grow within an epoch.
public record Standing(long version, int epoch, long exactSince, long lastEmailId) {
  static Standing of(AccountRow row) {
    return new Standing(row.version(), row.epoch(), row.exactSince(), row.nextEmailId() - 1);
  }
}
