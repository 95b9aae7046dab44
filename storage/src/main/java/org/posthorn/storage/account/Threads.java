package org.posthorn.storage.account;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.posthorn.message.mime.MessageStructure;
import org.posthorn.storage.engine.Batch;

/// Which thread a message joins: that of any message whose id it names, or that names its id; else
/// it begins one, with the number of its email. Confined to one draft.
final class Threads {
  /// To read so many one by one takes less time than to ask for all of them at once.
  private static final int FEW = 4;

  private final Rows stored;
  private final Map<Long, Long> unwritten;
  private final Map<Long, Long> made = new HashMap<>();

  /// Read from the rows: they are not asked again for each message of a long thread.
  private final Map<Long, Long> seen = new HashMap<>();

  Threads(Rows stored, Map<Long, Long> unwritten) {
    this.stored = stored;
    this.unwritten = unwritten;
  }

  /// The thread of a new email; from now on all its ids lead there, unless they led elsewhere.
  long join(MessageStructure structure, long emailId, Batch rows) {
    var unknown = new ArrayList<Long>();
    long oldest = Long.MAX_VALUE;
    for (long id : ids(structure)) {
      Long thread = made.getOrDefault(id, unwritten.getOrDefault(id, seen.get(id)));
      if (thread == null) {
        unknown.add(id);
      } else {
        oldest = Math.min(oldest, thread);
      }
    }
    List<Optional<byte[]>> found = read(unknown);
    var fresh = new ArrayList<Long>();
    for (int i = 0; i < unknown.size(); i++) {
      if (found.get(i).isPresent()) {
        long known = Rows.number(found.get(i).get());
        seen.put(unknown.get(i), known);
        oldest = Math.min(oldest, known);
      } else {
        fresh.add(unknown.get(i));
      }
    }
    long thread = oldest == Long.MAX_VALUE ? emailId : oldest;
    for (long id : fresh) {
      made.put(id, thread);
      rows.put(Keys.thread(id), Rows.number(thread));
    }
    return thread;
  }

  private List<Optional<byte[]>> read(List<Long> ids) {
    List<byte[]> keys = ids.stream().map(Keys::thread).toList();
    return keys.size() <= FEW ? keys.stream().map(stored::get).toList() : stored.getAll(keys);
  }

  /// What this draft has added.
  Map<Long, Long> made() {
    return made;
  }

  private static Set<Long> ids(MessageStructure structure) {
    var ids = new LinkedHashSet<Long>();
    structure.envelope().messageId().ifPresent(id -> ids.add(Checksum.ofText(id.strip())));
    structure.related().forEach(id -> ids.add(Checksum.ofText(id.strip())));
    return ids;
  }
}
