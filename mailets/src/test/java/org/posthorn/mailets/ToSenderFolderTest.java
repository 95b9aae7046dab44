package org.posthorn.mailets;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.TestParameters;

/// The contract, with mail of the queue; what it does is in [ToManyTest].
final class ToSenderFolderTest implements MailetContract {
  private final MailHouse house = new MailHouse();

  @AfterEach
  void close() {
    house.close();
  }

  @Override
  public Mailet mailet() {
    return TestParameters.mailet(
        new ToSenderFolder.Factory(house.rooms()), Map.of("folder", "Sent"), house.services);
  }

  @Override
  public Message message(byte[] bytes) {
    return house.message(bytes);
  }
}
