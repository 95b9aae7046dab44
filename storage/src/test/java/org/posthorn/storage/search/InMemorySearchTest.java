package org.posthorn.storage.search;

import java.util.Optional;
import org.posthorn.storage.memory.InMemoryEngine;

final class InMemorySearchTest implements MailSearchContract {
  @Override
  public SearchHouse house() {
    return new SearchHouse(new InMemoryEngine(), Optional.empty());
  }
}
