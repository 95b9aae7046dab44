package org.posthorn.storage.memory;

import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.EngineContract;

final class InMemoryEngineTest implements EngineContract {
  @Override
  public Engine emptyEngine() {
    return new InMemoryEngine();
  }
}
