package org.posthorn.mailet;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/// What a plugin keeps for good: values by key, in the order of the keys' UTF-8 bytes. Durable when
/// a call returns, in backups, and the same for all servers of a cluster. Safe for use by many
/// threads.
///
/// The least there is:
///
/// ```java
/// Store store = services.store("acme.tickets");
/// store.put("ticket/17", "open");
/// ```
///
/// Several keys as one step, here a counter and what it counts:
///
/// ```java
/// int number = store.change(draft -> {
///   int next = draft.find("last").map(Integer::parseInt).orElse(0) + 1;
///   draft.put("last", String.valueOf(next));
///   draft.put("ticket/" + next, mail.id().value(), Duration.ofDays(90));
///   return next;
/// });
/// for (Store.Entry ticket : store.list("ticket/", Optional.empty(), 100)) {
///   …
/// }
/// ```
///
/// A [Memory] is for the other kind of thing: what comes and goes with every connection, and does
/// no harm when its last seconds are lost. It costs no disk access; a change here waits for one,
/// which it shares with whoever else is waiting.
public interface Store {
  /// UTF-8 bytes of a key.
  int KEY_MAX_BYTES = 255;

  /// UTF-8 bytes of a value.
  int VALUE_MAX_BYTES = 32 << 10;

  /// Keys that one change may write.
  int CHANGE_MAX_KEYS = 500;

  /// UTF-8 bytes of the keys and values that one change may write.
  int CHANGE_MAX_BYTES = 512 << 10;

  /// Entries that [#list] gives at once.
  int LIST_MAX = 1_000;

  Optional<String> find(String key);

  /// What is there under keys that begin with `prefix` (empty: all) and come after `after`, in
  /// order; at most `limit`, which is 1 to [#LIST_MAX]. Go on after the last key of a full list.
  List<Entry> list(String prefix, Optional<String> after, int limit);

  /// Makes a change as a whole or not at all: reads and writes of `edit` see no other change come
  /// between. Durable when it returns what `edit` returned; what `edit` throws, it throws, and
  /// nothing was changed.
  ///
  /// `edit` may be called more than once, and others wait for it: it does nothing but look at the
  /// draft and write to it. One that takes longer than 10 seconds is given up, nothing was changed,
  /// the others go on, and the caller gets an `IllegalStateException` when it ends. Throws
  /// `IllegalArgumentException` when keys, values or the whole change are larger than they may be,
  /// and `IllegalStateException` when it is called within a change of the same store.
  <R> R change(Function<Draft, R> edit);

  /// A change that returns nothing.
  default void update(Consumer<Draft> edit) {
    var _ =
        change(draft -> {
          edit.accept(draft);
          return Boolean.TRUE;
        });
  }

  default void put(String key, String value) {
    update(draft -> draft.put(key, value));
  }

  default void remove(String key) {
    update(draft -> draft.remove(key));
  }

  /// What stands under a key.
  record Entry(String key, String value) {}

  /// A change while it is made: shows what is there together with what was written to it. Of no use
  /// after the edit.
  interface Draft {
    Optional<String> find(String key);

    /// For good.
    void put(String key, String value);

    /// Until `keep` from now has passed.
    void put(String key, String value, Duration keep);

    void remove(String key);
  }
}
