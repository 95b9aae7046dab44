package org.posthorn.imap.view;

import org.posthorn.storage.account.Flags;

/// How news may be told now. `withUid`: the command named messages by UID, so its responses have it
/// (RFC 3501 §6.4.8); `known`: what the client knows because it did it itself.
public record News(Extent extent, boolean withUid, Known known) {
  /// What news may be told (RFC 3501 §7.4.1).
  public enum Extent {
    /// Nothing that changes how many messages there are: the command names some by number, or by
    /// `*`, and means those that the client knows of.
    FLAGS,
    /// Also new messages, but no EXPUNGE.
    ADDITIONS,
    ALL
  }

  /// What need not be told.
  @FunctionalInterface
  public interface Known {
    boolean contains(long uid, Flags flags);
  }

  public static News of(Extent extent, boolean withUid) {
    return new News(extent, withUid, (_, _) -> false);
  }

  public News but(Known nowKnown) {
    return new News(extent, withUid, nowKnown);
  }
}
