package org.posthorn.storage.account;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.posthorn.storage.engine.Batch;

/// What a draft does to the keys of URLs that others may read with (RFC 4467). No event tells of
/// them: the history must not keep what is to be forgotten. Confined to the draft's thread.
final class DraftAccessKeys {
  private final Edited<Map<AccessKey.Place, byte[]>> keys;
  private final AccountKey key;
  private final Batch rows;

  DraftAccessKeys(Map<AccessKey.Place, byte[]> base, AccountKey key, Batch rows) {
    this.keys = new Edited<>(base, HashMap::new);
    this.key = key;
    this.rows = rows;
  }

  Map<AccessKey.Place, byte[]> now() {
    return keys.now();
  }

  boolean isChanged() {
    return keys.isChanged();
  }

  /// The one of a place, or a new one.
  AccessKey of(AccessKey.Place place, boolean anew) {
    byte[] rowKey = Keys.accessKey(place);
    byte[] row = keys.now().get(place);
    if (row != null && !anew) {
      return AccessKey.of(key.openSecret(row, rowKey));
    }
    if (row == null && keys.now().size() >= AccessKey.MAX_IN_ACCOUNT) {
      throw new MailboxException.LimitReached("There are too many access keys: reset them");
    }
    AccessKey made = AccessKey.random();
    byte[] closed = key.closeSecret(made.secret(), rowKey, rows);
    rows.put(rowKey, closed);
    keys.writable().put(place, closed);
    return made;
  }

  void forgetAll() {
    List.copyOf(keys.now().keySet()).forEach(this::forget);
  }

  void forget(AccessKey.Place place) {
    if (keys.now().containsKey(place)) {
      keys.writable().remove(place);
      rows.delete(Keys.accessKey(place));
    }
  }
}
