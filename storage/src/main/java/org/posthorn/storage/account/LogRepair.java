package org.posthorn.storage.account;

import java.util.ArrayList;
import java.util.List;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Page;

/// Puts the log of an account right: what cannot be read of it, and what is missing, is replaced by
/// changes that say nothing. Used by one thread.
final class LogRepair {
  /// Of changes that are lost one behind the other: a number that is damaged may be any.
  private static final int FILLED_MAX = 1_000_000;

  private final Rows rows;
  private final RepairRows written;
  private long lastLogged;
  private long highestVersion;

  /// The history is whole from `exactSince` on; `highestVersion` is known from other rows.
  LogRepair(Rows rows, RepairRows written, long exactSince, long highestVersion) {
    this.rows = rows;
    this.written = written;
    this.lastLogged = exactSince;
    this.highestVersion = highestVersion;
  }

  /// Up to the highest version that any row knows of, which it returns: a repair that was
  /// interrupted may have written some of a version that the account does not say yet.
  long run() {
    var pieces = new ArrayList<Page.Row>();
    rows.each(
        Keys.changes(),
        row -> {
          if (!pieces.isEmpty() && version(pieces.getFirst()) != version(row)) {
            change(pieces);
          }
          pieces.add(row);
        });
    change(pieces);
    fillLog(highestVersion + 1);
    return highestVersion;
  }

  static long version(Page.Row change) {
    return change.key().length == 11 ? Keys.longAt(change.key(), 1) : 0;
  }

  private void change(List<Page.Row> pieces) {
    if (pieces.isEmpty()) {
      return;
    }
    long version = version(pieces.getFirst());
    fillLog(version);
    lastLogged = version;
    try {
      var read = new ChangePieces();
      pieces.forEach(piece -> read.add(piece));
      if (read.end().isEmpty()) {
        throw new StorageUnavailable("there is nothing in it");
      }
    } catch (StorageUnavailable
        | MailboxException
        | IllegalArgumentException
        | IndexOutOfBoundsException e) {
      notReadable(version, pieces, String.valueOf(e.getMessage()));
    }
    highestVersion = Math.max(highestVersion, version);
    pieces.clear();
  }

  private void notReadable(long version, List<Page.Row> pieces, String why) {
    if (Repair.isNewer(why)) {
      // Nothing is counted from it, so the rest can be put right all the same.
      written.say("Change %d of the log was left as it is: %s".formatted(version, why));
      return;
    }
    pieces.forEach(written::setAside);
    written.log(version, List.of());
    written.tell("Change %d of the log was set aside: %s".formatted(version, why));
  }

  /// Changes that are missing before one are there and say nothing.
  private void fillLog(long before) {
    long first = lastLogged + 1;
    long filledUntil = Math.min(before, first + FILLED_MAX);
    for (long lost = first; lost < filledUntil; lost++) {
      written.log(lost, List.of());
      written.fixed();
    }
    if (first + 1 < filledUntil) {
      written.say(
          "Changes %d to %d of the log are lost: there are ones that say nothing now"
              .formatted(first, filledUntil - 1));
    } else if (first < filledUntil) {
      written.say("Change " + first + " of the log is lost: there is one that says nothing now");
    }
    if (filledUntil < before) {
      written.say(
          "Changes %d to %d of the log are lost too: repair the account again"
              .formatted(filledUntil, before - 1));
    }
  }
}
