package org.posthorn.storage.queue;

import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.memory.InMemoryEngine;

final class InMemoryQueueStoreTest implements QueueStoreContract {
  @Override
  public Engine emptyEngine() {
    return new InMemoryEngine();
  }
}
