package org.posthorn.storage.directory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.engine.Engine;
import org.posthorn.storage.engine.ForwardingEngine;
import org.posthorn.storage.engine.Partition;
import org.posthorn.storage.memory.InMemoryEngine;

final class InMemoryDirectoryTest
    implements DirectoryContract, UserAccountsContract, ListBookContract {
  @Override
  public DirectoryHouse house() {
    return house(new InMemoryEngine());
  }

  private static DirectoryHouse house(Engine engine) {
    return new DirectoryHouse(engine, UnaryOperator.identity());
  }

  @Test
  void whatIsLeftOfADeletedDomainKeepsNoServerFromStarting() {
    var full = new AtomicBoolean();
    var engine =
        new ForwardingEngine(new InMemoryEngine()) {
          @Override
          public void erase(Partition partition) {
            if (full.get()) {
              throw new StorageUnavailable("The disk is full");
            }
            super.erase(partition);
          }
        };
    try (var house = house(engine)) {
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
      house.directory().domains().create(OTHER, DomainSettings.STANDARD);
      house.directory().domains().delete(EXAMPLE, false);
      full.set(true);
      house.reopen();
      assertThat(house.directory().domains().all())
          .extracting(DomainInfo::domain)
          .containsExactly(OTHER);
      house.directory().domains().create(EXAMPLE, DomainSettings.STANDARD);
      assertThat(house.directory().isLocal(EXAMPLE)).isTrue();
    }
  }
}
