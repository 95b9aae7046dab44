package org.posthorn.storage.account;

/// Which UIDs became which.
final class Pairs implements AccountDraft.Moved {
  private final long uidValidity;
  private final long[] fromUids;
  private final long[] toUids;

  Pairs(long uidValidity, long[] fromUids, long[] toUids) {
    this.uidValidity = uidValidity;
    this.fromUids = fromUids;
    this.toUids = toUids;
  }

  @Override
  public long uidValidity() {
    return uidValidity;
  }

  @Override
  public long[] fromUids() {
    return fromUids.clone();
  }

  @Override
  public long[] toUids() {
    return toUids.clone();
  }

  UidSet from() {
    return UidSet.ofAscending(fromUids);
  }

  UidSet to() {
    return UidSet.ofAscending(toUids);
  }
}
