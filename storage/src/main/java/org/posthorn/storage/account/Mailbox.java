package org.posthorn.storage.account;

import org.jspecify.annotations.Nullable;

/// A mailbox as of one version: its row, and its placements while they are in memory. The row never
/// changes; the placements come and go, and are always those that belong to the row.
final class Mailbox {
  private final MailboxRow row;
  private volatile @Nullable Spine spine;

  Mailbox(MailboxRow row, @Nullable Spine spine) {
    this.row = row;
    this.spine = spine;
  }

  int id() {
    return row.id();
  }

  MailboxRow row() {
    return row;
  }

  /// Null when it is to be read first.
  @Nullable Spine spine() {
    return spine;
  }

  void keep(Spine loaded) {
    spine = loaded;
  }

  /// Makes room in memory.
  void drop() {
    spine = null;
  }
}
