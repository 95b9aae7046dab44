package org.posthorn.storage.follow;

import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.memory.InMemoryEngine;

final class InMemoryFollowerTest implements FollowerContract {
  @Override
  public Engine engine() {
    return new InMemoryEngine();
  }
}
