package org.posthorn.storage.directory;

import java.util.function.UnaryOperator;
import org.posthorn.storage.memory.InMemoryEngine;

final class InMemoryDirectoryTest implements DirectoryContract {
  @Override
  public DirectoryHouse house() {
    return new DirectoryHouse(new InMemoryEngine(), UnaryOperator.identity());
  }
}
