package org.posthorn.spool;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.posthorn.mailet.Store;
import org.posthorn.spool.plugin.Fence;
import org.posthorn.storage.remember.PluginStore;
import org.posthorn.storage.remember.StoreDraft;

/// What one plugin keeps for good.
record NamedStore(PluginStore values) implements Store {
  @Override
  public Optional<String> find(String key) {
    return values.find(key);
  }

  @Override
  public List<Entry> list(String prefix, Optional<String> after, int limit) {
    if (limit < 1 || limit > LIST_MAX) {
      throw new IllegalArgumentException("A list has 1 to " + LIST_MAX + " entries, not " + limit);
    }
    List<Entry> found = new ArrayList<>();
    values.list(prefix, after, limit, (key, value) -> found.add(new Entry(key, value)));
    return List.copyOf(found);
  }

  @Override
  public <R> R change(Function<Draft, R> edit) {
    return values.change(draft -> {
      R answer = edit.apply(new NamedDraft(draft));
      Fence.refuseGivenUp();
      return answer;
    });
  }

  private record NamedDraft(StoreDraft draft) implements Draft {
    @Override
    public Optional<String> find(String key) {
      return draft.find(key);
    }

    @Override
    public void put(String key, String value) {
      draft.put(key, value);
    }

    @Override
    public void put(String key, String value, Duration keep) {
      draft.put(key, value, keep);
    }

    @Override
    public void remove(String key) {
      draft.remove(key);
    }
  }
}
