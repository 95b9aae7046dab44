package org.posthorn.storage.remember;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What a change wrote on top of the changes before it that wait for the same commit. Once that is
/// durable the engine knows better, and the layer is empty. Used by one round at a time.
final class Layer {
  private Map<String, Optional<StoredValue>> written;
  private @Nullable Layer below;

  private Layer(Map<String, Optional<StoredValue>> written, @Nullable Layer below) {
    this.written = written;
    this.below = below;
  }

  static Layer none() {
    return new Layer(Map.of(), null);
  }

  Layer with(Map<String, Optional<StoredValue>> more) {
    return new Layer(more, this);
  }

  /// What was written under a key, or what `otherwise` says when nothing was.
  Optional<StoredValue> find(String key, Supplier<Optional<StoredValue>> otherwise) {
    for (Layer layer = this; layer != null; layer = layer.below) {
      if (layer.written.containsKey(key)) {
        return layer.written.getOrDefault(key, Optional.empty());
      }
    }
    return otherwise.get();
  }

  void settle() {
    written = Map.of();
    below = null;
  }
}
