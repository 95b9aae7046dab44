package org.posthorn.imap.view;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.storage.account.UidSet;

/// Who hears of news in the selected mailbox, by the tags of the commands that brought them. Used
/// by one thread at a time.
public final class Watchers {
  private final Map<String, Watcher> all = new LinkedHashMap<>();

  /// One who hears of news, from whoever tells the client of them.
  public interface Watcher {
    /// How many messages it keeps in memory.
    int results();

    /// Some messages are about to be told as gone: their numbers still count.
    void beforeGone(UidSet gone, ImapWriter writer) throws IOException;

    /// These messages, by the indexes that the client has for them now, are new or have changed,
    /// which it has been told.
    void changed(int[] indexes, ImapWriter writer) throws IOException;
  }

  public void add(String tag, Watcher watcher) {
    all.put(tag, watcher);
  }

  public boolean has(String tag) {
    return all.containsKey(tag);
  }

  public void remove(String tag) {
    all.remove(tag);
  }

  public int count() {
    return all.size();
  }

  /// How many messages all of them keep in memory.
  public int results() {
    return all.values().stream().mapToInt(Watcher::results).sum();
  }

  void removeAll() {
    all.clear();
  }

  void beforeGone(UidSet gone, ImapWriter writer) throws IOException {
    for (Watcher watcher : all.values()) {
      watcher.beforeGone(gone, writer);
    }
  }

  void changed(int[] indexes, ImapWriter writer) throws IOException {
    for (Watcher watcher : all.values()) {
      watcher.changed(indexes, writer);
    }
  }
}
