package org.posthorn.storage.remember;

import java.time.InstantSource;
import java.util.Optional;
import org.posthorn.storage.engine.Batch;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.engine.PartitionOwner;

/// How the rows of a [PluginStore] are changed. Nothing of them is kept in memory.
record StoreKeeper(Engine engine, Partition partition, InstantSource clock)
    implements PartitionOwner.Keeper<Layer, StoreDraft> {
  @Override
  public Layer load(Engine same, Partition mine) {
    return Layer.none();
  }

  @Override
  public StoreDraft draft(Layer state) {
    return new StoreDraft(engine, partition, clock, state);
  }

  @Override
  public Optional<PartitionOwner.Step<Layer>> finish(StoreDraft draft) {
    if (draft.written().isEmpty()) {
      return Optional.empty();
    }
    var rows = new Batch();
    draft
        .written()
        .forEach((key, value) ->
            value.ifPresentOrElse(
                there -> rows.put(PluginStore.utf8(key), there.row()),
                () -> rows.delete(PluginStore.utf8(key))));
    return Optional.of(new PartitionOwner.Step<>(draft.base().with(draft.written()), rows));
  }

  @Override
  public void published(Layer before, Layer after) {
    after.settle();
  }
}
