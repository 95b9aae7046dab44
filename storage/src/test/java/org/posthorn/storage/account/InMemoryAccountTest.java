package org.posthorn.storage.account;

import java.util.function.UnaryOperator;
import org.posthorn.storage.memory.InMemoryEngine;

final class InMemoryAccountTest
    implements AccountContract, AccountModelContract, TimeMachineContract {
  @Override
  public AccountHouse house() {
    return new AccountHouse(new InMemoryEngine(), UnaryOperator.identity());
  }

  @Override
  public int steps() {
    return 600;
  }
}
